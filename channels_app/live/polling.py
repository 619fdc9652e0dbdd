"""The long poll, for networks that let no WebSocket through: POST /live/poll.

Request: as hellos.py describes it. The hello frame may have two more fields:

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
"""

import asyncio
from collections.abc import Callable

from channels_app.live import catchup, entrance, frames, hellos, hub
from channels_app.live.connections import Connection
from channels_app.live.frames import Wish

LONGEST_WAIT = 25  # seconds; gateways cut longer requests
MOST_ANSWERED = 200  # frames of one answer


async def poll(scope: dict, receive: Callable, send: Callable) -> None:
    """Answer one poll."""
    async with hellos.refusing(send):
        said = await hellos.read(scope, receive)
        await hellos.respond(send, 200, await answer(scope, receive, frames.wish(said)))


async def answer(scope: dict, receive: Callable, wish: Wish) -> str:
    """The frames for a member's hello, as a JSON array: at once when there are any, else after the wait."""
    running = await hub.start()
    connection = await entrance.newcomer(running, scope, "poll")
    running.enter(connection)
    leaving = asyncio.create_task(hellos.gone(receive))
    try:
        with entrance.crowd:
            reach = await entrance.greet(running, connection, wish)
        shown = sum(posts for posts, _ in reach.counts.values())
        texts = await collected(running, connection)
        if len(texts) <= NOTHING_NEW and wish.posts in {None, shown}:
            patience = 0 if running.draining else wish.wait_or(LONGEST_WAIT)
            texts += await waited(running, connection, patience, leaving)
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
