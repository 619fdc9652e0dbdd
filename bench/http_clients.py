"""HTTP clients that cost the machine as little as possible: raw asyncio, kept alive, one request each."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from uuid import uuid4

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Wish:
    """A request: `head` without its end, and a `body` in which every CID is replaced by a fresh UUID.

    `before` is a request (its head and body) that precedes each of these and is not timed.
    """

    head: str
    body: str = ""
    before: tuple[str, ...] = ()

    def encoded(self, cid: str) -> bytes:
        """The bytes to send."""
        body = self.body.replace("CID", cid).encode()
        length = f"Content-Length: {len(body)}\r\n" if self.body else ""
        return f"{self.head}\r\n{length}\r\n".encode() + body


class HttpClient(asyncio.Protocol):
    """One kept-alive connection. Knows only answers with a Content-Length."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.kept, self.answer = transport, bytearray(), None

    def connection_lost(self, error: Exception | None) -> None:
        if self.answer and not self.answer.done():
            self.answer.set_exception(error or ConnectionResetError("the server closed"))

    def data_received(self, received: bytes) -> None:
        self.kept += received
        end = self.kept.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.kept[:end]).lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        if len(self.kept) >= end + 4 + length:
            self.kept.clear()
            self.answer.set_result((int(head[9:12]), length))

    async def ask(self, wish: Wish, cid: str = "") -> tuple[int, int]:
        """Send a request; returns (status, bytes of the body)."""
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(wish.encoded(cid or str(uuid4())))
        return await self.answer


async def connected(port: int) -> HttpClient:
    """A client on a fresh connection."""
    _, client = await asyncio.get_running_loop().create_connection(HttpClient, HOST, port)
    return client


async def ask_repeatedly(port: int, wishes: list[Wish], seconds: float, most: int) -> dict:
    """One client per wish, each asking again as soon as it is answered, until time or number is up.

    Returns the times in ms, the statuses and the bytes of the largest body.
    """
    clients = [await connected(port) for _ in wishes]
    times: list[float] = []
    statuses: Counter[int] = Counter()
    largest = 0
    end = time.monotonic() + seconds

    async def asking(client: HttpClient, wish: Wish) -> None:
        nonlocal largest
        while time.monotonic() < end and len(times) < most:
            if wish.before:
                statuses[(await client.ask(Wish(*wish.before)))[0]] += 1
            begun = time.monotonic()
            status, size = await client.ask(wish)
            times.append((time.monotonic() - begun) * 1000)
            statuses[status] += 1
            largest = max(largest, size)

    begun = time.monotonic()
    await asyncio.gather(*map(asking, clients, wishes))
    took = time.monotonic() - begun
    for client in clients:
        client.transport.close()
    return {"times": times, "seconds": took, "statuses": statuses, "bytes": largest}
