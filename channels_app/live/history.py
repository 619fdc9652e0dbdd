"""Reading the log: heads, ranges, what a snapshot has not seen yet."""

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from channels_app.live import log
from channels_app.live.log import Emitted
from channels_app.models import Channel, LiveMeta, LiveStream

HEADS = """
SELECT stream.id, stream.kind, stream.ref_id, stream.head, stream.posts,
    coalesce(channel.kind = ANY(%s), false)
FROM live_stream stream
LEFT JOIN channels_app_channel channel ON stream.kind = 'c' AND channel.id = stream.ref_id
"""
ROWS = """
SELECT asked.stream_id, asked.label, event.n, event.xid::text, event.kind, event.obj_id, event.ver,
    event.actor_id, event.aux
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[]) AS asked(stream_id, label, after, upto),
LATERAL (
    SELECT * FROM live_event
    WHERE stream_id = asked.stream_id AND n > asked.after AND n <= asked.upto ORDER BY n LIMIT %s
) AS event
ORDER BY asked.stream_id, event.n
"""
TIMELINE = "left(pg_walfile_name(pg_current_wal_lsn()), 8)"
# The look sees a failover by itself: the pool mends a broken connection before anybody hears of it.
STANDING = f"SELECT epoch::text, timeline NOT IN ('', {TIMELINE}) FROM live_meta"  # noqa: S608 (ours)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a stream stands: its last number and count, and whether only members may hear it."""

    stream_id: int
    label: str
    head: int
    posts: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One moment of the log: every row of a later look has an xid that is not below `xmin`."""

    xmin: int
    epoch: str
    heads: Sequence[Head]


@contextmanager
def one_snapshot() -> Iterator:
    """A cursor whose statements all see the same moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield cursor


def survey() -> Snapshot:
    """All heads and the snapshot they belong to: what a hub starts from."""
    with one_snapshot() as cursor:
        xmin = _xmin(cursor)
        cursor.execute("SELECT epoch::text FROM live_meta")
        epoch = cursor.fetchone()[0]
        cursor.execute(HEADS, [list(Channel.CLOSED_KINDS)])
        return Snapshot(xmin, epoch, [_head(row) for row in cursor.fetchall()])


def newer_than(xmin: int) -> tuple[int, str, list[tuple[int, int]]]:
    """The sweep: (the next xmin, the epoch, the highest n of every stream with rows since `xmin`).

    Rows of transactions that still ran at the previous look come again; the hub drops what it has. On another
    timeline the epoch is renewed first.
    """
    with one_snapshot() as cursor:
        following = _xmin(cursor)
        cursor.execute(STANDING)
        epoch, elsewhere = cursor.fetchone() or ("", False)
        cursor.execute(
            "SELECT stream_id, max(n) FROM live_event WHERE xid >= %s::text::xid8 GROUP BY 1", [str(xmin)]
        )
        reached = cursor.fetchall()
    return following, verify_timeline() if elsewhere else epoch, reached


def head_of(stream_id: int) -> Head | None:
    """Where one stream stands now."""
    with connection.cursor() as cursor:
        cursor.execute(f"{HEADS} WHERE stream.id = %s", [list(Channel.CLOSED_KINDS), stream_id])
        row = cursor.fetchone()
        return _head(row) if row else None


def id_of(label: str) -> int | None:
    """The id of the stream with a name on the wire."""
    kind, ref_id = label[:1], label[1:] or "0"
    return LiveStream.objects.filter(kind=kind, ref_id=int(ref_id)).values_list("pk", flat=True).first()


def rows(asked: Sequence[tuple[int, str, int, int]], limit: int) -> list[Emitted]:
    """Events of several streams in one query: (stream_id, label, after, upto) each.

    At most `limit` per stream. `posts` of the result is 0: the log does not keep it.
    """
    columns = [list(column) for column in zip(*asked, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [*columns, limit])
        return [
            Emitted(stream_id, label, n, int(xid), 0, kind, obj_id, ver, actor_id, _decoded(aux))
            for stream_id, label, n, xid, kind, obj_id, ver, actor_id, aux in cursor.fetchall()
        ]


def verify_timeline() -> str:
    """The epoch, renewed when PostgreSQL's timeline is not the one last seen (a failover).

    Of several processes that find out at once, the first one names the new history for all.
    """
    log.epoch()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {TIMELINE}")
        (timeline,) = cursor.fetchone()
    LiveMeta.objects.filter(timeline="").update(timeline=timeline)
    LiveMeta.objects.exclude(timeline=timeline).update(timeline=timeline, epoch=uuid.uuid4())
    return log.epoch()


def _decoded(aux) -> dict | None:
    # Django's cursors leave jsonb undecoded (its JSONField decodes).
    return json.loads(aux) if isinstance(aux, str) else aux


def _xmin(cursor) -> int:
    cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
    return int(cursor.fetchone()[0])


def _head(row: tuple) -> Head:
    stream_id, kind, ref_id, head, posts, closed = row
    return Head(stream_id, LiveStream(kind=kind, ref_id=ref_id).label, head, posts, closed)
