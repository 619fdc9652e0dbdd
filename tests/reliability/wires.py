"""The three doors of the live connections, and plain requests, as a browser behind any network uses them.

A door is opened with a hello and then iterated: it gives frames until it raises Lost.
"""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from channels_app.live.endings import end

HOST = "127.0.0.1"
LARGEST_LINE = 1024 * 1024
CODES = {400: 4400, 401: 4401, 403: 4403, 409: 4409, 429: 4429, 503: 1013}
ABNORMAL = 1006


class Lost(Exception):
    """The connection is over: with a close code, and the seconds to stay away if the server named them."""

    def __init__(self, code: int = ABNORMAL, after: float = 0):
        super().__init__(code)
        self.code, self.after = code, after


@dataclass(frozen=True)
class Pass:
    """What lets somebody in: the cookies and headers of one member's browser."""

    origin: str
    cookies: str
    csrf: str

    def headers(self) -> dict[str, str]:
        """Of every request."""
        return {"Cookie": self.cookies, "Origin": self.origin, "Accept-Language": "ja"}


@dataclass
class Answer:
    """The answer to a request; `body` is there at once, `lines()` gives a streamed one."""

    status: int
    headers: dict[str, str]
    reader: asyncio.StreamReader
    body: bytes = b""

    async def whole(self) -> "Answer":
        """With its body. Raises Lost when that does not come completely."""
        try:
            self.body = b"".join([piece async for piece in self.pieces()])
        except (asyncio.IncompleteReadError, OSError) as error:
            raise Lost from error
        return self

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes."""
        if self.headers.get("transfer-encoding") == "chunked":
            while size := int((await self.reader.readuntil(b"\r\n")).split(b";")[0], 16):
                yield (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readuntil(b"\r\n")
        elif length := int(self.headers.get("content-length", 0)):
            yield await self.reader.readexactly(length)

    async def lines(self) -> AsyncIterator[bytes]:
        """The lines of a streamed body. Raises Lost when it ends without having been ended."""
        kept = b""
        async for piece in self.pieces():
            *whole, kept = (kept + piece).split(b"\n")
            for line in whole:
                yield line

    @property
    def refusal(self) -> Lost:
        """What a refused hello means."""
        return Lost(CODES.get(self.status, ABNORMAL), float(self.headers.get("retry-after", 0)))


@asynccontextmanager
async def asking(
    port: int, method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> AsyncIterator[Answer]:
    """Send one request on a connection of its own; the answer's head has come. Raises OSError, Lost."""
    reader, writer = await asyncio.open_connection(HOST, port, limit=LARGEST_LINE)
    try:
        told = {"Host": f"{HOST}:{port}", "Content-Length": str(len(body)), "Connection": "close"} | headers
        head = "\r\n".join([f"{method} {path} HTTP/1.1", *(f"{name}: {text}" for name, text in told.items())])
        writer.write(f"{head}\r\n\r\n".encode() + body)
        first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
        pairs = (line.split(":", 1) for line in rest)
        found = {name.strip().lower(): text.strip() for name, text in pairs}
        yield Answer(int(first.split(" ")[1]), found, reader)
    except asyncio.IncompleteReadError as error:
        raise Lost from error
    finally:
        writer.close()


async def ask(port: int, member: Pass, method: str, path: str, /, **fields: str) -> Answer:
    """A page, or a form as our own scripts send it, with its whole body. Raises OSError, Lost."""
    headers = member.headers() | {"Accept": "text/html"}
    if method == "POST":
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        headers |= kind | {"X-CSRFToken": member.csrf}
    async with asking(port, method, path, headers, urlencode(fields).encode()) as answer:
        return await answer.whole()


@dataclass
class Door(ABC):
    """One connection being opened. `hello` makes the hello frame; `patience` are its limits in seconds."""

    port: int
    member: Pass
    hello: Callable[[], dict]
    patience: "Patience"

    @abstractmethod
    def frames(self) -> AsyncIterator[dict]:
        """What the server says, until Lost or OSError is raised."""

    @abstractmethod
    async def refocus(self, focus: list[str], cursors: dict[str, int]) -> None:
        """Look at something else."""

    def posting(self, path: str, hello: dict):
        """The request of the two doors that are requests."""
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.member.csrf}
        body = json.dumps(hello).encode()
        return asking(self.port, "POST", path, self.member.headers() | headers, body)


