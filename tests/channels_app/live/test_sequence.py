"""Writers of several streams never deadlock, and what is pruned is known to be gone.

That numbers have no holes and that no reader loses one is raced in tests/reliability/sequence.py.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from channels_app import tasks
from channels_app.live import log
from channels_app.live.log import Draft
from channels_app.models import LiveEvent, LiveStream

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 6


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
