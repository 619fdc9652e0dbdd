"""The long poll, for networks that let no WebSocket through: POST /live/poll.

Request: the session cookie, the page's own Origin, the header X-CSRFToken with the value of the CSRF cookie
(or of the page's token), and as the body one hello frame (frames.py) with two optional fields:

    {"t":"hello","v":1,"epoch":"…","cur":{"c42":10230,"u7":88,"s":501},"focus":["c42"],"wait":25,"posts":4413}

`wait` (seconds, 0 to 25, default 25): how long to hold the request when there is nothing new. The first poll
of a page says 0: it is answered at once and tells whether the cursors are level.
`posts`: the sum of the posts counts of all channels as the client shows them (first numbers of `ch`, raised
by `u` frames). If the server's sum differs, it answers at once, so an unread number never waits for an event.

Answer: 200 with a JSON array of frames. The first is always `hi`; then gone and reset frames; then `e`, `b`
and `u` frames, checked by the same invariants as on a WebSocket. It comes as soon as there is anything but
`hi` and `live`, otherwise after `wait` seconds: [hi, live]. The client handles the array, then polls again
with its new cursors. Every poll is complete in itself: nothing is remembered between two of them. An array
may end without `live` when more catch-up follows: poll again at once.

Refusals (JSON {"code": 4403} and the same meaning as the close codes): 400 protocol or body over 16 KiB ·
401 log in again · 403 origin, CSRF or access revoked · 405 · 409 replaced · 429 slow down · 503 with
Retry-After: restart or too many at once.
"""

import asyncio
import json
import logging
from collections.abc import Callable

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from channels_app.live import catchup, entrance, frames, hub
from channels_app.live.connections import Closed, Connection
from channels_app.live.entrance import Full
from channels_app.live.frames import Malformed, Wish
from channels_app.live.streams import Refusal

LARGEST_BODY = 16 * 1024
LONGEST_WAIT = 25  # seconds; gateways cut longer requests
MOST_ANSWERED = 200  # frames of one answer
CSRF_HEADER = settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-").lower().encode()
STATUS = {4400: 400, 4401: 401, 4403: 403, 4408: 503, 4409: 409, 4429: 429, 1012: 503}

logger = logging.getLogger(__name__)


class CsrfCheck(CsrfViewMiddleware):
    """Django's comparison of cookie and header. The origin is checked before, and more strictly."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponse(reason, status=403)


class Wrong(Exception):
    """Not a poll at all: refused with an HTTP status before anybody is looked up."""

    def __init__(self, status: int):
        super().__init__(status)
        self.status = status


async def poll(scope: dict, receive: Callable, send: Callable) -> None:
    """Answer one poll."""
    try:
        said = await read(scope, receive)
        await respond(send, 200, await answer(scope, receive, frames.wish(said)))
    except Wrong as wrong:
        await respond(send, wrong.status, refusal(wrong.status))
    except Malformed:
        await respond(send, 400, refusal(4400))
    except (Refusal, Closed) as closed:
        await respond(send, STATUS.get(closed.code, 503), refusal(closed.code))
    except (Full, Error):
        await respond(send, 503, refusal(1012))
    except ConnectionResetError:
        return


async def read(scope: dict, receive: Callable) -> dict:
    """The hello of a request made by a page of this site. Raises Wrong, Malformed, ConnectionResetError."""
    if scope["method"] != "POST":
        raise Wrong(405)
    if not entrance.has_own_origin(scope) or not has_csrf_token(scope):
        raise Wrong(403)
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        body, more = body + message.get("body", b""), message.get("more_body", False)
        if len(body) > LARGEST_BODY:
            raise Malformed("too large")
    said = frames.parse(body)
    if said["t"] != "hello":
        raise Malformed("not a hello")
    return said


def has_csrf_token(scope: dict) -> bool:
    """Whether the request's header proves that it could read the CSRF cookie."""
    request = HttpRequest()
    request.method = "POST"
    request.COOKIES = {settings.CSRF_COOKIE_NAME: entrance.cookie(scope, settings.CSRF_COOKIE_NAME)}
    request.META = {settings.CSRF_HEADER_NAME: entrance.header(scope, CSRF_HEADER) or ""}
    check = CsrfCheck(lambda request: HttpResponse())
    check.process_request(request)
    return check.process_view(request, HttpResponse, (), {}) is None


async def answer(scope: dict, receive: Callable, wish: Wish) -> str:
    """The frames for a member's hello, as a JSON array: at once when there are any, else after the wait."""
    running = await hub.start()
    connection = await entrance.newcomer(running, scope, "poll")
    running.enter(connection)
    leaving = asyncio.create_task(gone(receive))
    try:
        with entrance.crowd:
            reach = await entrance.greet(running, connection, wish)
        shown = sum(posts for posts, _ in reach.counts.values())
        texts = await collected(running, connection)
        if len(texts) <= NOTHING_NEW and wish.posts in {None, shown}:
            texts += await waited(running, connection, wish.wait_or(LONGEST_WAIT), leaving)
        return f"[{','.join(texts)}]"
    finally:
        leaving.cancel()
        running.leave(connection)


NOTHING_NEW = 2  # hi and live


async def collected(running: "hub.Hub", connection: Connection) -> list[str]:
    """Everything that can be said now: what is queued and what brings the cursors level. Raises Closed."""
    texts: list[str] = []
    while len(texts) < MOST_ANSWERED:
        text = connection.take()
        if text is not None:
            texts.append(text)
        elif connection.pulling:
            await catchup.refill(running, connection)
        else:
            break
    return texts


async def waited(
    running: "hub.Hub", connection: Connection, seconds: float, leaving: asyncio.Task
) -> list[str]:
    """What comes within `seconds`, ending with the first. Raises ConnectionResetError for a lost client."""
    news = asyncio.Event()
    connection.wake = news.set
    waiting = asyncio.create_task(news.wait())
    try:
        await asyncio.wait({waiting, leaving}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    if leaving.done():
        raise ConnectionResetError
    return await collected(running, connection)


async def gone(receive: Callable) -> None:
    """Wait until the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


def refusal(code: int) -> str:
    """The body that goes with a refusal."""
    return json.dumps({"code": code})


async def respond(send: Callable, status: int, body: str) -> None:
    """One JSON answer that nobody keeps."""
    content = body.encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if status == 503:
        headers.append((b"retry-after", str(entrance.RETRY_AFTER).encode()))
    if status == 405:
        headers.append((b"allow", b"POST"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