@dataclass(frozen=True)
class Patience:
    """Limits of a client in seconds; the shipped scripts' are longer (static/js/live/)."""

    first: float = 5.0  # until the first frame; the stream's first line 3
    beat: float = 3.0  # between two pings of a WebSocket
    dead: float = 5.0  # after a ping without any byte
    line: float = 25.0  # of a streamed answer without a line
    wait: float = 25.0  # how long a poll is held
    spare: float = 8.0  # beyond that
    longest: float = 4.0  # between two attempts
    spread: float = 1.0  # after a goodbye


@dataclass
class SocketDoor(Door):
    """GET /live/ws."""

    socket: ClientConnection | None = None

    async def frames(self) -> AsyncIterator[dict]:
        """Frames as they come; a ping now and then, and Lost when nothing answers it."""
        try:
            async with self.opened() as self.socket:
                await self.socket.send(json.dumps(self.hello()))
                limit = self.patience.first
                while True:
                    yield json.loads(await self.heard(limit))
                    limit = self.patience.beat
        except ConnectionClosed as closed:
            raise Lost(closed.rcvd.code if closed.rcvd else ABNORMAL) from closed
        except (InvalidStatus, InvalidMessage, EOFError) as broken:
            raise Lost from broken  # no browser tells its page why a handshake was refused

    def opened(self):
        """The socket, closed quickly at the end: nobody waits for the other side's goodbye."""
        return connect(
            f"ws://{HOST}:{self.port}/live/ws",
            additional_headers={"Cookie": self.member.cookies},
            origin=self.member.origin,
            proxy=None,
            compression=None,
            ping_interval=None,
            max_size=None,
            open_timeout=self.patience.first,
            close_timeout=0.2,
        )

    async def heard(self, limit: float) -> str:
        """The next frame; after `limit` seconds of silence one ping and `dead` seconds more."""
        receiving = asyncio.ensure_future(self.socket.recv())
        try:
            done, _ = await asyncio.wait({receiving}, timeout=limit)
            if not done:
                await self.socket.send('{"t":"ping","i":1}')
                done, _ = await asyncio.wait({receiving}, timeout=self.patience.dead)
            if not done:
                raise Lost
            return receiving.result()
        finally:
            receiving.cancel()

    async def refocus(self, focus: list[str], cursors: dict[str, int]) -> None:
        """A focus frame."""
        try:
            if self.socket:  # else its hello says it
                await self.socket.send(json.dumps({"t": "focus", "focus": focus, "cur": cursors}))
        except ConnectionClosed:
            return  # the next hello says it


@dataclass
class StreamDoor(Door):
    """POST /live/stream."""

    turned: asyncio.Event = field(default_factory=asyncio.Event)

    async def frames(self) -> AsyncIterator[dict]:
        """One frame per line. Raises Lost."""
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(self.patience.first):
                answer = await stack.enter_async_context(self.posting("/live/stream", self.hello()))
            if answer.status != 200:
                raise answer.refusal
            lines = await stack.enter_async_context(aclosing(answer.lines()))
            limit = self.patience.first
            while line := await self.line(lines, limit):
                limit = self.patience.line
                said = json.loads(line)
                if said["t"] == "closed":
                    raise Lost(said["code"])
                yield said

    async def line(self, lines: AsyncIterator[bytes], limit: float) -> bytes:
        """The next line. Raises Lost when the answer was cut or something else is looked at, TimeoutError."""
        reading = asyncio.ensure_future(anext(lines))
        turning = asyncio.ensure_future(self.turned.wait())
        try:
            await asyncio.wait({reading, turning}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if turning.done():
                raise Lost
            if not reading.done():
                raise TimeoutError
            return reading.result()
        except (asyncio.IncompleteReadError, StopAsyncIteration) as error:
            raise Lost from error
        finally:
            await end([reading, turning])

    async def refocus(self, focus: list[str], cursors: dict[str, int]) -> None:
        """The answer ends, and the client comes again."""
        self.turned.set()


class PollDoor(Door):
    """POST /live/poll, again and again."""

    async def frames(self) -> AsyncIterator[dict]:
        """The frames of one answer after the other. Raises Lost."""
        wait = 0.0
        while True:
            async with asyncio.timeout(wait + self.patience.spare):
                async with self.posting("/live/poll", self.hello() | {"wait": wait}) as answer:
                    await answer.whole()
            if answer.status != 200:
                raise answer.refusal
            said = {}
            for said in json.loads(answer.body):
                yield said
            wait = self.patience.wait if said.get("t") == "live" else 0.0

    async def refocus(self, focus: list[str], cursors: dict[str, int]) -> None:
        """Nothing to do: the next request says it."""


DOORS = {"socket": SocketDoor, "stream": StreamDoor, "poll": PollDoor}
