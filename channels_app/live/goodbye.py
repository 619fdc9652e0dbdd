"""The goodbye of a process that will stop: its clients are told when to come back, a few at a time."""

import asyncio
import random

from channels_app.live import frames, hub
from channels_app.live.connections import Connection

STEPS = 50
GOODBYE_SECONDS = 1  # between bye and the close


async def drain(spread: float, *, succeeded: bool = False) -> None:
    """Send every client of this process away within `spread` seconds; at once when there are none.

    Newcomers get 503 meanwhile. With `succeeded` another process has taken over the port: who still asks
    here, over an HTTP connection left open, is answered.
    """
    running = hub.running()
    if running:
        running.draining, running.succeeded = True, succeeded
        await empty(running, spread)


async def empty(leaving: "hub.Hub", spread: float) -> None:
    """Send everybody away within `spread` seconds, 2 % at a time; who is told comes back elsewhere."""
    clients = leaving.connections
    random.shuffle(clients)
    step = max(1, len(clients) // STEPS)
    for start in range(0, len(clients), step):
        for connection in clients[start : start + step]:
            take_leave(leaving, connection, spread)
        await asyncio.sleep(spread / STEPS)
    for connection in set(leaving.connections) - set(clients):
        take_leave(leaving, connection, spread)
    if leaving.connections:
        await asyncio.sleep(GOODBYE_SECONDS)


def take_leave(leaving: "hub.Hub", connection: Connection, spread: float) -> None:
    """Say when to come back, and close a moment later; a poll is answered with it at once.

    Who has a successor to go to waits for one step only: that few leave at a time spreads the return enough.
    """
    longest = spread / STEPS if leaving.succeeded else spread
    connection.say(frames.bye(random.randrange(1 + int(longest * 1000))))  # noqa: S311 (no secret)
    leaving.loop.call_later(GOODBYE_SECONDS, connection.close, 1012)
