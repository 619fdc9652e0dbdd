"""Frames: what server and browser say to each other. The only place that knows the JSON.

One JSON object per frame, UTF-8. Unknown fields and unknown `t` are ignored. The same frames travel over the
WebSocket (one text message each) and the long poll (an array of them; see polling.py).

Client to server
----------------
hello   {"t":"hello","v":1,"epoch":"…","cur":{"c42":10230,"u7":88,"s":501},"focus":["c42"],"build":"…"}
        The first frame, within 10 s. `cur` names every stream the client holds content of: its own `u<id>`,
        `s` and each focus, with the `data-stream`/`data-n` the page printed. `focus` are the channels being
        looked at, at most 8. A stream without a cursor starts at the present. Another hello on the same
        socket is allowed: it asks again from its cursors (after a gap).
focus   {"t":"focus","focus":["c42","c7"],"cur":{"c7":311}}   The whole new set, with cursors for what is new.
ping    {"t":"ping","i":9}                                      Answered by pong.
A frame over 16 KiB, or more than 20 frames in 10 s, closes with 4429; what is not a JSON object with a `t`,
or a wrong type inside, with 4400.

Server to client
----------------
hi      {"t":"hi","conn":"…","epoch":"…","heads":{"c42":10233,"u7":88,"s":501},"ch":{"c42":[4102,4085]},
         "me":7,"hb":25,"spread":20,"build":"…"}
        The answer to hello. `heads` for the member's own streams and each granted focus; `ch` is
        [posts, read_posts] of every channel the member is in: unread = max(0, posts - read_posts). It
        replaces the whole list of counts. `hb`: ping at least every so many seconds. `spread`: after 1012 or
        bye come back at a random moment within so many seconds.
        It may come again unasked when counts have changed in bulk (an import).
        Order after hi: gone and reset frames, then e and b frames that bring every cursor to its head, then
        live.
e       {"t":"e","s":"c42","n":10233,"k":"post.published","id":8123,"v":1,"html":"…","aux":{…}}
        One event. n is always the cursor + 1. `html` is the whole fragment of object `id` at version `v`,
        whatever `k` says: replace it when v is greater than the one shown, insert it when it is unknown and
        belongs to the page, ignore it otherwise. A frame without html only advances n (a later one carries
        the newer state), unless `k` needs an act: read {"aux":{"s":"c42","n":…,"read_posts":…}} and notified
        (both as in announce_inbox.py) · reacted {"aux":{"post":id,"stamp":…,"on":true}} · membership.changed
        {"id":channel,"aux":{"channel":id,"on":true}} · channel.changed · channels.changed · member.changed
        {"id":member}. A reply is post.published with aux {"root":id}, and "in_channel":true when it stands in
        the channel as well and counts there; the changed summary of its root follows as post.replied with the
        root's id and html. A removed post comes with the html of its trace.
b       {"t":"b","s":"c42","from":10230,"to":10260,"e":[{"k":…,"id":…,"v":…,"html":…,"aux":…}, …]}
        Catch-up: stands for the numbers from+1 … to, the latest state of each object once, in the order of
        their last change; k is post.published where the object is new in this range. from is always the
        cursor.
live    {"t":"live"}                 Every cursor is level with its head.
u       {"t":"u","s":"c42","c":4103} The channel's posts count now, to members who are not looking at it.
eph     reserved for typing.
lag     {"t":"lag"}                  The connection fell behind; e or b frames from the cursors, then live.
gone    {"t":"gone","s":"c42"}       No access (any more), or no such channel: drop the copy and the focus.
reset   {"t":"reset","s":"c42","head":10233}
        The history cannot be replayed from the cursor: fetch the page again, take its number as the cursor.
        The next event of the stream is head + 1; what is not above the new cursor is dropped as usual. As the
        page may be newer than `head`, a b that begins below the new cursor and ends above it is no hole.
bye     {"t":"bye","after":12000}    The server will close (1012); come back after so many milliseconds.
pong    {"t":"pong","i":9}

Close codes: 1012 restart · 4400 protocol · 4401 log in again · 4403 suspended, revoked or logged out · 4408
too slow · 4409 replaced by a newer connection of the same member · 4429 slow down. Before the handshake is
accepted: 401, 403 (origin, revoked), 503 with Retry-After (browsers show these as 1006).
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
    epoch, wait, posts = said.get("epoch"), said.get("wait"), said.get("posts")
    if not isinstance(focus, list) or len(focus) > MAX_FOCUS or not _all(focus, str):
        raise Malformed("focus")
    if not isinstance(cursors, dict) or len(cursors) > MAX_CURSORS or not _numbers(cursors.values()):
        raise Malformed("cur")
    if not isinstance(epoch, str | None) or not _numbers([0 if posts is None else posts]):
        raise Malformed("hello")
    if wait is not None and not (type(wait) in {int, float} and 0 <= wait <= LARGEST_NUMBER):
        raise Malformed("wait")
    return Wish(tuple(dict.fromkeys(focus)), cursors, epoch, wait, posts)


def _all(values: Iterable, kind: type) -> bool:
    return all(isinstance(value, kind) for value in values)


def _numbers(values: Iterable) -> bool:
    return all(type(value) is int and 0 <= value <= LARGEST_NUMBER for value in values)
