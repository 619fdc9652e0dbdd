"""The addresses of the live connections. Applications below /live/, beside Django's own middleware."""

from typing import Any

from django.urls import path

from channels_app.live import polling, scraping, sockets, streaming

# Django's path() knows views only; URLRouter calls what it finds as an ASGI application.
socket_door: Any = sockets.websocket
stream_door: Any = streaming.stream
poll_door: Any = polling.poll
figures_door: Any = scraping.scrape

websocket_routes = [path("live/ws", socket_door)]
http_routes = [
    path("live/stream", stream_door),
    path("live/poll", poll_door),
    path("live/metrics", figures_door),
]
