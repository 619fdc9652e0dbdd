"""The event log: gap-free numbers per stream. `emit` is the only writer of live_event."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from psycopg.types.json import Jsonb

from channels_app.models import LiveEvent, LiveMeta, LiveStream

KEPT = timedelta(days=30)

# One statement takes the numbers and writes the rows; the counter's lock then lasts one commit.
EMIT = """
WITH counter AS (
    UPDATE live_stream SET head = head + %(count)s, posts = posts + %(posts)s
    WHERE kind = %(stream_kind)s AND ref_id = %(ref_id)s
    RETURNING id, head - %(count)s AS base, posts
), inserted AS (
    INSERT INTO live_event (stream_id, n, kind, obj_id, ver, actor_id, aux)
    SELECT counter.id, counter.base + event.i, event.kind, event.obj_id, event.ver, event.actor_id, event.aux
    FROM counter, unnest(%(kinds)s::smallint[], %(objects)s::bigint[], %(versions)s::int[],
        %(actors)s::bigint[], %(aux)s::jsonb[]) WITH ORDINALITY AS event(kind, obj_id, ver, actor_id, aux, i)
    RETURNING stream_id, n, xid
)
SELECT inserted.stream_id, inserted.n, inserted.xid::text, counter.posts FROM inserted, counter ORDER BY n
"""

# An UPDATE of two rows would take them in whatever order the plan has.
LOCK = """
SELECT kind, ref_id FROM live_stream
JOIN unnest(%(kinds)s::text[], %(refs)s::bigint[]) AS wanted(kind, ref_id) USING (kind, ref_id)
ORDER BY id FOR NO KEY UPDATE OF live_stream
"""


@dataclass(frozen=True)
class Draft:
    """An event not yet numbered: what happened on which stream. `posts` is 1 for a channel-visible post."""

    stream: tuple[str, int]  # (LiveStream.Kind, ref_id)
    kind: int  # LiveEvent.Kind
    obj_id: int
    ver: int = 1
    actor_id: int | None = None
    aux: dict | None = None
    posts: int = 0


@dataclass(frozen=True)
class Emitted:
    """A numbered event: what the bus carries and the sweep finds."""

    stream_id: int
    stream: str  # "c42", "u7", "s"
    n: int
    xid: int
    posts: int
    kind: int
    obj_id: int
    ver: int
    actor_id: int | None
    aux: dict | None


def open_stream(kind: str, ref_id: int = 0) -> LiveStream:
    """Create the stream of a new channel, member or site; returns the existing one if there is one."""
    return LiveStream.objects.get_or_create(kind=kind, ref_id=ref_id)[0]


def emit(drafts: Sequence[Draft]) -> list[Emitted]:
    """Number and store events as the last statements of the caller's transaction.

    Streams are taken in ascending id (deadlock order), events of one stream keep the order given. Raises
    LiveStream.DoesNotExist when a stream was never opened, and ValueError outside a transaction. Only
    channels_app.live.announce calls it.
    """
    if not connection.in_atomic_block:
        raise ValueError("emit() belongs inside the transaction of the deed")
    emitted = []
    for key in _in_order({draft.stream for draft in drafts}):
        emitted += _emit_on([draft for draft in drafts if draft.stream == key], *key)
    return emitted


def take_block(stream: tuple[str, int], count: int, posts: int) -> int:
    """Take `count` numbers at once that no event will carry, for a bulk writer; returns the last of them.

    They can never be replayed, so `floor` rises to the last. `posts` is how many became channel-visible.
    The caller emits one channel.reloaded right after, in the same transaction.
    """
    kind, ref_id = stream
    counters = LiveStream.objects.filter(kind=kind, ref_id=ref_id)
    counters.update(head=F("head") + count, floor=F("head") + count, posts=F("posts") + posts)
    return counters.get().head


def _in_order(keys: set[tuple[str, int]]) -> list[tuple[str, int]]:
    """The streams' keys by ascending id, with their rows locked in this order; a single one needs neither."""
    if len(keys) == 1:
        return list(keys)
    kinds, refs = zip(*keys, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"kinds": list(map(str, kinds)), "refs": list(refs)})
        found = cursor.fetchall()
    if len(found) < len(keys):
        raise LiveStream.DoesNotExist(f"no stream for {keys - set(found)}")
    return found


