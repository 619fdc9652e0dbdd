"""The world of the model: hubs on a virtual clock, an imagined network, clients, and what must hold."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from random import Random
from typing import Any
from unittest.mock import patch

from django.db import Error
from django.test import override_settings

from channels_app import fragments
from channels_app.live import (
    bus,
    catchup,
    connections,
    entrance,
    frames,
    goodbye,
    history,
    rings,
    streams,
    sweep,
)
from channels_app.live import hub as hubs
from channels_app.live.announce import session_fingerprint
from channels_app.live.log import Emitted
from tests.channels_app.live.stage import ORIGIN
from tests.reliability.client_model import Client
from tests.reliability.imagined_network import LATENCY, Layer, Process, Request, hub_of_process
from tests.reliability.memory_log import Facts, MemoryLog, Said
from tests.reliability.virtual_clock import VirtualLoop

MEMBERS = (1, 2, 3)
CHANNELS = ("c1", "c2")
MOST_CLIENTS = 4
LEVEL_SECONDS = 150.0  # of virtual time, until everybody must be level again
EXPECTED = (Error, ConnectionError, TimeoutError, asyncio.CancelledError, entrance.Full, streams.Refusal)
# Small limits, so that few steps reach them.
SMALL = (
    (catchup, "MOST_ROWS", 4),
    (sweep, "MOST_ROWS", 6),
    (sweep, "LOOK_UP_SECONDS", 20),
    (entrance, "MOST_BEHIND", 12),
    (hubs, "MOST_PER_MEMBER", 2),
    (hubs, "Rings", partial(rings.Rings, capacity=3_000, length=5)),
    (connections, "Limits", partial(connections.Limits, 4, 1_500, 30.0)),
)


class Violated(AssertionError):
    """Something that must always hold does not."""


class Complaints(logging.Handler):
    """Errors of the live code that no fault of the world explains."""

    def __init__(self, found: list[str]):
        super().__init__()
        self.found = found

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if error and not isinstance(error, EXPECTED):
            self.found.append(f"{record.getMessage()}: {error!r}")


@dataclass
class World:
    """All of it. `failures` are errors nobody expected; `tally` counts what happened."""

    chance: Random
    record: bool = False
    log: MemoryLog = field(default_factory=MemoryLog)
    processes: list[Process] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    histories: dict[str, Facts] = field(default_factory=dict)
    reached: dict[tuple[int, str, str], int] = field(default_factory=dict)
    starting: dict[asyncio.Task, None] = field(default_factory=dict)  # in order

    def __post_init__(self) -> None:
        self.loop = VirtualLoop(self.chance)
        self.loop.set_exception_handler(lambda loop, context: self.failures.append(str(context)))
        self.layer = Layer(self)
        self.stack = ExitStack()
        self.stack.enter_context(played(self))
        for label in ("s", *(f"u{member}" for member in MEMBERS), *CHANNELS):
            self.log.open_stream(label)

    def close(self) -> None:
        """End everything that still runs."""
        self.loop.end()
        self.stack.close()

    def later(self, within: float, function: Callable, *args: Any, at: float = 0.0) -> None:
        """Call something at a random moment within so many seconds, counted from `at` seconds from now."""
        self.loop.call_later(at + self.chance.random() * within, function, *args)

    # -- processes

    def start_process(self) -> None:
        """Begin a live process; without a database it waits for one."""
        starting = self.loop.create_task(self._start())
        self.starting[starting] = None
        starting.add_done_callback(lambda task: self.starting.pop(task, None))

    async def _start(self) -> None:
        while True:
            try:
                hub = await hubs.begun(self.loop)
                break
            except Error:
                await asyncio.sleep(1)
        self.processes.append(Process(hub))

    def some_process(self) -> Process | None:
        """Where the next request goes."""
        alive = [one for one in self.processes if not one.gone]
        return self.chance.choice(alive) if alive else None

    def end_process(self, process: Process) -> None:
        """kill -9, and a supervisor that starts the next one."""
        process.die()
        self.processes.remove(process)
        self.start_process()

    async def leave(self, process: Process) -> None:
        """A rolling restart: the next one is there before this one has sent its clients away."""
        self.start_process()
        await goodbye.empty(process.hub, 2)
        if process in self.processes:
            process.die()
            self.processes.remove(process)

    def restore(self, kept: Facts) -> None:
        """The site is stopped, an older state restored, the site started; nothing of before is under way."""
        for starting in tuple(self.starting):
            starting.cancel()
            self.start_process()
        for process in tuple(self.processes):
            self.end_process(process)
        self.layer.lose_all()
        self.log.restore(kept)

    # -- deeds

    def fingerprint(self, session: str) -> str:
        """What the log calls a session."""
        return session_fingerprint(session)

    def commit(self, said: Sequence[Said], fate: str = "told", xid: int | None = None) -> None:
        """A deed is committed, and told at once, late, or by nobody."""
        emitted = self.log.commit(said, xid)
        if fate == "late":
            self.later(3.0, self.publish, emitted, self.log.facts)
        elif fate == "told":
            self.publish(emitted, self.log.facts)

    def publish(self, emitted: Sequence[Emitted], facts: Facts) -> None:
        """After the commit, in a process with a hub or in one of those that only serve pages."""
        if facts is not self.log.facts:
            return  # said in a history that has ended
        process = self.some_process()
        if process and self.chance.random() < 0.5:
            bus.attach(process.hub)
            bus.publish(emitted)
            return
        try:
            packed = [bus.packed(frame, "") for frame in frames.events(emitted)]
        except Error:
            return
        self.loop.create_task(self._send(packed))

    async def _send(self, packed: list[dict]) -> None:
        try:
            await bus.send_all(packed)
        except ConnectionError:
            return

    def page(self, client: Client, label: str) -> dict[int, int]:
        """The posts of a channel with their versions, as its page shows them to a member now."""
        facts = self.log.facts
        stay = facts.stay(client.member_id, label)
        client.since[label] = stay.joined_n if stay and facts.is_closed(label) else 0
        return page_of(facts, client.member_id, label)

    # -- what must hold while it runs

    def told(self, request: Request, frame: dict) -> None:
        """A frame leaves a process: may this member be told, and is it true?"""
        facts = self.histories.get(request.process.hub.epoch)
        if facts is None:
            raise Violated("a hub lives in a history that never was")
        member, kind = request.client.member_id, frame["t"]
        if kind == "u" and not facts.may_count(member, frame["s"], frame["c"]):
            raise self.failed(f"member {member} was told a count of {frame}")
        if kind == "e":
            self.entry_told(facts, member, frame["s"], frame["n"], frame)
            row = facts.places[frame["s"]].rows.get(frame["n"])
            if row and frames.WIRE_NAMES[row.kind] != frame["k"]:
                raise self.failed(f"{frame} is not what the log says: {row}")
        if kind == "b":
            for n in range(frame["from"] + 1, frame["to"] + 1):
                self.entry_told(facts, member, frame["s"], n, {})
            for entry in frame["e"]:
                self.entry_told(facts, member, frame["s"], frame["to"], entry)

    def entry_told(self, facts: Facts, member: int, label: str, n: int, entry: dict) -> None:
        """One number, and the content that goes with it."""
        if n > facts.places[label].head:
            raise self.failed(f"{label} {n} was told and never committed")
        if not facts.may_hear(member, label, n):
            raise self.failed(f"member {member} was told {label} {n}")
        if "html" in entry:
            post, v = map(int, entry["html"].split("."))
            told_at = facts.told_at.get((post, v), 0)
            if not facts.may_hear(member, label, told_at):
                raise self.failed(
                    f"member {member} was shown version {v} of {post}, which is {label} {told_at}"
                )

    def failed(self, what: str) -> Violated:
        """A violation, also when a task swallows it."""
        self.failures.append(what)
        return Violated(what)

    def check(self) -> None:
        """Everything that holds at every moment."""
        if self.failures:
            raise Violated(self.failures[0])
        self.histories[self.log.facts.epoch] = self.log.facts
        for client in self.clients:
            self.check_client(client)
        for process in self.processes:
            check_hub(process, self.histories)

    def check_client(self, client: Client) -> None:
        """No hole, nothing twice, nothing out of order."""
        if client.gaps:
            raise Violated(f"a hole: {client.member_id} at {client.cursors}")
        for epoch, label, after, to in client.applied:
            key = (id(client), epoch, label)
            if after < self.reached.get(key, 0):
                raise Violated(f"{label} {after + 1}…{to} was applied twice")
            self.reached[key] = to
        if client.record is None:
            client.applied.clear()

    # -- what must hold in the end

    def heal(self) -> None:
        """The network heals, everything is up, time passes; then everybody must be level."""
        self.log.down, self.layer.up, self.layer.fault, self.loop.slowness = False, True, 0.0, 0.02
        self.log.running.clear()
        for client in self.clients:
            self.thaw(client)
        if not self.processes and not self.starting:
            self.start_process()
        end = self.loop.time() + LEVEL_SECONDS
        behind = ["everything"]
        while behind and self.loop.time() < end:
            self.loop.pass_by(3.0)
            self.check()
            behind = [found for client in self.clients for found in self.behind(client)]
            behind += [found for process in self.processes for found in self.hub_behind(process)]
        if behind:
            raise Violated(f"after {LEVEL_SECONDS} s without faults: {behind[0]}")

    def hub_behind(self, process: Process) -> Iterator[str]:
        """What a hub lacks."""
        for place in self.log.facts.places.values():
            stream = process.hub.labels.get(place.label)
            if stream and stream.head != place.head:
                yield f"a hub is at {place.label} {stream.head} of {place.head}"

    def thaw(self, client: Client) -> None:
        """The tab runs again: what has waited arrives."""
        client.frozen = False
        for _ in range(len(client.link.under_way) if client.link else 0):
            self.later(LATENCY, client.link.arrive)

    def behind(self, client: Client) -> Iterator[str]:
        """What a client lacks."""
        if client.session not in self.log.sessions and client.state == "LIVE":
            yield f"member {client.member_id} hears without a session"
        if client.session not in self.log.sessions or client.state == "STOPPED":
            return
        if client.state != "LIVE":
            yield f"member {client.member_id} is in {client.state} after {client.code} by {client.door}"
            return
        facts = self.log.facts
        if client.epoch != facts.epoch:
            yield "a client lives in another history"
        for label, n in client.cursors.items():
            if n != facts.places[label].head:
                yield f"{label} at {n} of {facts.places[label].head}"
        for label in client.focus:
            yield from differences(facts, client, label)
        for label, posts in client.counts.items():
            if facts.stay(client.member_id, label) and posts != facts.places[label].posts:
                yield f"{label} counts {posts}, has {facts.places[label].posts}"


def page_of(facts: Facts, member_id: int, label: str) -> dict[int, int]:
    """What the page of a channel shows: in a closed one only what was said since one joined."""
    stay = facts.stay(member_id, label)
    if not facts.is_closed(label):
        return dict(facts.posts[label])
    if stay is None:
        return {}
    return {post: v for post, v in facts.posts[label].items() if facts.first_told(post) > stay.joined_n}


def differences(facts: Facts, client: Client, label: str) -> Iterator[str]:
    """Where a page differs from the page made fresh."""
    shown, truth = client.shown.get(label, {}), facts.posts[label]
    for post, v in page_of(facts, client.member_id, label).items():
        # What was closed to the member when the page was made comes with the next page.
        if shown.get(post) != v and facts.first_told(post) > client.since.get(label, 0):
            yield f"{label} shows {post} in version {shown.get(post)}, not {v}"
    for post, v in shown.items():
        if truth.get(post) != v:
            yield f"{label} shows {post} in version {v}, not {truth.get(post)}"


def check_hub(process: Process, histories: dict[str, Facts]) -> None:
    """A hub's own book-keeping agrees with itself and with the log."""
    hub = process.hub
    facts = histories.get(hub.epoch)
    if facts is None:
        return
    everybody = set(hub.connections)
    for stream in hub.streams.values():
        if stream.head > facts.places[stream.label].head:
            raise Violated(f"a hub stands at {stream.label} {stream.head}, which was never committed")
        numbers = [frame.event.n for frame in stream.ring or ()]
        if numbers and numbers != list(range(stream.head - len(numbers) + 1, stream.head + 1)):
            raise Violated(f"the ring of {stream.label} holds {numbers} at {stream.head}")
        if not stream.everybody <= everybody:
            raise Violated(f"{stream.label} is heard by a connection that has left")
        for frame in stream.ring or ():
            if frame.is_of_post and "html" in frame.text and is_gone(facts, stream.head, frame.event):
                raise Violated(f"the ring of {stream.label} still holds a removed post")
    if hub.rings.size != sum(frame.size for stream in hub.streams.values() for frame in stream.ring or ()):
        raise Violated("the size of the rings is wrong")
    for connection in everybody:
        if connection.size != sum(item[3] for item in connection.queue):
            raise Violated("the size of a queue is wrong")


