"""Frames: what server and browser say to each other. The only place that knows the JSON.

What each frame means is written in the package's own text (`__init__.py`).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from channels_app import fragments
from channels_app.live.log import Emitted
from channels_app.models import LiveEvent

HEARTBEAT = 25  # seconds; proxies and NATs cut idle connections at 45-60 s
MAX_FOCUS = 8
MAX_CURSORS = 64
MOST_GAPS = 100  # that one hello may report
LARGEST_NUMBER = 2**63 - 1
POST_KINDS = frozenset(
    {
        LiveEvent.Kind.POST_PUBLISHED,
        LiveEvent.Kind.POST_EDITED,
        LiveEvent.Kind.POST_REMOVED,
        LiveEvent.Kind.POST_REACTED,
        LiveEvent.Kind.POST_REPLIED,
        LiveEvent.Kind.POST_PINNED,
        LiveEvent.Kind.QUESTION_CHANGED,
    }
)
# Meant for hubs. Browsers only advance their number: whose account was stopped is nobody's business.
HUSHED = frozenset({LiveEvent.Kind.MEMBER_SUSPENDED, LiveEvent.Kind.SESSION_REVOKED})
WIRE_NAMES = {kind.value: kind.label for kind in LiveEvent.Kind}


class Malformed(ValueError):
    """Not a frame of this protocol; closes with 4400."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A numbered event with its one encoding, which goes to everybody."""

    event: Emitted
    text: str
    size: int  # bytes in UTF-8

    @property
    def is_channel_post(self) -> bool:
        """Whether it raises the unread number of those who are not looking: it stands in the channel."""
        aux = self.event.aux or {}
        published = self.event.kind == LiveEvent.Kind.POST_PUBLISHED
        return published and ("root" not in aux or "in_channel" in aux)

    @property
    def is_of_post(self) -> bool:
        """Whether its object is a post."""
        return self.event.kind in POST_KINDS

    def without_html(self) -> "Frame":
        """The same number without content: what a later removal leaves of it."""
        return frame(self.event, None)


def events(emitted: Sequence[Emitted]) -> list[Frame]:
    """Render and encode events, each once.

    An html newer than its event is left out: the later event carries it, and who may hear this number need
    not be allowed to hear that one.
    """
    shown = fragments.posts({event.obj_id for event in emitted if event.kind in POST_KINDS})
    return [frame(event, html_of(event, shown)) for event in emitted]


def html_of(event: Emitted, shown: dict[int, fragments.Fragment]) -> str | None:
    """The html an event may carry: its object's, unless that has moved on since."""
    fragment = shown.get(event.obj_id) if event.kind in POST_KINDS else None
    return fragment.html if fragment and fragment.v <= event.ver else None


def frame(event: Emitted, html: str | None) -> Frame:
    """Encode one event."""
    text = encode({"t": "e", "s": event.stream, "n": event.n} | entry(event, html))
    return Frame(event, text, len(text.encode()))


def entry(event: Emitted, html: str | None, kind: int | None = None) -> dict:
    """What e and b frames say about one object."""
    if event.kind in HUSHED:
        return {"k": WIRE_NAMES[event.kind], "id": 0, "v": 1}
    said: dict[str, Any] = {"k": WIRE_NAMES.get(kind or event.kind, ""), "id": event.obj_id, "v": event.ver}
    if html is not None:
        said["html"] = html
    if event.aux:
        said["aux"] = event.aux
    return said


def encode(said: dict) -> str:
    """Compact JSON; Japanese stays readable and short."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def batch(stream: str, after: int, to: int, entries: Sequence[dict]) -> str:
    """Catch-up for after+1 … to."""
    return encode({"t": "b", "s": stream, "from": after, "to": to, "e": list(entries)})


def hi(connection: str, epoch: str, member_id: int, heads: dict, counts: dict, **more: Any) -> str:
    """The answer to hello; `more` are spread and build."""
    said = {"t": "hi", "conn": connection, "epoch": epoch, "me": member_id, "heads": heads, "ch": counts}
    return encode(said | {"hb": HEARTBEAT} | more)


def unread(stream: str, posts: int) -> str:
    """A channel's count, to those who are not looking at it."""
    return encode({"t": "u", "s": stream, "c": posts})


def typing(stream: str, member_id: int, name: str) -> str:
    """Somebody is writing; a frame without a number."""
    return encode({"t": "eph", "s": stream, "k": "typing", "m": member_id, "name": name})


def reset(stream: str, head: int) -> str:
    """Fetch the page again."""
    return encode({"t": "reset", "s": stream, "head": head})


def gone(stream: str) -> str:
    """No access."""
    return encode({"t": "gone", "s": stream})


def bye(milliseconds: int) -> str:
    """The server will close."""
    return encode({"t": "bye", "after": milliseconds})


def pong(number: Any) -> str:
    """The answer to a ping."""
    return encode({"t": "pong", "i": number})


def heartbeat(padding: int = 0) -> str:
    """A sign of life on a streamed answer, with so many blanks."""
    return encode({"t": "hb"} | ({"pad": " " * padding} if padding else {}))


def closed(code: int) -> str:
    """The last line of a streamed answer."""
    return encode({"t": "closed", "code": code})


LIVE = encode({"t": "live"})
LAG = encode({"t": "lag"})


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client says it looks at and holds: the content of hello and focus."""

    focus: tuple[str, ...]
    cursors: dict[str, int]
    epoch: str | None = None
    wait: float | None = None
    posts: int | None = None
    gaps: int = 0

    def wait_or(self, longest: float) -> float:
        """How long a poll may be held, in seconds."""
        return longest if self.wait is None else min(self.wait, longest)


def of_epoch(wish: Wish, epoch: str) -> Wish:
    """The wish of a client whose hello has already named its history."""
    return replace(wish, epoch=epoch)


def parse(text: str | bytes | None) -> dict:
    """A client's frame as a dict with a string `t`. Raises Malformed."""
    try:
        said = json.loads(text or "")
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    if not isinstance(said, dict) or not isinstance(said.get("t"), str):
        raise Malformed("not a frame")
    return said


def wish(said: dict) -> Wish:
    """Read hello or focus. Raises Malformed for wrong types and too long lists."""
    focus, cursors = said.get("focus", []), said.get("cur", {})
    epoch, wait, posts, gaps = (said.get(name) for name in ("epoch", "wait", "posts", "gaps"))
    if not isinstance(focus, list) or len(focus) > MAX_FOCUS or not _all(focus, str):
        raise Malformed("focus")
    if not isinstance(cursors, dict) or len(cursors) > MAX_CURSORS or not _numbers(cursors.values()):
        raise Malformed("cur")
    if not isinstance(epoch, str | None) or not _numbers(
        0 if number is None else number for number in (posts, gaps)
    ):
        raise Malformed("hello")
    if wait is not None and not (type(wait) in {int, float} and 0 <= wait <= LARGEST_NUMBER):
        raise Malformed("wait")
    return Wish(tuple(dict.fromkeys(focus)), cursors, epoch, wait, posts, min(gaps or 0, MOST_GAPS))


def _all(values: Iterable, kind: type) -> bool:
    return all(isinstance(value, kind) for value in values)


def _numbers(values: Iterable) -> bool:
    return all(type(value) is int and 0 <= value <= LARGEST_NUMBER for value in values)
