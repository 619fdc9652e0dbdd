"""The control arm of fan-out: live posts as the tutorials build them, one layer group per channel.

Every socket is a consumer in a group, every delivery is a message of the in-memory layer turned into JSON.
"""

import os

from channels.auth import AuthMiddlewareStack
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")


class Listening(AsyncJsonWebsocketConsumer):
    """A browser that is looking at one channel."""

    async def connect(self) -> None:
        """Join the channel's group."""
        if not self.scope["user"].is_authenticated:
            await self.close()
            return
        self.group = f"channel-{self.scope['url_route']['kwargs']['slug']}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leave it."""
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def post_published(self, event: dict) -> None:
        """Tell the browser."""
        await self.send_json({"t": "e", "html": event["html"]})


application = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": AuthMiddlewareStack(
            URLRouter([path("ws/channels/<slug:slug>/", Listening.as_asgi())]),
        ),
    }
)
