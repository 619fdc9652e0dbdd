"""Background jobs: written in the caller's transaction, run by a worker."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import TaskNotFound

from kyoso import jobs
from tests.waiting import until

pytestmark = pytest.mark.django_db
NAME = "remove_old_jobs"


def written(*fields: str) -> list[tuple]:
    found = ProcrastinateJob.objects.filter(task_name=NAME).order_by("id")
    return list(found.values_list(*fields or ["args__timestamp"]))


def test_enqueue_writes_a_job_with_its_arguments_and_queue():
    jobs.enqueue(NAME, timestamp=7, run_after=datetime(2030, 4, 1, tzinfo=UTC))
    assert written("queue_name", "status", "args", "scheduled_at") == [
        ("index", "todo", {"timestamp": 7}, datetime(2030, 4, 1, tzinfo=UTC))
    ]


def test_enqueue_is_undone_with_the_caller():
    jobs.enqueue(NAME, timestamp=1)
    with pytest.raises(RuntimeError), transaction.atomic():
        jobs.enqueue(NAME, timestamp=2)
        raise RuntimeError
    assert written() == [(1,)]


def test_enqueue_with_a_queueing_lock_writes_one_and_leaves_the_transaction_usable():
    with transaction.atomic():
        jobs.enqueue(NAME, timestamp=1, queueing_lock="digest")
        jobs.enqueue(NAME, timestamp=2, queueing_lock="digest")
        jobs.enqueue(NAME, timestamp=3)
    assert written() == [(1,), (3,)]


def test_enqueue_refuses_a_name_nobody_declared():
    with pytest.raises(TaskNotFound):
        jobs.enqueue("no_such_task", post_id=1)
    assert written() == []


def test_task_refuses_a_queue_that_no_worker_reads():
    with pytest.raises(ValueError, match="There is no queue 'fast'"):
        jobs.task(queue_name="fast")


@pytest.mark.django_db(transaction=True)
def test_worker_in_the_server_runs_jobs(live_site):
    jobs.enqueue(NAME, timestamp=1)
    until(lambda: written("status") == [("succeeded",)], what="the job has run")


@pytest.mark.django_db(transaction=True)
def test_worker_process_runs_jobs_also_after_its_connections_were_cut(start_site):
    worker = start_site().start_jobs()
    jobs.enqueue(NAME, timestamp=1)
    until(lambda: written("status") == [("succeeded",)], what="the job has run")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    jobs.enqueue(NAME, timestamp=2)
    until(lambda: written("status") == [("succeeded",)] * 2, what="the second job has run")
    assert worker.stop() == 0