def _emit_on(drafts: list[Draft], kind: str, ref_id: int) -> list[Emitted]:
    with connection.cursor() as cursor:
        cursor.execute(
            EMIT,
            {
                "count": len(drafts),
                "posts": sum(draft.posts for draft in drafts),
                "stream_kind": kind,
                "ref_id": ref_id,
                "kinds": [int(draft.kind) for draft in drafts],
                "objects": [draft.obj_id for draft in drafts],
                "versions": [draft.ver for draft in drafts],
                "actors": [draft.actor_id for draft in drafts],
                "aux": [None if draft.aux is None else Jsonb(draft.aux) for draft in drafts],
            },
        )
        rows = cursor.fetchall()
    if not rows:
        raise LiveStream.DoesNotExist(f"no stream {kind}{ref_id}")
    label = kind if kind == LiveStream.Kind.SITE else f"{kind}{ref_id}"
    return [
        Emitted(stream_id, label, n, int(xid), posts, d.kind, d.obj_id, d.ver, d.actor_id, d.aux)
        for d, (stream_id, n, xid, posts) in zip(drafts, rows, strict=True)
    ]


def epoch() -> str:
    """The name of the present history. Made once; `renew_epoch` changes it."""
    meta = LiveMeta.objects.first()
    if meta is None:
        meta, _ = LiveMeta.objects.get_or_create(pk=1, defaults={"epoch": uuid.uuid4()})
    return str(meta.epoch)


@transaction.atomic
def renew_epoch() -> str:
    """Give the history a new name, after a restore: every client starts over and keeps its outbox."""
    LiveMeta.objects.update_or_create(pk=1, defaults={"epoch": uuid.uuid4()})
    return epoch()


@transaction.atomic
def begin_history() -> str:
    """Begin a new history on a restored database; gives its epoch. No server of the site may run.

    Side effects in order: the events go, because their xids belong to another cluster and would mislead the
    sweep; nothing up to each `head` can be replayed any more; the epoch is new; the timeline is learned anew.
    """
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE live_event")
    LiveStream.objects.update(floor=F("head"))
    named = renew_epoch()
    LiveMeta.objects.update(timeline="")
    return named


@transaction.atomic
def prune(older_than: timedelta = KEPT) -> int:
    """Delete events older than `older_than`, raise each stream's floor to match, return the number deleted.

    Side effects in order: rows deleted, floors raised. A client below the floor gets `reset`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH gone AS (DELETE FROM live_event WHERE at < %s RETURNING stream_id, n),
            highest AS (SELECT stream_id, max(n) AS n, count(*) AS rows FROM gone GROUP BY stream_id),
            locked AS (
                SELECT id, highest.n, rows FROM live_stream JOIN highest ON id = stream_id
                ORDER BY id FOR NO KEY UPDATE OF live_stream -- the order of emit()
            ),
            raised AS (
                UPDATE live_stream SET floor = greatest(floor, locked.n) FROM locked
                WHERE live_stream.id = locked.id RETURNING rows
            )
            SELECT coalesce(sum(rows), 0) FROM raised
            """,
            [timezone.now() - older_than],
        )
        return int(cursor.fetchone()[0])


def events_between(stream_id: int, after: int, upto: int, limit: int = 200):
    """Rows of one stream with after < n <= upto, in order, at most `limit`."""
    return LiveEvent.objects.filter(stream_id=stream_id, n__gt=after, n__lte=upto).order_by("n")[:limit]
