"""The addresses of the live connections. Applications below /live/, beside Django's own middleware."""

from django.urls import path

from channels_app.live import polling, sockets

websocket_routes = [path("live/ws", sockets.websocket)]
http_routes = [path("live/poll", polling.poll)]
