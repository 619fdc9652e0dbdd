"""uvicorn's protocol as the site runs it: what a client has not taken does not keep its socket for ever."""

import asyncio
import socket

import pytest
import uvicorn

from kyoso.management import ready_frames, serving

pytestmark = pytest.mark.asyncio

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)
MORE_THAN_FITS = b"k" * 1024 * 1024 * 16


async def talkative(scope, receive, send) -> None:
    """Says more than a client that does not read can take; `/short` only goodbye, `/refused` 503."""
    await receive()
    if scope["path"] == "/refused":
        await send({"type": "websocket.http.response.start", "status": 503, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b""})
        return
    await send({"type": "websocket.accept"})
    if scope["path"] == "/short":
        await send({"type": "websocket.close", "code": 4408})
    else:
        await send({"type": "websocket.send", "bytes": MORE_THAN_FITS})


async def served(**changes) -> tuple[uvicorn.Server, int, asyncio.Task]:
    """Such a server with the site's settings."""
    config = serving.uvicorn_config(talkative)
    config.lifespan = "off"
    for name, value in changes.items():
        setattr(config, name, value)
    server, found = uvicorn.Server(config), serving.taken_socket("127.0.0.1", 0)
    running = asyncio.create_task(server._serve([found]))
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110 (there is no event for it)
            await asyncio.sleep(0.01)
    return server, found.getsockname()[1], running


async def client(port: int, path: bytes = b"/") -> socket.socket:
    """A client that has asked for a socket and reads nothing."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(line, ("127.0.0.1", port))
    await loop.sock_sendall(line, HANDSHAKE.replace(b"GET /", b"GET " + path, 1))
    return line


async def empty(server: uvicorn.Server) -> None:
    """Wait until the server holds no connection."""
    async with asyncio.timeout(10):
        while server.server_state.connections:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def present(server: uvicorn.Server) -> None:
    """Wait until it holds one."""
    async with asyncio.timeout(10):
        while not server.server_state.connections:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("patience", [{}, {"ws_ping_interval": 0.1, "ws_ping_timeout": 0.1}])
async def test_client_that_never_reads_is_cut(monkeypatch, patience):
    monkeypatch.setattr(ready_frames, "LINGER_SECONDS", 0.1)
    server, port, running = await served(**patience)
    with await client(port):
        await present(server)
        await empty(server)
    server.should_exit = True
    await running


async def test_client_that_reads_hears_the_code_it_is_closed_with():
    server, port, running = await served()
    with await client(port, b"/short") as line:
        heard = b""
        async with asyncio.timeout(10):
            while not heard.endswith((4408).to_bytes(2)):
                heard += await asyncio.get_running_loop().sock_recv(line, 4096)
    assert heard.endswith(b"\x88\x02" + (4408).to_bytes(2))
    await empty(server)
    server.should_exit = True
    await running


async def test_refused_handshake_is_no_error_in_the_log(caplog):
    server, port, running = await served()
    with await client(port, b"/refused") as line:
        async with asyncio.timeout(10):
            heard = await asyncio.get_running_loop().sock_recv(line, 4096)
    assert heard.startswith(b"HTTP/1.1 503")
    await empty(server)
    server.should_exit = True
    await running
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []
