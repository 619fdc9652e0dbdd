"""The WebSocket, GET /live/ws: a raw ASGI application; a consumer's dispatch costs a thread hop a message.

It only listens: whatever a member does arrives by HTTP POST.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import Error

from channels_app.live import catchup, entrance, frames, hub
from channels_app.live.connections import Closed, Connection
from channels_app.live.frames import Malformed
from channels_app.live.streams import Refusal

HELLO_SECONDS = 10
CLOSE_SECONDS = 1  # a stuck client's buffer takes no goodbye
LARGEST_FRAME = 16 * 1024
MOST_FRAMES, PER_SECONDS = 20, 10
PROTOCOL, SLOW_DOWN, RESTART = 4400, 4429, 1012
STATUS = {4401: 401, 4403: 403}

logger = logging.getLogger(__name__)


@dataclass
class Socket:
    """One WebSocket: its connection and the server's two functions."""

    hub: "hub.Hub"
    connection: Connection
    receive: Callable
    send: Callable
    arrivals: deque[float] = field(default_factory=deque)

    async def serve(self) -> int | None:
        """Listen and talk until one of both ends. Returns the code to close with, if any."""
        self.hub.enter(self.connection)
        sides = [
            asyncio.create_task(self.listen()),
            asyncio.create_task(self.talk()),
            asyncio.create_task(self.ended()),
        ]
        try:
            await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.hub.leave(self.connection)
            for side in sides:
                side.cancel()
            outcomes = await asyncio.gather(*sides, return_exceptions=True)
        return self.connection.code or code_of(outcomes)

    async def talk(self) -> None:
        """Send what is queued. The only place that waits for the client."""
        loop = asyncio.get_running_loop()
        while True:
            text = await self.connection.next(lambda connection: catchup.refill(self.hub, connection))
            self.connection.sending_since = loop.time()
            await self.send({"type": "websocket.send", "text": text})
            self.connection.sending_since = None

    async def ended(self) -> None:
        """Wait until the connection is closed from our side, also while a send is stuck."""
        await self.connection.closing.wait()

    async def listen(self) -> None:
        """Read the client's frames, hello first, until it leaves. Raises Closed, Malformed, Refusal."""
        said = await asyncio.wait_for(self.heard(), HELLO_SECONDS)
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
        now = asyncio.get_running_loop().time()
        self.arrivals.append(now)
        while self.arrivals[0] < now - PER_SECONDS:
            self.arrivals.popleft()
        if size > LARGEST_FRAME or len(self.arrivals) > MOST_FRAMES:
            raise Closed(SLOW_DOWN)

    async def answer(self, said: dict) -> None:
        """Do what a frame asks for; unknown ones are ignored."""
        if said["t"] == "ping":
            self.connection.say(frames.pong(said.get("i")))
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
        connection = await entrance.newcomer(running, scope)
    except Refusal as refusal:
        await refuse(scope, send, STATUS[refusal.code])
        return
    except (entrance.Full, Error):
        await refuse(scope, send, 503)
        return
    await send({"type": "websocket.accept"})
    code = await Socket(running, connection, receive, send).serve()
    if code:
        with contextlib.suppress(OSError, TimeoutError):
            await asyncio.wait_for(send({"type": "websocket.close", "code": code}), CLOSE_SECONDS)


async def refuse(scope: dict, send: Callable, status: int) -> None:
    """Answer the handshake with an HTTP status; servers that cannot say 403 only."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close"})
        return
    headers = [(b"content-length", b"0"), (b"cache-control", b"no-store")]
    if status == 503:
        headers.append((b"retry-after", str(entrance.RETRY_AFTER).encode()))
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b""})
