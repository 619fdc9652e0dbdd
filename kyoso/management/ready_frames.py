"""uvicorn's WebSocket protocol, which also takes frames that are already encoded.

The only place that reaches into uvicorn. It adds one ASGI extension (channels_app/live/wire.py says what it
promises) and changes nothing else: without it everything works, and a delivery costs several times the CPU.
"""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import State

from channels_app.live.wire import READY_FRAMES


class ReadyFrames(WebSocketsSansIOProtocol):
    """One WebSocket. Compression is off in `serving.py`; with an extension negotiated nothing is offered."""

    def handle_connect(self, event: Request) -> None:
        """Offer the extension to the application, which uvicorn starts on the loop's next turn."""
        super().handle_connect(event)
        if self.response.status_code == 101 and not self.conn.extensions:
            self.scope["extensions"][READY_FRAMES] = self.write_ready

    def write_ready(self, frame: bytes) -> bool:
        """Write a whole frame, unless the client's buffer is full or the socket is not open (any more)."""
        if not self.writable.is_set() or self.close_sent or not self.handshake_complete:
            return False
        if self.conn.state is not State.OPEN or self.transport.is_closing():
            return False
        self.transport.write(frame)
        return True