def is_gone(facts: Facts, head: int, event: Emitted) -> bool:
    """Whether a hub at this head knows that what an event shows has been removed."""
    v = facts.removed.get(event.obj_id)
    return v is not None and event.ver < v and facts.told_at[event.obj_id, v] <= head


def numbered() -> Callable[[int], str]:
    """Names that are the same in every run."""
    numbers = count(1)
    return lambda size: str(next(numbers))


@contextmanager
def played(world: World) -> Iterator[None]:
    """The real live code, reading the memory log and speaking over the imagined Redis."""
    log = world.log
    reading = {
        history: ("survey", "newer_than", "head_of", "id_of", "rows", "verify_timeline"),
        streams: ("reach", "holder_of"),
        fragments: ("posts",),
    }
    with ExitStack() as stack:
        for module, names in reading.items():
            for name in names:
                stack.enter_context(patch.object(module, name, getattr(log, name)))
        for module, name, value in SMALL:
            stack.enter_context(patch.object(module, name, value))
        # The order in which a set of connections is gone through must not depend on where they lie in memory.
        stack.enter_context(patch.object(connections, "token_hex", numbered()))
        stack.enter_context(patch.object(connections.Connection, "__hash__", lambda one: int(one.name)))
        stack.enter_context(patch.object(hubs, "start", hub_of_process))
        stack.enter_context(patch.object(bus, "get_channel_layer", lambda: world.layer))
        stack.enter_context(patch.object(bus, "outlet", bus.Outlet()))
        stack.enter_context(patch.object(entrance, "crowd", entrance.Crowd()))
        stack.enter_context(patch.object(entrance, "pace", type(entrance.pace)()))
        stack.enter_context(override_settings(REDIS_URL="redis://model", LIVE_ORIGINS=[ORIGIN]))
        logger, handler = logging.getLogger("channels_app.live"), Complaints(world.failures)
        logger.addHandler(handler)
        stack.callback(logger.removeHandler, handler)
        stack.callback(setattr, logger, "propagate", logger.propagate)
        logger.propagate = False
        yield
