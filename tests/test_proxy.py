"""The proxy of the fault tests does what each mode says, in front of a small server that talks HTTP."""

import asyncio
import contextlib
import socket
import threading
import time

import pytest

from tests.proxy import MODES, running_proxy
from tests.waiting import until

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole"
PIECES = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
SECONDS = 10


class Origin:
    """The server behind: /whole answers at once; /stream and WebSockets say what a test tells them to say."""

    def __init__(self):
        self.asked: list[str] = []
        self.talking: list[asyncio.StreamWriter] = []
        self.heard = b""
        self.gone = 0

    async def welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer until the client leaves."""
        with contextlib.suppress(OSError, EOFError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self.answer(head, reader, writer)
        self.gone += 1
        writer.close()

    async def answer(self, head: bytes, reader, writer) -> None:
        """Answer one request."""
        self.asked.append(head.split(b" ")[1].decode())
        if b"Content-Length: 4" in head:
            self.heard += await reader.readexactly(4)
        if b"Upgrade: websocket" in head or self.asked[-1] == "/stream":
            self.talking.append(writer)
            writer.write(UPGRADED if b"Upgrade" in head else PIECES)
            while piece := await reader.read(100):
                self.heard += piece
            raise EOFError
        writer.write(WHOLE)

    def say(self, piece: bytes) -> None:
        """Send to the client that came last."""
        self.loop.call_soon_threadsafe(self.talking[-1].write, piece)

    def hang_up(self) -> None:
        """End its connection."""
        self.loop.call_soon_threadsafe(self.talking[-1].close)

    async def main(self, ready: threading.Event) -> None:
        """Listen until left."""
        self.loop, self.leave = asyncio.get_running_loop(), asyncio.Event()
        async with await asyncio.start_server(self.welcome, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            await self.leave.wait()
            for writer in self.talking:
                writer.close()
            server.close()


@pytest.fixture
def origin():
    """A running server."""
    found, ready = Origin(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(found.main(ready)), daemon=True)
    thread.start()
    assert ready.wait(SECONDS)
    yield found
    found.loop.call_soon_threadsafe(found.leave.set)
    thread.join(SECONDS)


@pytest.fixture
def proxy(origin):
    """The proxy in front of it."""
    with running_proxy(origin.port) as running:
        yield running


@pytest.fixture
def dial(proxy):
    """Open a connection through the proxy."""
    with contextlib.ExitStack() as stack:

        def connect() -> socket.socket:
            return stack.enter_context(socket.create_connection(("127.0.0.1", proxy.port), SECONDS))

        yield connect


def ask(client: socket.socket, target: str = "/whole", *headers: str, body: bytes = b"") -> None:
    lines = ["GET" if not body else "POST", target, "HTTP/1.1"]
    client.sendall("\r\n".join([" ".join(lines), *headers, "", ""]).encode() + body)


def read(client: socket.socket, size: int) -> bytes:
    """So many bytes, fewer when it ends before."""
    found = b""
    while len(found) < size and (piece := client.recv(size - len(found))):
        found += piece
    return found


def upgrade(client: socket.socket, origin: Origin) -> None:
    ask(client, "/live/ws", "Connection: Upgrade", "Upgrade: websocket")
    assert read(client, len(UPGRADED)) == UPGRADED
    until(lambda: origin.talking, what="the server talks")


def test_pass_hands_on_requests_bodies_and_sockets(origin, proxy, dial):
    client = dial()
    ask(client)
    assert read(client, len(WHOLE)) == WHOLE
    ask(client, "/whole?again=1", "Content-Length: 4", body=b"body")
    assert read(client, len(WHOLE)) == WHOLE
    upgrade(client, origin)
    client.sendall(b"to the server")
    origin.say(b"to the client")
    assert read(client, 13) == b"to the client"
    until(lambda: origin.heard == b"bodyto the server", what="the server has it")
    assert proxy.seen == {"GET /whole": 1, "POST /whole": 1, "GET /live/ws": 1}
    assert proxy.spoiled == {}
    origin.hang_up()
    assert client.recv(1) == b""


def test_a_leaving_client_is_passed_on(origin, proxy, dial):
    client = dial()
    ask(client, "/stream")
    assert read(client, len(PIECES)) == PIECES
    client.close()
    until(lambda: origin.gone == 1, what="the server knows")
    until(lambda: proxy.open == 0, what="the proxy has let go")


def test_no_upgrade_refuses_sockets_only(origin, proxy, dial):
    proxy.mode = "no-upgrade"
    client = dial()
    ask(client, "/live/ws", "Upgrade: websocket")
    assert read(client, 12) == b"HTTP/1.1 403"
    client = dial()
    ask(client)
    assert read(client, len(WHOLE)) == WHOLE
    assert origin.asked == ["/whole"]


def test_buffer_holds_an_answer_until_it_is_whole(origin, proxy, dial):
    proxy.mode, proxy.path = "buffer", "/stream"
    held, other = dial(), dial()
    ask(held, "/stream")
    until(lambda: origin.talking, what="the server talks")
    origin.say(b"5\r\nfirst\r\n")
    ask(other)
    assert read(other, len(WHOLE)) == WHOLE
    held.setblocking(False)
    with pytest.raises(BlockingIOError):
        held.recv(1)
    held.settimeout(SECONDS)
    origin.say(b"0\r\n\r\n")
    assert read(held, len(PIECES) + 15) == PIECES + b"5\r\nfirst\r\n0\r\n\r\n"


def test_cut_ends_old_connections_with_fin(origin, proxy, dial):
    client = dial()
    upgrade(client, origin)
    proxy.seconds, proxy.mode = 0.2, "cut"
    assert client.recv(1) == b""
    until(lambda: origin.gone == 1, what="the server knows")


def test_black_hole_holds_everything_back_and_tells_nobody(origin, proxy, dial):
    client, leaver = dial(), dial()
    upgrade(client, origin)
    upgrade(leaver, origin)
    proxy.mode = "black-hole"
    origin.talking.reverse()
    origin.say(b"late")
    client.sendall(b"late too")
    leaver.close()
    client.settimeout(0.3)
    with pytest.raises(TimeoutError):
        client.recv(1)
    assert (origin.heard, origin.gone) == (b"", 0)
    proxy.mode = "pass"
    client.settimeout(SECONDS)
    assert read(client, 4) == b"late"
    until(lambda: origin.heard == b"late too" and origin.gone == 1, what="all of it arrives in the end")


def test_reset_resets_old_and_new_connections(origin, proxy, dial):
    client = dial()
    upgrade(client, origin)
    proxy.mode = "reset"
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    with pytest.raises(ConnectionResetError):
        dial().recv(1)
    assert (proxy.accepted, proxy.open) == (2, 0)


def test_refuse_resets_only_newcomers(origin, proxy, dial):
    client = dial()
    upgrade(client, origin)
    proxy.mode = "refuse"
    with pytest.raises(ConnectionResetError):
        dial().recv(1)
    origin.say(b"still here")
    assert read(client, 10) == b"still here"


def test_trickle_hands_on_an_answer_byte_by_byte(origin, proxy, dial):
    proxy.mode = "trickle"
    client = dial()
    ask(client)
    assert client.recv(100) == WHOLE[:1]
    proxy.pace = 1000
    assert client.recv(100) == WHOLE[1:2]
    proxy.mode = "pass"
    assert read(client, len(WHOLE) - 2) == WHOLE[2:]


def test_drop_answer_lets_the_request_arrive(origin, proxy, dial):
    proxy.mode, proxy.path, proxy.method = "drop-answer", "/whole", "POST"
    client = dial()
    ask(client, "/whole", "Content-Length: 4", body=b"kept")
    assert client.recv(1) == b""
    assert (origin.heard, origin.asked) == (b"kept", ["/whole"])
    assert proxy.spoiled["POST /whole"] == 1
    client = dial()
    ask(client)
    assert read(client, len(WHOLE)) == WHOLE


def test_bad_line_delays_every_piece(proxy, dial):
    proxy.mode = "bad-line"
    client = dial()
    begun = time.monotonic()
    ask(client)
    assert read(client, len(WHOLE)) == WHOLE
    assert time.monotonic() - begun >= 0.4  # head and body


def test_without_a_server_a_newcomer_is_sent_away(dial, proxy):
    proxy.target_port = 1
    assert dial().recv(1) == b""


def test_every_mode_has_a_test():
    said = {name.split("_", 1)[1].replace("_", "-") for name in globals() if name.startswith("test_")}
    assert [mode for mode in MODES if not any(name.startswith(mode) for name in said)] == []
