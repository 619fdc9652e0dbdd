"""uvicorn's WebSocket protocol, which also takes frames that are already encoded.

The only place that reaches into uvicorn. It adds one ASGI extension (channels_app/live/wire.py says what it
promises) and changes nothing else: without it everything works, and a delivery costs several times the CPU.
"""

from collections.abc import Coroutine
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

from channels_app.live.wire import READY_FRAMES


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
