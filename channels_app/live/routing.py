"""The addresses of the live connections. Applications below /live/, beside Django's own middleware."""

from typing import Any

from django.urls import path

from channels_app.live import polling, sockets

# Django's path() knows views only; URLRouter calls what it finds as an ASGI application.
socket_door: Any = sockets.websocket
poll_door: Any = polling.poll

websocket_routes = [path("live/ws", socket_door)]
http_routes = [path("live/poll", poll_door)]
