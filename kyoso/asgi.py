"""The live connections and, in the one-process mode, everything, as ASGI applications.

`live_application` answers /live/* and WebSockets only (`serve --live`). `application` also hands every other
request to Django's pages through WSGI, which is several times faster than Django under ASGI, and runs the
job worker (`serve`, `run`).
"""

import asyncio
import logging
import os
from collections.abc import Callable
from typing import Any

from a2wsgi import WSGIMiddleware
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path

from kyoso.lib import environment as env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kyoso.settings")

# Loads the applications, which the imports below need.
from kyoso.wsgi import application as pages  # noqa: I001
from channels_app.live import hub, scraping
from channels_app.live.endings import end
from channels_app.live.routing import http_routes, websocket_routes
from kyoso import jobs, metrics

# A little more than the worker gives its running jobs.
JOBS_LEAVE_SECONDS = 25
# A site whose database is away serves what it can, and the rest when the database is back.
HUB_ARRIVES_SECONDS = 5
PAGE_THREADS = env.number("PAGE_THREADS", 8, 1, 100)

logger = logging.getLogger(__name__)


class Lifespan:
    """Starts and stops what lives as long as the process: the hub and, if wanted, the job worker."""

    def __init__(self, *, with_jobs: bool):
        self.with_jobs = with_jobs

    async def __call__(self, scope: dict, receive: Callable, send: Callable) -> None:
        """Answer the server's two lifespan messages."""
        await receive()
        arriving = asyncio.create_task(hub.arrive())
        await asyncio.wait([arriving], timeout=HUB_ARRIVES_SECONDS)
        worker = asyncio.create_task(jobs.work()) if self.with_jobs else None
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if worker:
            worker.cancel()
            await asyncio.wait([worker], timeout=JOBS_LEAVE_SECONDS)
        await end([arriving])
        await hub.stop()
        await send({"type": "lifespan.shutdown.complete"})


async def nothing_here(scope: dict, receive: Callable, send: Callable) -> None:
    """Answer 404 for an address under /live/ that nobody serves."""
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


async def alive(scope: dict, receive: Callable, send: Callable) -> None:
    """Answer 200: the loop that carries the live connections turns."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


async def ready(scope: dict, receive: Callable, send: Callable) -> None:
    """Answer 200 while a client that comes now is let in, otherwise 503."""
    running = hub.running()
    status = 200 if running and not running.blind and not running.draining else 503
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


# Django's types expect views here; Channels' router calls ASGI applications.
live_http = URLRouter(
    [path("live/healthz", alive), path("live/readyz", ready), *http_routes, re_path(r"", nothing_here)]  # type: ignore[arg-type]
)
metrics.sources.append(scraping.live_figures)  # for /metrics, where pages live in this process
live_sockets = URLRouter([*websocket_routes, re_path(r"", WebsocketDenier.as_asgi())])
django_pages: Any = WSGIMiddleware(pages, workers=PAGE_THREADS)  # type: ignore[arg-type]


async def http_everything(scope: dict, receive: Callable, send: Callable) -> None:
    """Send /live/* to the live connections and everything else to the pages."""
    if scope["path"].startswith("/live/"):
        await live_http(scope, receive, send)
    else:
        await django_pages(without_lookalikes(scope), whole_bodies(receive), send)


def without_lookalikes(scope: dict) -> dict:
    """Drop headers with an underscore: WSGI cannot tell `X_Forwarded_For` from `X-Forwarded-For`."""
    return scope | {"headers": [pair for pair in scope["headers"] if b"_" not in pair[0]]}


def whole_bodies(receive: Callable) -> Callable:
    """Make a connection lost inside a body an error; a2wsgi would take it for the end of the text."""
    ended = False

    async def receive_whole() -> dict:
        nonlocal ended
        message = await receive()
        if message["type"] == "http.disconnect" and not ended:
            raise ConnectionError("The connection was lost before the whole request had arrived.")
        ended = not message.get("more_body", False)
        return message

    return receive_whole


live_application = ProtocolTypeRouter(
    {"http": live_http, "websocket": live_sockets, "lifespan": Lifespan(with_jobs=False)}
)
application = ProtocolTypeRouter(
    {"http": http_everything, "websocket": live_sockets, "lifespan": Lifespan(with_jobs=True)}
)
