"""One client's connection, whatever carries it: a bounded queue that never makes the hub wait."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from secrets import token_hex

from channels_app.live import frames, metrics
from channels_app.live.frames import Frame
from channels_app.live.wire import Write


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection may use."""

    queued_frames: int = 256
    queued_bytes: int = 512 * 1024
    stall_seconds: float = 30.0  # nothing drained for so long: 4408


EPHEMERAL = -1  # stands in the queue for the number of what has none and may be dropped


class Closed(Exception):
    """The connection is to be closed; `code` as in frames.py."""

    def __init__(self, code: int):
        super().__init__(code)
        self.code = code


def nobody() -> None:
    """Wakes nobody: the connection is drained by who asks it."""


class Connection:
    """The queue and cursors of one client.

    *Live*, it takes what the hub offers. When that is too much, and after a hello, it *pulls*: the hub's
    offers are ignored, and whoever drains the queue fetches from its own cursors until they are level.
    `session` is the fingerprint by which events name a session.
    `cursors` is the last n put into the queue per stream, `handed` the last one taken out.
    `wake` tells who drains the queue that there is news, or that it is closed. `write`, where the server has
    it, takes what finds everything drained past the queue, so that nobody need be woken (wire.py).
    `door` is what carries it: "socket", "stream" or "poll".
    """

    __slots__ = (
        *("name", "member_id", "session_key", "session", "limits", "queue", "size", "unread", "cursors"),
        *("handed", "heard", "greeted", "pulling", "code", "stale", "lock", "wake", "write"),
        *("sending_since", "looked_up_at", "ends_at", "miscounted", "withheld", "door", "typing_after"),
    )

    def __init__(self, member_id: int, session_key: str, session: str = "", limits: Limits | None = None):
        self.name = token_hex(8)
        self.member_id, self.session_key, self.session = member_id, session_key, session
        self.limits = limits or Limits()
        # Stream or "", text, n, size. A list: an empty deque takes ten times as much, and it is short.
        self.queue: list[tuple[str, str, int, int]] = []
        self.size = 0
        self.unread: dict[str, int] = {}
        self.cursors: dict[str, int] = {}
        self.handed: dict[str, int] = {}
        self.heard: set[str] = set()  # streams in whose viewers or listeners it is
        self.greeted = False  # before hi nothing is told
        self.pulling = False
        self.code: int | None = None
        self.stale = False  # what it may hear has changed while it was being looked up
        self.lock = asyncio.Lock()
        self.wake: Callable[[], None] = nobody
        self.write: Write | None = None
        self.sending_since: float | None = None
        self.looked_up_at = 0.0
        self.ends_at = float("inf")  # of its session unless that is used, on the loop's clock
        self.door = "socket"
        self.typing_after = float("-inf")  # when its member's writing is passed on again
        self.miscounted = False  # counts changed in a way that no event tells
        self.withheld: set[str] = set()  # not heard until access has been looked up; then they start over

    @property
    def looked_at(self) -> set[str]:
        """The streams it looks at, also those withheld for the moment."""
        return self.cursors.keys() | self.withheld

    @property
    def is_drained(self) -> bool:
        """Whether what is said now comes right after what the client was sent."""
        return not (self.queue or self.unread or self.pulling or self.code or self.sending_since)

    def offer(self, stream: str, frame: Frame, ready: bytes) -> None:
        """The hub's next frame of a stream it looks at; `ready` is the same for the wire."""
        n = frame.event.n
        if self.pulling or self.code or n <= self.cursors.get(stream, n):
            return
        if n > self.cursors[stream] + 1:
            self.fall_back()
        elif self.write and self.is_drained and self.write(ready):
            self.cursors[stream] = self.handed[stream] = n
        else:
            self.put(stream, frame.text, n, frame.size)
        if len(self.queue) > self.limits.queued_frames or self.size > self.limits.queued_bytes:
            self.overflow()

    def put(self, stream: str, text: str, n: int, size: int) -> None:
        """Queue what brings the stream's cursor to `n`."""
        self.queue.append((stream, text, n, size))
        self.size += size
        self.cursors[stream] = n
        self.wake()

    def say(self, text: str) -> None:
        """Queue a frame without a number. It survives an overflow."""
        self.queue.append(("", text, 0, len(text)))
        self.size += len(text)
        self.wake()

    def count(self, stream: str, posts: int, ready: bytes) -> None:
        """A channel's count rose; only the newest is kept. `ready` is the frame for the wire."""
        if not (self.write and self.is_drained and self.write(ready)):
            self.unread[stream] = posts
            self.wake()

    def whisper(self, text: str, ready: bytes) -> None:
        """Say what is not worth waiting for: not to who is behind, nor into a queue that is half full."""
        if self.pulling or self.code or self.door == "poll":
            return
        if self.write and self.is_drained and self.write(ready):
            return
        if 2 * len(self.queue) < self.limits.queued_frames and 2 * self.size < self.limits.queued_bytes:
            self.queue.append(("", text, EPHEMERAL, len(text)))
            self.size += len(text)
            self.wake()

    def miscount(self) -> None:
        """Counts changed in a way that no event tells: it is looked up soon and greeted anew."""
        self.miscounted, self.looked_up_at = True, float("-inf")

    def withhold(self, stream: str) -> None:
        """Hear nothing of a stream until it is known whether that is still allowed."""
        if stream in self.cursors:
            self.withheld.add(stream)
        self.look_away(stream)
        self.unread.pop(stream, None)
        self.heard.discard(stream)

    def overflow(self) -> None:
        """Drop what has numbers or is ephemeral, say so, and pull from what was really handed out."""
        kept = [item for item in self.queue if not item[0] and item[2] != EPHEMERAL]
        self.queue = kept
        self.size = sum(item[3] for item in kept)
        self.cursors |= {stream: n for stream, n in self.handed.items() if stream in self.cursors}
        self.say(frames.LAG)
        metrics.PULLS.inc()
        self.fall_back()

    def fall_back(self) -> None:
        """Pull until every cursor is level."""
        self.pulling = True
        self.wake()

    def level(self) -> None:
        """Every cursor has reached its head: take the hub's offers from now on."""
        self.pulling = False
        self.say(frames.LIVE)

    def look_at(self, stream: str, n: int) -> None:
        """Hear a stream from n+1 on."""
        self.cursors[stream] = self.handed[stream] = n
        self.fall_back()

    def look_away(self, stream: str) -> None:
        """Hear nothing more of a stream, not even what is queued."""
        self.cursors.pop(stream, None)
        self.handed.pop(stream, None)
        self.queue = [item for item in self.queue if item[0] != stream]
        self.size = sum(item[3] for item in self.queue)

    def start_over(self, stream: str, head: int) -> None:
        """Tell the client to fetch the page again; it hears the stream from head+1 on."""
        self.look_away(stream)
        self.say(frames.reset(stream, head))
        metrics.RESETS.inc()
        self.look_at(stream, head)

    def close(self, code: int) -> None:
        """Close for the reason `code`; the first reason stays. What is queued is not sent any more."""
        if self.code is None:
            self.code = code
        self.queue.clear()
        self.size = 0
        self.wake()

    def take(self) -> str | None:
        """The next text to send, or None when there is nothing. Raises Closed."""
        if self.code:
            raise Closed(self.code)
        if self.queue:
            stream, text, n, size = self.queue.pop(0)
            self.size -= size
            if stream:
                self.handed[stream] = n
            return text
        if self.unread:
            return frames.unread(*self.unread.popitem())
        return None

    async def next(self, refill: Callable[["Connection"], Awaitable[None]]) -> str | None:
        """The next text to send; while pulling, `refill` brings it. None when level. Raises Closed."""
        while (text := self.take()) is None and self.pulling:
            await refill(self)
        return text

    def is_stuck(self, now: float) -> bool:
        """Whether the client has taken nothing for too long."""
        return self.sending_since is not None and now - self.sending_since > self.limits.stall_seconds
