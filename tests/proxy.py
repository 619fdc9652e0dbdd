"""A TCP proxy that behaves like the worst networks: it reads HTTP far enough to spoil it on purpose."""

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

MODES = (
    *("pass", "no-upgrade", "buffer", "cut", "black-hole", "reset", "trickle", "drop-answer"),
    *("bad-line", "refuse"),
)
SECONDS_BETWEEN_LOOKS = 0.05
CHUNK = 64 * 1024
LINE_SECONDS, LOST, AGAIN_SECONDS = 0.2, 0.05, 0.4  # a bad line: delay, share of losses, time to send again
FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
NO_LINGER = struct.pack("ii", 1, 0)


class Ear(asyncio.StreamReader):
    """A reader that says when the other side has hung up, also while nobody reads."""

    def __init__(self):
        super().__init__(limit=CHUNK)
        self.over = asyncio.Event()

    def feed_eof(self) -> None:
        super().feed_eof()
        self.over.set()

    def set_exception(self, error: Exception) -> None:
        super().set_exception(error)
        self.over.set()


@dataclass
class Side:
    """One end of a connection."""

    ear: Ear
    mouth: asyncio.StreamWriter

    def reset(self) -> None:
        """Hang up with RST."""
        found = self.mouth.get_extra_info("socket")
        with contextlib.suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self.mouth.transport.abort()

    def close(self) -> None:
        """Hang up with FIN."""
        with contextlib.suppress(OSError, RuntimeError):
            self.mouth.close()


@dataclass(frozen=True)
class Head:
    """The first lines of a request or an answer."""

    raw: bytes

    @property
    def words(self) -> list[str]:
        """The first line."""
        return self.raw.split(b"\r\n", 1)[0].decode("latin-1").split(" ")

    def field(self, name: str) -> str:
        """A header in lower case, or ""."""
        for line in self.raw.decode("latin-1").split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.strip().lower() == name:
                return value.strip().lower()
        return ""

    @property
    def called(self) -> str:
        """Method and path of a request."""
        method, target = self.words[:2]
        return f"{method} {target.split('?')[0]}"

    @property
    def asks_for_upgrade(self) -> bool:
        """Whether it opens a WebSocket."""
        return bool(self.field("upgrade"))


@dataclass
class Proxy:
    """What a test turns: `mode`, and to which requests it applies. May be changed at any moment.

    pass: everything goes through. no-upgrade: 403 to WebSockets. buffer: an answer is handed on when it is
    whole, and a WebSocket gets 403. cut: FIN to both sides `seconds` after a connection opened. black-hole:
    nothing passes any more, nobody is told; with another mode what was held goes on, as TCP would send it
    again. reset: RST to everybody, also to newcomers. refuse: newcomers get RST, the others stay. trickle:
    answers come at `pace` bytes a second. drop-answer: the request arrives, its answer is dropped with FIN.
    bad-line: every piece of an answer takes 200 ms, one in twenty is sent again after 400 ms more.

    no-upgrade, buffer, trickle and drop-answer apply only to requests whose target begins with `path` and,
    if given, whose method is `method`. `accepted` counts newcomers, `seen` method and path of every request,
    `spoiled` those that the mode was applied to.
    """

    target_port: int
    mode: str = "pass"
    path: str = ""
    method: str = ""
    seconds: float = 1.0
    pace: float = 1.0
    port: int = 0
    accepted: int = 0
    seen: Counter = field(default_factory=Counter)
    spoiled: Counter = field(default_factory=Counter)
    lines: dict["Line", float] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Its address for a browser; the site must trust it (SITE_URL)."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def open(self) -> int:
        """How many connections it holds."""
        return len(self.lines)

    def applies(self, mode: str, request: Head) -> bool:
        """Whether a mode is on for this request."""
        method, target = request.words[:2]
        return self.mode == mode and target.startswith(self.path) and self.method in {"", method}

    def spoils(self, mode: str, request: Head) -> bool:
        """Whether a mode is on for this request; counts it when it is."""
        chosen = self.applies(mode, request)
        if chosen:
            self.spoiled[request.called] += 1
        return chosen

    async def watch(self) -> None:
        """End connections when the mode says so."""
        loop = asyncio.get_running_loop()
        while True:
            for line, since in list(self.lines.items()):
                if self.mode == "reset":
                    line.reset()
                elif self.mode == "cut" and loop.time() - since >= self.seconds:
                    line.close()
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)

    async def welcome(self, ear: Ear, mouth: asyncio.StreamWriter) -> None:
        """Serve one connection until one side hangs up."""
        client = Side(ear, mouth)
        self.accepted += 1
        if self.mode in {"reset", "refuse"}:
            client.reset()
            return
        line = Line(self, client)
        self.lines[line] = asyncio.get_running_loop().time()
        try:
            await line.serve()
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass
        finally:
            self.lines.pop(line, None)
            line.close()


