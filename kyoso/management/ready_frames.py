"""uvicorn's WebSocket protocol, which also takes frames that are already encoded and lets go of dead clients.

The only place that reaches into uvicorn. It adds one ASGI extension (channels_app/live/wire.py says what it
promises), without which everything works and a delivery costs several times the CPU. And it cuts what
uvicorn only closes: a closed transport waits for ever for a client that never reads, or has gone, to take
what is in its buffer.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

from channels_app.live.wire import READY_FRAMES

LINGER_SECONDS = 5  # after the last word; a client that reads has it at once


class ReadyFrames(WebSocketsSansIOProtocol):
    """One WebSocket. Compression is off in `serving.py`; with an extension negotiated nothing is offered."""

    def run_asgi(self) -> Coroutine[Any, Any, None]:
        """Start the application with the extension in its scope."""
        if not self.conn.extensions:
            self.scope["extensions"][READY_FRAMES] = {"write": self.write_ready}
        return super().run_asgi()

    def write_ready(self, frame: bytes) -> bool:
        """Write a whole frame, unless the client's buffer is full or the socket is not open (any more)."""
        if not self.writable.is_set() or self.close_sent or not self.handshake_complete:
            return False
        if self.conn.state is not State.OPEN or self.transport.is_closing():
            return False
        self.transport.write(frame)
        return True

    async def send(self, message: Any) -> None:
        """As uvicorn's, which takes a handshake refused with a status for one that was never answered.

        It would log an error for every client of a herd that is told to come back later.
        """
        refused = message["type"] == "websocket.http.response.body"
        if refused and self.conn.eof_sent:
            raise ClientDisconnected
        await super().send(message)
        if refused:
            self.handshake_complete = True

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """The application has ended, and the client gets the time of a closing handshake to go."""
        super().on_task_complete(task)
        if not self.disconnected:
            self.loop.call_later(LINGER_SECONDS + (self.close_timeout if self.close_timer else 0), self.cut)

    def keepalive_timeout(self) -> None:
        """The client has not answered a ping; the application hears of it when the line is cut."""
        super().keepalive_timeout()
        self.loop.call_later(LINGER_SECONDS, self.cut)

    def cut(self) -> None:
        """Give up what the client has not taken."""
        if not self.disconnected:
            self.transport.abort()
