"""GET /live/metrics: what this process counts about its live connections, for whoever holds METRICS_TOKEN."""

import asyncio
from collections.abc import Callable, Iterable

from django.conf import settings
from prometheus_client import generate_latest
from prometheus_client.metrics_core import Metric

from channels_app.live import entrance, hub, metrics
from kyoso.lib.bearer import is_bearer
from kyoso.metrics import CONTENT_TYPE, SAFE, Figures

FRESH_SECONDS = 2.0  # a loop that is longer busy answers with what it read last


async def scrape(scope: dict, receive: Callable, send: Callable) -> None:
    """Answer with the figures, or 404 as if there were no such address; the database is not asked."""
    running, header = hub.running(), entrance.header(scope, b"authorization")
    content, headers = b"", []
    allowed = scope["method"] in SAFE and is_bearer(header, settings.METRICS_TOKEN)
    if allowed:
        if running:
            metrics.take_stock(running)
        content = generate_latest(Figures([metrics.figures]))
        headers = [(b"content-type", CONTENT_TYPE.encode()), (b"cache-control", b"no-store")]
    headers.append((b"content-length", str(len(content)).encode()))
    status = 200 if allowed else 404
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})


def live_figures() -> Iterable[Metric]:
    """The same for /metrics of a process with a hub; called in a page's thread."""
    running = hub.running()
    if running is None:
        return []
    try:
        asyncio.run_coroutine_threadsafe(_take_stock(running), running.loop).result(FRESH_SECONDS)
    except TimeoutError:
        metrics.note_lag(FRESH_SECONDS)
    return metrics.figures()


async def _take_stock(running: hub.Hub) -> None:
    metrics.take_stock(running)
