"""The upper limit of fan-out: the same server, no Django, no log, one loop over the sockets."""

from collections.abc import Callable
from urllib.parse import parse_qs

sockets: set[Callable] = set()


async def application(scope: dict, receive: Callable, send: Callable) -> None:
    """A socket that hears everything; POST /posts/ with `text` is said to all; GET answers 200."""
    if scope["type"] == "websocket":
        await listen(receive, send)
    elif scope["method"] == "POST":
        await broadcast((await receive())["body"], send)
    else:
        await answer(send, b"")


async def listen(receive: Callable, send: Callable) -> None:
    """Keep a socket in the set until it leaves."""
    await receive()
    await send({"type": "websocket.accept"})
    sockets.add(send)
    try:
        while (await receive())["type"] != "websocket.disconnect":
            pass
    finally:
        sockets.discard(send)


async def broadcast(body: bytes, send: Callable) -> None:
    """Send the post's text to everybody, then answer with it."""
    said = parse_qs(body.decode())
    text = said["text"][0] + said["cid"][0]
    for one in tuple(sockets):
        await one({"type": "websocket.send", "text": text})
    await answer(send, text.encode())


async def answer(send: Callable, body: bytes) -> None:
    """200 with a body."""
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