@dataclass(eq=False)
class Line:
    """One connection of a client and the one behind it."""

    proxy: Proxy
    client: Side
    server: Side | None = None

    def close(self) -> None:
        """FIN to both sides."""
        for side in filter(None, (self.client, self.server)):
            side.close()

    def reset(self) -> None:
        """RST to both sides."""
        for side in filter(None, (self.client, self.server)):
            side.reset()

    async def serve(self) -> None:
        """Hand requests on, one after the other, until somebody hangs up; half a connection is none."""
        self.server = await connected(self.proxy.target_port)
        tasks = {asyncio.ensure_future(self.talk()), asyncio.ensure_future(self.client.ear.over.wait())}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await self.passable()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def talk(self) -> None:
        """Request, answer, request, answer."""
        while True:
            request = await self.request()
            self.proxy.seen[request.called] += 1
            if request.asks_for_upgrade and self.refuses(request):
                await self.say(self.client, FORBIDDEN)
                return
            await self.say(self.server, request.raw)
            await self.hand_on(self.client, self.server, int(request.field("content-length") or 0))
            await self.answer(request)

    async def request(self) -> Head:
        """The next request. Raises EOFError when one of the sides hangs up before."""
        reading = asyncio.ensure_future(self.client.ear.readuntil(b"\r\n\r\n"))
        leaving = asyncio.ensure_future(self.server.ear.over.wait())
        try:
            await asyncio.wait({reading, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                raise EOFError
            return Head(reading.result())
        finally:
            reading.cancel()
            leaving.cancel()

    def refuses(self, request: Head) -> bool:
        """Whether a WebSocket is not let through."""
        return self.proxy.spoils("no-upgrade", request) or self.proxy.spoils("buffer", request)

    async def answer(self, request: Head) -> None:
        """Hand the answer on in the way of the mode. Raises EOFError when the connection is to end."""
        answer = Head(await self.server.ear.readuntil(b"\r\n\r\n"))
        if self.proxy.spoils("drop-answer", request):
            raise EOFError
        self.proxy.spoils("trickle", request)
        if self.proxy.spoils("buffer", request):
            await self.say(self.client, answer.raw + b"".join([piece async for piece in self.body(answer)]))
            return
        await self.say(self.client, answer.raw, request)
        if answer.words[1] == "101":
            await asyncio.gather(self.pump(self.client, self.server), self.pump(self.server, self.client))
        if request.words[0] != "HEAD":
            async for piece in self.body(answer):
                await self.say(self.client, piece, request)

    async def body(self, answer: Head):
        """The pieces of an answer's body, as they come."""
        if answer.words[1] in {"204", "304"}:
            return
        if answer.field("transfer-encoding") == "chunked":
            size = None
            while size != 0:
                first = await self.server.ear.readuntil(b"\r\n")
                size = int(first.split(b";")[0], 16)
                yield first + await self.server.ear.readexactly(size + 2)
        elif answer.field("content-length"):
            left = int(answer.field("content-length"))
            while left:
                piece = await self.some(self.server, left)
                left -= len(piece)
                yield piece
        else:
            while piece := await self.server.ear.read(CHUNK):
                yield piece
            raise EOFError

    async def some(self, side: Side, most: int) -> bytes:
        """At least one byte. Raises EOFError at the end."""
        piece = await side.ear.read(min(most, CHUNK))
        if not piece:
            raise EOFError
        return piece

    async def hand_on(self, source: Side, sink: Side, count: int) -> None:
        """Hand on so many bytes."""
        while count:
            piece = await self.some(source, count)
            count -= len(piece)
            await self.say(sink, piece)

    async def pump(self, source: Side, sink: Side) -> None:
        """Hand on whatever comes until the end, which is raised."""
        while True:
            await self.say(sink, await self.some(source, CHUNK))

    async def say(self, side: Side, piece: bytes, request: Head | None = None) -> None:
        """Write; while the mode holds everything back, wait."""
        slow = side is self.client and (request is None or self.proxy.applies("trickle", request))
        while piece:
            await self.passable()
            if side is self.client and self.proxy.mode == "bad-line":
                await asyncio.sleep(LINE_SECONDS + AGAIN_SECONDS * (random.random() < LOST))
            dripping = slow and self.proxy.mode == "trickle"
            now, piece = (piece[:1], piece[1:]) if dripping else (piece, b"")
            side.mouth.write(now)
            await side.mouth.drain()
            if dripping:
                await self.drip()

    async def passable(self) -> None:
        """Wait while nothing passes."""
        while self.proxy.mode == "black-hole":  # noqa: ASYNC110 (a test turns the mode in another thread)
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)

    async def drip(self) -> None:
        """Wait for the next byte's turn, or for another mode."""
        loop = asyncio.get_running_loop()
        end = loop.time() + 1 / self.proxy.pace
        while self.proxy.mode == "trickle" and loop.time() < end:  # noqa: ASYNC110
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


async def connected(port: int) -> Side:
    """A connection to the server behind."""
    loop = asyncio.get_running_loop()
    ear = Ear()
    transport, protocol = await loop.create_connection(
        lambda: asyncio.StreamReaderProtocol(ear), "127.0.0.1", port
    )
    return Side(ear, asyncio.StreamWriter(transport, protocol, ear, loop))


async def serve(proxy: Proxy, ready: threading.Event, leave: asyncio.Event) -> None:
    """Listen until told to leave."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: asyncio.StreamReaderProtocol(Ear(), proxy.welcome), "127.0.0.1", proxy.port, backlog=1024
    )
    proxy.port = server.sockets[0].getsockname()[1]
    watching = loop.create_task(proxy.watch())
    ready.set()
    await leave.wait()
    watching.cancel()
    server.close()
    proxy.mode = "pass"
    while proxy.lines:
        for line in list(proxy.lines):
            line.reset()
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


@contextlib.contextmanager
def running_proxy(target_port: int = 0, *, port: int = 0) -> Iterator[Proxy]:
    """A proxy in a thread of its own, in front of a port of this machine; ends all connections at the end.

    `target_port` may be set later (`proxy.target_port = …`), when the site's address depends on the proxy's.
    """
    proxy, ready, held = Proxy(target_port, port=port), threading.Event(), {}

    async def main() -> None:
        held["leave"], held["loop"] = asyncio.Event(), asyncio.get_running_loop()
        await serve(proxy, ready, held["leave"])

    thread = threading.Thread(target=asyncio.run, args=(main(),), daemon=True)
    thread.start()
    if not ready.wait(10):
        raise RuntimeError("the proxy did not start")
    try:
        yield proxy
    finally:
        held["loop"].call_soon_threadsafe(held["leave"].set)
        thread.join(10)
