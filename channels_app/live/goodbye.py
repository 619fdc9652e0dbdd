"""The goodbye of a process that will stop: its clients are told when to come back, a few at a time."""

import asyncio
import random

from channels_app.live import frames, hub

STEPS = 50
GOODBYE_SECONDS = 1  # between bye and the close


async def drain(spread: float) -> None:
    """Send every client of this process away within `spread` seconds; at once when there are none."""
    running = hub.running()
    if running:
        await empty(running, spread)


async def empty(leaving: "hub.Hub", spread: float) -> None:
    """Send everybody away within `spread` seconds, 2 % at a time; who is told comes back elsewhere."""
    leaving.draining = True
    clients = leaving.connections
    random.shuffle(clients)
    step = max(1, len(clients) // STEPS)
    for start in range(0, len(clients), step):
        for connection in clients[start : start + step]:
            connection.say(frames.bye(random.randrange(1 + int(spread * 1000))))  # noqa: S311 (no secret)
            leaving.loop.call_later(GOODBYE_SECONDS, connection.close, 1012)
        await asyncio.sleep(spread / STEPS)
    if clients:
        await asyncio.sleep(GOODBYE_SECONDS)
