"""The WebSocket, GET /live/ws: a raw ASGI application; a consumer's dispatch costs a thread hop a message.

It only listens: whatever a member does arrives by HTTP POST.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from django.db import Error

from channels_app.live import catchup, entrance, ephemera, frames, hub, metrics
from channels_app.live.connections import Closed, Connection, nobody
from channels_app.live.endings import end
from channels_app.live.frames import Malformed
from channels_app.live.streams import Refusal
from channels_app.live.wire import writer_of

HELLO_SECONDS = 10
CLOSE_SECONDS = 1  # a stuck client's buffer takes no goodbye
LARGEST_FRAME = 16 * 1024
MOST_FRAMES, PER_SECONDS = 20, 10
PROTOCOL, SLOW_DOWN, RESTART = 4400, 4429, 1012
STATUS = {4401: 401, 4403: 403, 4429: 429}

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Socket:
    """One WebSocket: its connection and the server's two functions. At rest it only listens."""

    hub: "hub.Hub"
    connection: Connection
    receive: Callable
    send: Callable
    over: asyncio.Future
    talking: asyncio.Task | None = None
    arrivals: list[float] = field(default_factory=list)

    async def serve(self) -> int | None:
        """Listen, and talk when there is something to say, until one of both ends or the hub closes.

        Returns the code to close with, if any.
        """
        self.hub.enter(self.connection)
        self.connection.wake = self.wake
        listening = self.hub.loop.create_task(self.listen())
        listening.add_done_callback(self.end)
        try:
            await self.over
        finally:
            self.hub.leave(self.connection)
            self.connection.wake = nobody
            sides = [side for side in (listening, self.talking) if side]
            await end(sides)
            outcomes = [side.exception() for side in sides if not side.cancelled()]
        return self.connection.code or code_of(outcomes)

    def wake(self) -> None:
        """There is something to say, or the connection is closed, also while a send is stuck."""
        if self.connection.code:
            self.end()
        elif self.talking is None:
            self.talking = self.hub.loop.create_task(self.talk())
            self.talking.add_done_callback(self.fell_silent)

    def end(self, *_) -> None:
        """One side has ended."""
        if not self.over.done():
            self.over.set_result(None)

    def fell_silent(self, talking: asyncio.Task) -> None:
        """Talking ends whenever everything is said; only a failure ends the socket."""
        if talking.cancelled() or talking.exception():
            self.end()

    async def talk(self) -> None:
        """Send what is queued, until nothing is. The only place that waits for the client."""
        loop, refill = self.hub.loop, partial(catchup.refill, self.hub)
        while (text := await self.connection.next(refill)) is not None:
            self.connection.sending_since = loop.time()
            await self.send({"type": "websocket.send", "text": text})
            self.connection.sending_since = None
        self.talking = None

    async def listen(self) -> None:
        """Read the client's frames, hello first, until it leaves. Raises Closed, Malformed, Refusal."""
        async with asyncio.timeout(HELLO_SECONDS):
            said = await self.heard()
        if said and said["t"] != "hello":
            raise Malformed("hello comes first")
        while said:
            await self.answer(said)
            said = await self.heard()

    async def heard(self) -> dict | None:
        """The next frame of the client, None when it has left."""
        message = await self.receive()
        if message["type"] == "websocket.disconnect":
            return None
        content = message.get("text") or message.get("bytes") or ""
        self.count(len(content if isinstance(content, bytes) else content.encode()))
        return frames.parse(content)

    def count(self, size: int) -> None:
        """Hold the client to its limits. Raises Closed."""
        now = self.hub.loop.time()
        self.arrivals = [*(at for at in self.arrivals if at >= now - PER_SECONDS), now]
        if size > LARGEST_FRAME or len(self.arrivals) > MOST_FRAMES:
            raise Closed(SLOW_DOWN)

    async def answer(self, said: dict) -> None:
        """Do what a frame asks for; unknown ones are ignored."""
        if said["t"] == "ping":
            self.connection.say(frames.pong(said.get("i")))
        elif said["t"] == "typing":
            await ephemera.typing(self.hub, self.connection, said)
        elif said["t"] in {"hello", "focus"}:
            wish = frames.wish(said)
            with entrance.crowd:
                if said["t"] == "hello":
                    await entrance.greet(self.hub, self.connection, wish)
                else:
                    await entrance.refocus(self.hub, self.connection, frames.of_epoch(wish, self.hub.epoch))


def code_of(outcomes: list) -> int | None:
    """The close code for what ended the sides of a socket; None when the client has left."""
    for outcome in outcomes:
        if isinstance(outcome, Closed | Refusal):
            return outcome.code
        if isinstance(outcome, Malformed | TimeoutError):
            return PROTOCOL
        if isinstance(outcome, Error):
            return RESTART
        if isinstance(outcome, Exception) and not isinstance(outcome, OSError):
            logger.error("a socket failed", exc_info=outcome)
            return RESTART
    return None


async def websocket(scope: dict, receive: Callable, send: Callable) -> None:
    """Refuse or accept the handshake, serve the connection, close it."""
    await receive()
    if not entrance.has_own_origin(scope):
        await refuse(scope, send, 403)
        return
    try:
        running = await hub.start()
        connection = await entrance.newcomer(running, scope, "socket")
    except (Refusal, Closed) as refusal:
        await refuse(scope, send, STATUS[refusal.code])
        return
    except (entrance.Full, Error):
        await refuse(scope, send, 503)
        return
    await send({"type": "websocket.accept"})
    connection.write = writer_of(scope)
    code = await Socket(running, connection, receive, send, running.loop.create_future()).serve()
    metrics.note_closed(code)
    if code:
        with contextlib.suppress(OSError, TimeoutError):
            await asyncio.wait_for(send({"type": "websocket.close", "code": code}), CLOSE_SECONDS)


async def refuse(scope: dict, send: Callable, status: int) -> None:
    """Answer the handshake with an HTTP status; servers that cannot say 403 only."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close"})
        return
    headers = [(b"content-length", b"0"), (b"cache-control", b"no-store")]
    if status in {429, 503}:
        headers.append((b"retry-after", str(entrance.RETRY_AFTER).encode()))
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b""})
