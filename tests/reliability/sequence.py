"""R1, the race for numbers: four readers follow one load, and two of them must lose.

Every writer's transaction does the same in this order: it becomes visible as a transaction, waits, writes
into the table of the control arms, waits, emits on one or two of Kyoso's streams, waits, and commits; one in
ten is rolled back. The waits are random, and some are long, as work is. The readers:

- hub: a cursor per stream, `n > cursor`, with the product's own query (`history.rows`)
- sweep: the product's own sweep (`history.newer_than`), then the rows it says are missing
- first control: a BIGSERIAL and `id > cursor`, what a tutorial does; a number is taken before it is committed
- second control: the same with `AND xid < pg_snapshot_xmin(…)`, the popular repair, which cannot repair it
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection, connections, transaction

from channels_app.live import history, log
from channels_app.live.log import Draft
from channels_app.models import LiveEvent, LiveStream
from tests.reliability.figures import Figure, Target
from tests.reliability.stage import Stage

STREAMS = 3
LONGEST_WAIT = 0.004  # seconds, three times in a transaction
SLOW, SLOW_ONES = 25, 0.15  # some work takes so many times as long, as work does
ROLLED_BACK = 0.1
CREATE = "CREATE TABLE numbers_raced (id bigserial PRIMARY KEY, xid xid8 DEFAULT pg_current_xact_id())"
INSERT = "INSERT INTO numbers_raced DEFAULT VALUES"
COMMITTED = "SELECT id FROM numbers_raced ORDER BY id"
SERIAL = "SELECT id FROM numbers_raced WHERE id > %s ORDER BY id"
XMIN = """SELECT id FROM numbers_raced
WHERE id > %s AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY id"""
DROP = "DROP TABLE IF EXISTS numbers_raced"
Told = tuple[int, int]  # (stream, n)
Look = Callable[[], list[Told]]


class RolledBack(Exception):
    """One transaction in ten does not commit."""


@dataclass
class Reader:
    """Somebody who follows; `seen` is what was delivered, in this order."""

    name: str
    look: Look
    must_lose: bool
    seen: list[Told] = field(default_factory=list)

    def follow(self, done: threading.Event) -> None:
        """Look again and again, once more after the last commit, and then until nothing new comes."""
        try:
            while not done.is_set():
                self.seen += self.look()
            while found := self.look():
                self.seen += found
        finally:
            connections.close_all()


def measure(stage: Stage) -> Figure:
    """Run the race, then compare what each reader saw with what is in the tables."""
    writers = stage.size(smoke=6, short=6, full=12)
    # A busy machine must do enough for the control arms to lose, too.
    least = stage.size(smoke=60, short=150, full=1_000)
    seconds = stage.size(smoke=2, short=10, full=60)
    streams = [log.open_stream(LiveStream.Kind.CHANNEL, 10_000_000 + number) for number in range(STREAMS)]
    history.verify_timeline()
    statement(DROP)
    statement(CREATE)
    readers = [
        Reader("hub: n > cursor", hub_look(streams), must_lose=False),
        Reader("sweep: rows since xmin", sweep_look(streams), must_lose=False),
        Reader("control: BIGSERIAL, id > cursor", cursor_look(SERIAL), must_lose=True),
        Reader("control: id > cursor AND xid < xmin", cursor_look(XMIN), must_lose=True),
    ]
    race(stage, readers, streams, writers, seconds, least)
    figure = Figure("R1", f"Sequence race: {writers} writers, {seconds} s, {STREAMS} streams")
    committed = [(s.pk, n) for s in streams for n in numbers(s)]
    controls = [(0, number) for number in rows(COMMITTED)]
    for reader in readers:
        judge(figure, reader, controls if reader.must_lose else committed)
    figure.check(
        "the numbers of every stream are 1 to head, rollbacks leave no hole",
        all(numbers(s) == list(range(1, head_of(s) + 1)) for s in streams),
    )
    figure.check("something was rolled back", controls != [(0, n + 1) for n in range(len(controls))])
    statement(DROP)
    lost = sum(row["lost"] for row in figure.rows[:2])
    figure.targets.append(Target("events lost in the race", "0", str(lost), lost == 0, "lost"))
    figure.notes.append(__doc__.split("\n\n", 1)[1])
    return figure


def race(
    stage: Stage, readers: list[Reader], streams: list[LiveStream], writers: int, seconds: float, least: int
) -> None:
    """Let all write until the time is up, and at least so often each, while all readers follow."""
    done, end = threading.Event(), time.monotonic() + seconds
    following = [threading.Thread(target=reader.follow, args=[done]) for reader in readers]
    writing = [
        threading.Thread(target=write, args=[stage.chance(f"writer {number}"), streams, end, least])
        for number in range(writers)
    ]
    for thread in (*following, *writing):
        thread.start()
    for thread in writing:
        thread.join()
    done.set()
    for thread in following:
        thread.join()


def write(chance, streams: list[LiveStream], end: float, least: int) -> None:
    """One writer: transaction after transaction."""

    def wait() -> None:
        time.sleep(chance.random() * LONGEST_WAIT)

    def work() -> None:
        time.sleep(chance.random() * LONGEST_WAIT * (SLOW if chance.random() < SLOW_ONES else 1))

    try:
        while time.monotonic() < end or least > 0:
            least -= 1
            heard = chance.sample(streams, chance.choice((1, 1, 2)))
            try:
                with transaction.atomic():
                    statement("SELECT pg_current_xact_id()")
                    work()
                    statement(INSERT)
                    work()
                    log.emit([Draft((s.kind, s.ref_id), LiveEvent.Kind.POST_PUBLISHED, 1) for s in heard])
                    wait()
                    if chance.random() < ROLLED_BACK:
                        raise RolledBack
            except RolledBack:
                pass
    finally:
        connections.close_all()


def hub_look(streams: list[LiveStream]) -> Look:
    """A cursor per stream and the product's query behind it."""
    cursors = {stream.pk: 0 for stream in streams}
    return lambda: fetched(streams, cursors, dict.fromkeys(cursors, 2**62))


