"""A hello that comes as an HTTP request, to the long poll and to the streamed answer: read, checked, refused.

Request: POST with the session cookie, the page's own Origin, the header X-CSRFToken with the value of the
CSRF cookie (or of the page's token), and as the body one hello frame of at most 16 KiB:

    {"t":"hello","v":1,"epoch":"…","cur":{"c42":10230,"u7":88,"s":501},"focus":["c42"]}

Refusals (JSON {"code": 4403} and the same meaning as the close codes): 400 protocol or too large a body ·
401 log in again · 403 origin, CSRF or access revoked · 405 · 409 replaced · 429 slow down · 503 with
Retry-After: restart or too many at once.
"""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from channels_app.live import entrance, frames, metrics
from channels_app.live.connections import Closed
from channels_app.live.entrance import Full
from channels_app.live.frames import Malformed
from channels_app.live.streams import Refusal

LARGEST_BODY = 16 * 1024
CSRF_HEADER = settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-").lower().encode()
STATUS = {4400: 400, 4401: 401, 4403: 403, 4408: 503, 4409: 409, 4429: 429, 1012: 503}


class CsrfCheck(CsrfViewMiddleware):
    """Django's comparison of cookie and header. The origin is checked before, and more strictly."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponse(reason, status=403)


class Wrong(Exception):
    """Not a hello at all: refused with an HTTP status before anybody is looked up."""

    def __init__(self, status: int):
        super().__init__(status)
        self.status = status


@asynccontextmanager
async def refusing(send: Callable) -> AsyncIterator[None]:
    """Turn whatever keeps a hello from being answered into an HTTP status; a client that left gets none."""
    try:
        yield
    except Wrong as wrong:
        await respond(send, wrong.status, refusal(wrong.status))
    except Malformed:
        await respond(send, 400, refusal(4400))
    except Refusal as refused:
        await respond(send, STATUS.get(refused.code, 503), refusal(refused.code))
    except Closed as closed:
        metrics.note_closed(closed.code)
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
    if status in {429, 503}:
        headers.append((b"retry-after", str(entrance.RETRY_AFTER).encode()))
    if status == 405:
        headers.append((b"allow", b"POST"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
