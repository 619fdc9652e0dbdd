"""WebSocket clients that only count: no JSON, no mask, one `find` per frame."""

import asyncio
import base64
import json
import secrets
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.http_clients import HOST, HttpClient, Wish, connected

ENTERING = 20  # handshakes at once; the product refuses beyond fifty
PATIENCE = 30  # seconds
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
READY = b'{"t":"live"}'


def framed(kind: int, payload: bytes) -> bytes:
    """A frame of a client; the mask of zeros leaves the payload as it is."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack("!H", size)
    return bytes([0x80 | kind]) + length + bytes(4) + payload


class Listener(asyncio.Protocol):
    """One socket. `hello` is sent after the handshake, and then it is ready at READY, else at once."""

    def __init__(self, handshake: str, hello: str | None, heard: Callable[[bytes], None]):
        self.handshake, self.hello, self.heard = handshake, hello, heard
        self.kept = bytearray()
        self.open = False
        self.ready = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"
        transport.write(f"{self.handshake}\r\n{upgrade}\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(error or ConnectionResetError("closed before it was ready"))

    def data_received(self, received: bytes) -> None:
        self.kept += received
        if not self.open:
            self.upgraded()
        while self.open and (end := self.end_of_frame()):
            kind, start, stop = end
            payload = bytes(self.kept[start:stop])
            del self.kept[:stop]
            self.told(kind, payload)

    def upgraded(self) -> None:
        """Look for the answer to the handshake."""
        end = self.kept.find(b"\r\n\r\n")
        if end < 0:
            return
        if not self.kept.startswith(b"HTTP/1.1 101"):
            self.transport.close()
            return
        del self.kept[: end + 4]
        self.open = True
        if self.hello:
            self.transport.write(framed(TEXT, self.hello.encode()))
        else:
            self.ready.set_result(None)

    def end_of_frame(self) -> tuple[int, int, int] | None:
        """(kind, start, stop) of the first frame when it is there completely."""
        kept = self.kept
        if len(kept) < 2:
            return None
        start, size = 2, kept[1] & 0x7F
        if size >= 126:
            start, layout = (4, "!H") if size == 126 else (10, "!Q")
            if len(kept) < start:
                return None
            (size,) = struct.unpack(layout, kept[2:start])
        return (kept[0] & 0x0F, start, start + size) if len(kept) >= start + size else None

    def told(self, kind: int, payload: bytes) -> None:
        """Take one frame."""
        if kind == PING:
            self.transport.write(framed(PONG, payload))
        elif kind == TEXT:
            if not self.ready.done() and payload == READY:
                self.ready.set_result(None)
            self.heard(payload)


@dataclass
class Audience:
    """All sockets on one server, and what they have heard of the post being awaited."""

    port: int
    listeners: list[Listener] = field(default_factory=list)
    awaited: bytes = b"\x00"
    hits: int = 0
    size: int = 0
    last: float = 0.0
    everybody: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self, payload: bytes) -> None:
        """Count a frame that tells of the awaited post."""
        if self.awaited in payload:
            self.hits += 1
            self.size = len(payload)
            if self.hits == len(self.listeners):
                self.last = time.monotonic()
                self.everybody.set()

    async def grow(self, handshakes: list[str], hellos: list[str] | None) -> dict:
        """Open one more socket per handshake; returns how long it took."""
        loop = asyncio.get_running_loop()
        door = asyncio.Semaphore(ENTERING)

        async def enter(handshake: str, hello: str | None) -> None:
            async with door:
                _, listener = await loop.create_connection(
                    lambda: Listener(handshake, hello, self.heard), HOST, self.port
                )
                await asyncio.wait_for(listener.ready, PATIENCE)
                self.listeners.append(listener)

        begun = time.monotonic()
        await asyncio.gather(*map(enter, handshakes, hellos or [None] * len(handshakes)))
        return {"seconds": time.monotonic() - begun, "sockets": len(self.listeners)}

    async def posts(self, wish: Wish, count: int) -> dict:
        """Post `count` times, each time until the last socket has it; returns ms and deliveries."""
        client, times, answered, deliveries = await connected(self.port), [], [], 0
        begun = time.monotonic()
        for _ in range(count):
            latency, answer = await self.post(client, wish)
            times.append(latency)
            answered.append(answer)
            deliveries += self.hits
        client.transport.close()
        took = time.monotonic() - begun
        told = {"times": times, "answered": answered, "deliveries": deliveries}
        return told | {"seconds": took, "bytes": self.size, "statuses": {"200": count}}

    async def post(self, client: HttpClient, wish: Wish) -> tuple[float, float]:
        """(ms until the last socket has it, ms until the answer)."""
        cid = secrets.token_hex(4) + "-0000-4000-8000-" + secrets.token_hex(6)
        self.awaited, self.hits = cid.encode(), 0
        self.everybody.clear()
        begun = time.monotonic()
        status, _ = await client.ask(wish, cid)
        if status not in {200, 201}:
            raise RuntimeError(f"the post was answered with {status}")
        answer = time.monotonic() - begun
        if self.listeners:
            await asyncio.wait_for(self.everybody.wait(), PATIENCE)
        else:
            self.last = time.monotonic()
        return (self.last - begun) * 1000, answer * 1000

    def close(self) -> None:
        """Hang up everywhere."""
        for listener in self.listeners:
            listener.transport.write(framed(CLOSE, struct.pack("!H", 1000)))
            listener.transport.close()
        self.listeners.clear()


def hello(epoch: str, cursors: dict[str, int], focus: list[str]) -> str:
    """What a page of the product says first."""
    return json.dumps({"t": "hello", "v": 1, "epoch": epoch, "cur": cursors, "focus": focus})
