"""Numbers have no holes and nothing is lost, also with many writers and rollbacks. With its control arm."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from time import sleep

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from channels_app import tasks
from channels_app.live import history, log
from channels_app.live.log import Draft
from channels_app.models import LiveEvent, LiveStream

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS, EACH = 6, 60


class RolledBack(Exception):
    pass


def race(write, read) -> list[int]:
    """Let WRITERS write EACH rows, one in ten rolled back, while one reader follows with a cursor.

    Returns the numbers the reader saw, in its order.
    """
    done, seen = threading.Event(), []

    def writer(seed: int) -> None:
        chance = Random(seed)
        try:
            for _ in range(EACH):
                try:
                    with transaction.atomic():
                        write()
                        sleep(chance.random() / 250)  # the time between taking a number and committing it
                        if chance.random() < 0.1:
                            raise RolledBack
                except RolledBack:
                    pass
        finally:
            connections.close_all()

    def reader() -> None:
        try:
            while not done.is_set():
                seen.extend(read(seen[-1] if seen else 0))
            seen.extend(read(seen[-1] if seen else 0))
        finally:
            connections.close_all()

    following = threading.Thread(target=reader)
    following.start()
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(writer, range(WRITERS)))
    done.set()
    following.join()
    return seen


def rows_of(query: str, *values) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [row[0] for row in cursor.fetchall()]


def test_numbers_have_no_holes_and_a_reader_with_a_cursor_loses_none():
    stream = log.open_stream(LiveStream.Kind.CHANNEL, 1)
    draft = Draft((LiveStream.Kind.CHANNEL, 1), LiveEvent.Kind.POST_PUBLISHED, 1)
    read = "SELECT n FROM live_event WHERE stream_id = %s AND n > %s ORDER BY n"
    seen = race(lambda: log.emit([draft]), lambda after: rows_of(read, stream.pk, after))
    stream.refresh_from_db()
    assert WRITERS * EACH * 0.7 < stream.head < WRITERS * EACH
    assert seen == list(range(1, stream.head + 1))


def test_control_a_serial_with_a_cursor_does_lose_rows():
    """The test above can fail: the same race with BIGSERIAL and `id > cursor` loses rows."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE control_arm (id bigserial PRIMARY KEY)")
    try:
        seen = race(
            lambda: rows_of("INSERT INTO control_arm DEFAULT VALUES RETURNING id"),
            lambda after: rows_of("SELECT id FROM control_arm WHERE id > %s ORDER BY id", after),
        )
        committed = rows_of("SELECT id FROM control_arm ORDER BY id")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE control_arm")
    assert len(committed) - len(seen) > 0
    assert committed != list(range(1, len(committed) + 1))


def test_the_sweep_finds_every_row_of_the_race():
    stream = log.open_stream(LiveStream.Kind.CHANNEL, 1)
    draft = Draft((LiveStream.Kind.CHANNEL, 1), LiveEvent.Kind.POST_PUBLISHED, 1)
    history.verify_timeline()
    state = {"xmin": history.survey().xmin}

    def look(after: int) -> list[int]:
        state["xmin"], _, reached = history.newer_than(state["xmin"])
        return [n for _, n in reached if n > after]

    seen = race(lambda: log.emit([draft]), look)
    stream.refresh_from_db()
    assert (seen[-1], seen) == (stream.head, sorted(seen))


def test_streams_are_taken_in_ascending_id_so_that_two_writers_never_deadlock():
    first, second = log.open_stream("c", 1), log.open_stream("u", 1)
    assert first.pk < second.pk
    there = [Draft(("c", 1), LiveEvent.Kind.POST_REACTED, 1), Draft(("u", 1), LiveEvent.Kind.REACTED, 1)]
    turns = [there, there[::-1]] * 40

    def write(drafts) -> None:
        try:
            with transaction.atomic():
                log.emit(drafts)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, turns))
    assert list(LiveStream.objects.order_by("pk").values_list("head", flat=True)) == [80, 80]


def test_pruning_forgets_old_events_and_raises_the_floor_to_the_last_of_them():
    kept, untouched = log.open_stream("c", 1), log.open_stream("c", 2)
    with transaction.atomic():
        log.emit([Draft(("c", 1), LiveEvent.Kind.POST_PUBLISHED, i) for i in range(5)])
        log.emit([Draft(("c", 2), LiveEvent.Kind.POST_PUBLISHED, i) for i in range(2)])
    LiveEvent.objects.filter(stream=kept, n__lte=3).update(
        at=timezone.now() - log.KEPT - timedelta(minutes=1)
    )
    assert (tasks.prune_live_log(), log.prune()) == (None, 0)
    kept.refresh_from_db()
    untouched.refresh_from_db()
    assert [(s.head, s.floor) for s in (kept, untouched)] == [(5, 3), (2, 0)]
    assert list(LiveEvent.objects.order_by("stream", "n").values_list("n", flat=True)) == [4, 5, 1, 2]
