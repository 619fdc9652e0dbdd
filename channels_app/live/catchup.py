"""Bringing a connection's cursors level with the hub: from the ring, otherwise from the log, collapsed."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from django.db import Error

from channels_app import fragments
from channels_app.live import frames, history
from channels_app.live.connections import Connection
from channels_app.live.log import Emitted
from channels_app.live.rings import Stream
from channels_app.live.threads import in_thread
from channels_app.models import LiveEvent

if TYPE_CHECKING:
    from channels_app.live.hub import Hub

MOST_ROWS = 200  # of one stream per query
MOST_BYTES = 128 * 1024  # of one b frame
RETRY_SECONDS = 1

logger = logging.getLogger(__name__)


async def refill(hub: "Hub", connection: Connection) -> None:
    """Queue the next portion for a connection that pulls and whose queue is empty; level, it goes live."""
    behind = [hub.labels[label] for label, n in connection.cursors.items() if n < hub.labels[label].head]
    if not behind:
        connection.level()
        return
    far = [stream for stream in behind if not from_ring(stream, connection)]
    if connection.queue or not far:
        return
    try:
        await from_log(far, connection)
    except Error:
        logger.warning("the log cannot be read", exc_info=True)
        await asyncio.sleep(RETRY_SECONDS)


def from_ring(stream: Stream, connection: Connection) -> bool:
    """Queue the ring's frames, as many as fit; False when the ring does not reach back to the cursor."""
    following = stream.since(connection.cursors[stream.label])
    if following is None:
        return False
    for frame in following:
        if len(connection.queue) >= connection.limits.queued_frames or connection.size > MOST_BYTES:
            break
        connection.put(stream.label, frame.text, frame.event.n, frame.size)
    return True


async def from_log(far: Sequence[Stream], connection: Connection) -> None:
    """Queue the next rows of several streams, one query for all."""
    asked = [(stream.id, stream.label, connection.cursors[stream.label], stream.head) for stream in far]
    batches = await in_thread(read, asked)
    for (_, label, after, upto), texts in zip(asked, batches, strict=True):
        if connection.cursors.get(label) != after:
            continue  # lost or moved while we were reading
        if texts is None:
            connection.start_over(label, upto)
        for text, to in texts or ():
            connection.put(label, text, to, len(text.encode()))


def read(asked: Sequence[tuple[int, str, int, int]]) -> list[list[tuple[str, int]] | None]:
    """For each stream its b frames as (text, to), or None when it cannot be replayed."""
    rows = history.rows(asked, MOST_ROWS)
    return [
        replay(label, after, [row for row in rows if row.stream_id == pk]) for pk, label, after, _ in asked
    ]


def replay(label: str, after: int, rows: list[Emitted]) -> list[tuple[str, int]] | None:
    """The b frames of consecutive rows. None when numbers are missing, or an object cannot be rendered."""
    if [row.n for row in rows] != list(range(after + 1, after + 1 + len(rows))) or not rows:
        return None
    try:
        shown = fragments.posts({row.obj_id for row in rows if row.kind in frames.POST_KINDS})
        return list(batches(label, after, rows, shown))
    except Error:
        raise
    except Exception:
        logger.exception("stream %s cannot be rendered after %s", label, after)
        return None


def batches(label: str, after: int, rows: list[Emitted], shown: dict) -> Iterator[tuple[str, int]]:
    """One b frame for the rows, or two halves when it would be too large."""
    entries = [frames.entry(row, frames.html_of(row, shown), kind) for row, kind in collapsed(rows)]
    text = frames.batch(label, after, rows[-1].n, entries)
    if len(rows) == 1 or len(text.encode()) <= MOST_BYTES:
        yield text, rows[-1].n
        return
    middle = len(rows) // 2
    yield from batches(label, after, rows[:middle], shown)
    yield from batches(label, rows[middle - 1].n, rows[middle:], shown)


def collapsed(rows: list[Emitted]) -> list[tuple[Emitted, int]]:
    """The last event of each object with the kind to tell: a post that is new here stays new."""
    last: dict[tuple, tuple[Emitted, int]] = {}
    for row in rows:
        key = ("post", row.obj_id) if row.kind in frames.POST_KINDS else (row.kind, row.obj_id, str(row.aux))
        earlier = last.pop(key, None)
        last[key] = (row, row.kind) if earlier is None else merged(*earlier, row)
    return list(last.values())


def merged(earlier: Emitted, kind: int, later: Emitted) -> tuple[Emitted, int]:
    """The later of two events of one object, keeping that it was published, and to which thread."""
    if kind != LiveEvent.Kind.POST_PUBLISHED:
        return later, later.kind
    return Emitted(**{slot: getattr(later, slot) for slot in FIELDS} | {"aux": earlier.aux}), kind


FIELDS = tuple(Emitted.__dataclass_fields__)
