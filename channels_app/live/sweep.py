"""The sweep: what the bus lost is found in the log within a second. And what else a hub does by the clock."""

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import Error

from channels_app.live import entrance, frames, history, metrics
from channels_app.live.connections import Connection
from channels_app.live.frames import Frame
from channels_app.live.rings import Stream
from channels_app.live.streams import Refusal, is_channel
from channels_app.live.threads import WATCH, in_thread

if TYPE_CHECKING:
    from channels_app.live.hub import Hub

PERIOD, PERIOD_BUS_DOWN = 1.0, 0.25  # seconds
MOST_ROWS = 1_000
LOOK_UP_SECONDS = 300  # session, account and access of an open connection are checked again
LOOK_AGAIN_SECONDS = 2  # where the session should be over and was not: the database has its own clock
MOST_LOOK_UPS = 50  # per second
MOST_QUEUED = 256 * 1024 * 1024  # bytes of all connections of a process
TOO_SLOW = 4408

logger = logging.getLogger(__name__)


async def sweep(hub: "Hub") -> None:
    """Look for unknown events for ever."""
    failed = False
    while True:
        await asyncio.sleep(pause(hub))
        try:
            await look(hub, after_failure=failed)
            failed = hub.blind = False
        except Exception:
            logger.warning("the sweep cannot look", exc_info=not failed)
            failed = hub.blind = True


def pause(hub: "Hub") -> float:
    """Seconds until the next look."""
    return PERIOD_BUS_DOWN if hub.bus_down else PERIOD


async def look(hub: "Hub", *, after_failure: bool = False) -> None:
    """Look once. After a failure the database may be another one: its timeline decides about the epoch.

    The next look starts where this one found everything known; otherwise from the same place again, so that
    an event whose fetch fails is found once more.
    """
    if after_failure:
        await in_thread(history.verify_timeline, pool=WATCH)
    following, epoch, reached = await in_thread(history.newer_than, hub.xmin, pool=WATCH)
    if epoch != hub.epoch:
        await begin_anew(hub)
        return
    unknown = [(pk, n) for pk, n in reached if pk not in hub.streams or hub.streams[pk].head < n]
    for stream_id, n in unknown:
        metrics.SWEEP_FOUND.inc(n - hub.streams[stream_id].head if stream_id in hub.streams else n)
        hub.notice(stream_id, n)
    if not unknown:
        hub.xmin = following


async def begin_anew(hub: "Hub") -> None:
    """Another history: everybody comes back with a hello and starts over."""
    seen = await in_thread(history.survey, pool=WATCH)
    for connection in hub.connections:
        connection.close(1012)
        hub.leave(connection)
    hub.begin(seen)


def missing(stream: Stream, render: bool) -> tuple[history.Head | None, list[Frame], bool]:
    """(the stream's head, its frames after the hub's, whether they carry html). In a thread.

    Rows are always read, because access hangs on them; they are rendered for viewers only.
    """
    at = history.head_of(stream.id)
    if at is None or at.head <= stream.head:
        return at, [], True
    emitted = history.rows([(stream.id, stream.label, stream.head, at.head)], MOST_ROWS)
    if render or not is_channel(stream.label):
        try:
            return at, frames.events(emitted), True
        except Error:
            raise
        except Exception:
            logger.exception("stream %s cannot be rendered", stream.label)
    return at, [frames.frame(event, None) for event in emitted], False


def apply(hub: "Hub", stream: Stream, at: history.Head, made: Sequence[Frame], rendered: bool) -> None:
    """Apply what was fetched; where numbers are missing from the log, jump to its head.

    A full portion of which nothing follows the hub's head begins behind a hole: it would be read for ever.
    """
    before = stream.head
    for frame in made:
        if frame.event.n == stream.head + 1:
            hub.advance(stream, frame, rendered=rendered)
    if stream.head < at.head and (len(made) < MOST_ROWS or stream.head == before):
        hub.jump(stream, at)


async def watch(hub: "Hub") -> None:
    """Once a second, for ever: close who is too slow, look up again whose session should be over or who was
    looked up long ago.
    """
    while True:
        asleep_at = hub.loop.time()
        await asyncio.sleep(1)
        metrics.note_lag(hub.loop.time() - asleep_at - 1)
        try:
            if metrics.is_shared():
                metrics.take_stock(hub)
            close_slow(hub, hub.loop.time())
            for connection in overdue(hub, hub.loop.time()):
                hub.spawn(look_up_again(hub, connection))
        except Exception:
            logger.exception("watching the connections failed")


def close_slow(hub: "Hub", now: float, most_queued: int = MOST_QUEUED) -> None:
    """Close the stuck connections and, while all queues together are too large, the largest ones."""
    for connection in hub.connections:
        if connection.is_stuck(now):
            connection.close(TOO_SLOW)
    total = sum(connection.size for connection in hub.connections)
    for connection in sorted(hub.connections, key=lambda connection: -connection.size):
        if total <= most_queued:
            break
        total -= connection.size
        connection.close(TOO_SLOW)


def overdue(hub: "Hub", now: float) -> list[Connection]:
    """Connections to look up again, not too many at once: first those whose session should be over by now.

    Nobody is cut on suspicion: use moves the end of a session, so its row is asked. Each is then due in
    another LOOK_UP_SECONDS, or at the new end.
    """
    greeted = [connection for connection in hub.connections if connection.greeted]
    ended = [connection for connection in greeted if now >= connection.ends_at]
    old = [
        connection
        for connection in greeted
        if now < connection.ends_at and now - connection.looked_up_at > LOOK_UP_SECONDS
    ]
    due = (ended + old)[:MOST_LOOK_UPS]
    for connection in due:
        connection.looked_up_at = now
        connection.ends_at = max(connection.ends_at, now + LOOK_AGAIN_SECONDS)
    return due


async def look_up_again(hub: "Hub", connection: Connection) -> None:
    """Check session, account and access; what is lost is cut."""
    try:
        await entrance.refocus(hub, connection)
    except Refusal as refusal:
        connection.close(refusal.code)
    except Error:
        logger.warning("a connection cannot be looked up", exc_info=True)
