"""Faults planted into the live code on purpose: a machine that does not notice one of them proves nothing."""

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from unittest.mock import patch


@dataclass(frozen=True)
class Mutation:
    """In the function `where` (module:name below channels_app.live), `old` becomes `new`."""

    where: str
    old: str
    new: str

    @contextmanager
    def planted(self) -> Iterator[None]:
        """The code with the fault. Raises LookupError when the code is not what it was."""
        module = import_module(f"channels_app.live.{self.where.split(':')[0]}")
        owner, name = module, self.where.split(":")[1]
        if "." in name:
            owner, name = getattr(module, name.split(".")[0]), name.split(".")[1]
        source = textwrap.dedent(inspect.getsource(getattr(owner, name)))
        if self.old not in source:
            raise LookupError(f"{self.where} has changed: {self.old!r} is not in it")
        made: dict = {}
        exec(compile(source.replace(self.old, self.new), self.where, "exec"), vars(module), made)  # noqa: S102
        with patch.object(owner, name, made[name]):
            yield


# Noticed within seconds.
SWIFT = (
    Mutation("hub:Hub.take", "event.n == stream.head + 1", "event.n > stream.head"),
    Mutation("hub:Hub.notice", "elif n > stream.head:", "elif n > stream.head + 1:"),
    Mutation("hub:Hub.jump", "connection.miscount()", "pass"),
    Mutation("hub:Hub.advance", "event.posts or stream.posts + frame.is_channel_post", "event.posts"),
    Mutation("hub:Hub.leave", "self.labels[label].viewers.discard(connection)", "pass"),
    Mutation("hub:Hub.catch_up", "stream.fetching = None", "pass"),
    Mutation("sweep:look", "hub.streams[pk].head < n", "hub.streams[pk].head + 1 < n"),
    Mutation("sweep:look", "if epoch != hub.epoch:", "if False:"),
    Mutation("sweep:apply", "event.n == stream.head + 1", "event.n > stream.head"),
    Mutation("connections:Connection.overflow", "self.handed.items()", "{}.items()"),
    Mutation("connections:Connection.take", "self.handed[stream] = n", "pass"),
    Mutation(
        "connections:Connection.count", "self.unread[stream] = posts", "self.unread.setdefault(stream, posts)"
    ),
    Mutation(
        "catchup:replay", "[row.n for row in rows] != list(range(after + 1, after + 1 + len(rows))) or", ""
    ),
    Mutation("rings:Stream.since", "or len(self.ring) < wanted", ""),
    Mutation("rings:Rings.strip", "ring[index] = bare", "pass"),
    Mutation("rings:Rings.forget", "stream.ring = None", "pass"),
    Mutation("cuts:before", "if stream.closed else ()", "if False else ()"),
    Mutation("cuts:cut", "stream.viewers.discard(connection)", "pass"),
    Mutation("entrance:look_up", "if not hub.is_up_to(label, n):", "if False:"),
    Mutation("entrance:counted", "replace(reach, counts=counts)", "reach"),
)
# They need a rare coincidence, and are tried in the full run.
SELDOM = (
    Mutation("hub:Hub.jump", "viewer.start_over(stream.label, at.head)", "pass"),
    Mutation("sweep:look", "if not unknown:", "if True:"),
    Mutation("sweep:apply", " or stream.head == before", ""),
    Mutation("connections:Connection.offer", "n > self.cursors[stream] + 1", "False"),
    Mutation("connections:Connection.offer", "self.is_drained and", ""),
    Mutation("connections:Connection.look_away", "if item[0] != stream", ""),
    Mutation("catchup:from_log", "connection.cursors.get(label) != after", "False"),
    Mutation("cuts:after", "viewer.start_over(stream.label, event.n)", "pass"),
    Mutation("entrance:look_up", "if not connection.stale:", "if True:"),
    Mutation("entrance:begin", "max(after, stream.head - MOST_BEHIND)", "stream.head - MOST_BEHIND"),
    Mutation("entrance:begin", "wish.epoch != epoch or", ""),
    Mutation("frames:html_of", "and fragment.v <= event.ver", ""),
)
MUTATIONS = SWIFT + SELDOM
