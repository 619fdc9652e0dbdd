"""The streamed answer, for networks that let no WebSocket through: POST /live/stream.

Request and refusals: as hellos.py describes them. Answer: 200 with NDJSON, one frame per line, for as long as
both sides live. The first line comes at once and is 2 KiB long, so that a proxy that collects a little before
it passes anything on passes it on; a browser that hears nothing within 5 s takes the next door. Then hi, gone
and reset, and so on, checked by the same invariants as on a WebSocket; `{"t":"hb"}` whenever nothing was said
for 15 s. A client cannot say anything more: for another focus it ends the answer and asks anew.

The last line is `{"t":"closed","code":4403}` with a close code; an answer that ends without it was cut.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from channels_app.live import catchup, entrance, frames, hellos, hub, metrics
from channels_app.live.connections import Connection, nobody
from channels_app.live.endings import end
from channels_app.live.frames import Wish
from channels_app.live.sockets import CLOSE_SECONDS, RESTART, code_of

HEARTBEAT = 15  # seconds without a line
PADDING = 2048  # bytes; what proxies are known to collect
HEADERS = [
    (b"content-type", b"application/x-ndjson"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


async def stream(scope: dict, receive: Callable, send: Callable) -> None:
    """Check a hello, then answer it until the client leaves or the connection is closed."""
    async with hellos.refusing(send):
        wish = frames.wish(await hellos.read(scope, receive))
        running = await hub.start()
        connection = await entrance.newcomer(running, scope, "stream")
        await Answer(running, connection, receive, send, running.loop.create_future()).serve(wish)


@dataclass(slots=True)
class Answer:
    """One streamed answer: its connection and the server's two functions."""

    hub: "hub.Hub"
    connection: Connection
    receive: Callable
    send: Callable
    over: asyncio.Future
    news: asyncio.Event = field(default_factory=asyncio.Event)
    wrote_at: float = 0.0
    beating: asyncio.TimerHandle | None = None

    async def serve(self, wish: Wish) -> None:
        """Greet and tell until something ends it, then say with which code, unless the client has left."""
        self.hub.enter(self.connection)
        self.connection.wake = self.wake
        telling = self.hub.loop.create_task(self.tell(wish))
        leaving = self.hub.loop.create_task(hellos.gone(self.receive))
        try:
            await asyncio.wait([self.over, telling, leaving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.hub.leave(self.connection)
            self.connection.wake = nobody
            left = leaving.done()
            if self.beating:
                self.beating.cancel()
            await end([telling, leaving])
        failure = None if telling.cancelled() else telling.exception()
        code = self.connection.code or code_of([failure])
        metrics.note_closed(None if left else code or RESTART)
        if not left:
            await self.close(code or RESTART)

    def wake(self) -> None:
        """There is something to say, or the connection is closed, also while a send is stuck."""
        self.news.set()
        if self.connection.code and not self.over.done():
            self.over.set_result(None)

    async def tell(self, wish: Wish) -> None:
        """The first line, the answer to the hello, then all news. Only this waits for the client."""
        await self.send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await self.write(frames.heartbeat(PADDING))
        self.beat()
        with entrance.crowd:
            await entrance.greet(self.hub, self.connection, wish)
        refill = partial(catchup.refill, self.hub)
        while True:
            self.news.clear()
            text = await self.connection.next(refill)
            if text is None:
                await self.news.wait()
            else:
                await self.write(text)

    async def write(self, text: str) -> None:
        """One line. Servers wait here when the client does not keep up."""
        self.connection.sending_since = self.wrote_at = self.hub.loop.time()
        await self.send({"type": "http.response.body", "body": f"{text}\n".encode(), "more_body": True})
        self.connection.sending_since = None

    def beat(self) -> None:
        """Queue a sign of life when nothing was said for a while, and look again when it is due next."""
        now = self.hub.loop.time()
        if now - self.wrote_at >= HEARTBEAT:
            self.connection.say(frames.heartbeat())
        due = max(self.wrote_at, now - HEARTBEAT / 2) + HEARTBEAT
        self.beating = self.hub.loop.call_at(due, self.beat)

    async def close(self, code: int) -> None:
        """The last line; a client that is stuck gets none."""
        line = f"{frames.closed(code)}\n".encode()
        with contextlib.suppress(OSError, TimeoutError):
            last = self.send({"type": "http.response.body", "body": line, "more_body": False})
            await asyncio.wait_for(last, CLOSE_SECONDS)