def sweep_look(streams: list[LiveStream]) -> Look:
    """What live/sweep.look does: the next look starts here only when this one found everything known."""
    cursors = {stream.pk: 0 for stream in streams}
    state = {"xmin": history.survey().xmin}

    def look() -> list[Told]:
        following, _, reached = history.newer_than(state["xmin"])
        unknown = {pk: n for pk, n in reached if pk in cursors and cursors[pk] < n}
        if not unknown:
            state["xmin"] = following
        return fetched([stream for stream in streams if stream.pk in unknown], cursors, unknown)

    return look


def fetched(streams: list[LiveStream], cursors: dict[int, int], upto: dict[int, int]) -> list[Told]:
    """The rows of these streams after their cursors, which are moved."""
    if not streams:
        return []
    asked = [(s.pk, s.label, cursors[s.pk], upto[s.pk]) for s in streams]
    found = [(event.stream_id, event.n) for event in history.rows(asked, 1_000)]
    for pk, n in found:
        cursors[pk] = max(cursors[pk], n)
    return found


def cursor_look(query: str) -> Look:
    """One cursor over one table."""
    state = {"cursor": 0}

    def look() -> list[Told]:
        found = rows(query, state["cursor"])
        state["cursor"] = found[-1] if found else state["cursor"]
        return [(0, number) for number in found]

    return look


def judge(figure: Figure, reader: Reader, committed: list[Told]) -> None:
    """A row and a check for one reader."""
    lost = len(set(committed) - set(reader.seen))
    twice = len(reader.seen) - len(set(reader.seen))
    apart = leaps(reader.seen)
    figure.rows.append(
        {
            "reader": reader.name,
            "committed": len(committed),
            "delivered": len(reader.seen),
            "lost": lost,
            "lost %": 100 * lost / max(1, len(committed)),
            "duplicated": twice,
            "non-contiguous": apart,
        }
    )
    if reader.must_lose:
        figure.check(f"{reader.name}: loses, as it must", lost > 0, f"{lost} of {len(committed)}")
    else:
        figure.check(f"{reader.name}: everything once and in order", (lost, twice, apart) == (0, 0, 0))


def leaps(seen: list[Told]) -> int:
    """How often the number told is not the one after the last of its stream."""
    last: dict[int, int] = {}
    found = 0
    for stream, n in seen:
        found += n != last.get(stream, 0) + 1
        last[stream] = n
    return found


def numbers(stream: LiveStream) -> list[int]:
    """The committed numbers of a stream."""
    return list(LiveEvent.objects.filter(stream=stream).order_by("n").values_list("n", flat=True))


def head_of(stream: LiveStream) -> int:
    """Where the counter of a stream stands."""
    return LiveStream.objects.get(pk=stream.pk).head


def rows(query: str, *values) -> list[int]:
    """The first column."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [row[0] for row in cursor.fetchall()]


def statement(query: str) -> None:
    """Run something."""
    with connection.cursor() as cursor:
        cursor.execute(query)
