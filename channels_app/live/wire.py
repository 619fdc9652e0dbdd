"""A frame as it goes over the wire: built once for all sockets, written without waking anybody.

An ASGI server encodes and frames a text anew for every socket, in a task that must be woken first. Of a
delivery that is the greater part. A server that offers the extension below takes finished frames instead;
any other server (granian, a test) gets the same texts through `send`, and only the cost differs.

`scope["extensions"][READY_FRAMES]["write"]` is a function (frame: bytes) -> bool. It never waits: it
writes at once and says True, or, when the client does not keep up or the socket is about to close, does
nothing and says False; the text then goes through the connection's queue like any other. See
`kyoso/management/ready_frames.py`.
"""

from collections.abc import Callable

READY_FRAMES = "kyoso.ready_frames"
FINAL_TEXT = 0x81  # RFC 6455, 5.2: FIN and the opcode of a text

Write = Callable[[bytes], bool]


def ready(text: str) -> bytes:
    """The text as one unmasked WebSocket frame of a server (RFC 6455, 5.2)."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        head = bytes((FINAL_TEXT, size))
    elif size < 0x10000:
        head = bytes((FINAL_TEXT, 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((FINAL_TEXT, 127)) + size.to_bytes(8, "big")
    return head + payload


def writer_of(scope: dict) -> Write | None:
    """The server's function for finished frames, None when it has none."""
    return (scope.get("extensions") or {}).get(READY_FRAMES, {}).get("write")
