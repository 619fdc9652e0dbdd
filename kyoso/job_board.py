"""What stands in the job queue: figures for the desk and for /metrics, failures, and their remedies.

Reads and changes the library's tables; besides kyoso/jobs.py the only file that knows them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from croniter import croniter
from django.db import IntegrityError, connection, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import (
    ProcrastinateEvent,
    ProcrastinateJob,
    ProcrastinatePeriodicDefer,
    ProcrastinateWorker,
)

from kyoso.jobs import QUEUES
from kyoso.models import JobFailure

STALLED_SECONDS = 30  # without a heartbeat, which comes every 10 s: the library's figure
LATE_SECONDS = 300

# A job becomes due when it was written, or at the moment it was put off to.
STANDING = """
SELECT queue_name,
    count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()),
    count(*) FILTER (WHERE status = 'todo' AND scheduled_at > now()),
    count(*) FILTER (WHERE status = 'doing'),
    count(*) FILTER (WHERE status = 'failed'),
    coalesce(extract(epoch FROM now() - min(coalesce(scheduled_at, written.at))
        FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now())), 0)::float
FROM procrastinate_jobs
LEFT JOIN LATERAL (
    SELECT min(at) AS at FROM procrastinate_events
    WHERE job_id = procrastinate_jobs.id AND procrastinate_jobs.status = 'todo' AND type = 'deferred'
) AS written ON true
WHERE status IN ('todo', 'doing', 'failed') GROUP BY queue_name
"""
# The library's own retry adds to the tries, of which a given-up job has none left.
AGAIN = """
UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, scheduled_at = now()
WHERE id = %s AND status = 'failed'
"""
NEVER = "UPDATE procrastinate_jobs SET status = 'cancelled' WHERE id = %s AND status = 'failed'"


@dataclass(frozen=True)
class Standing:
    """One queue: jobs that wait, are put off to later, run, have failed; seconds the oldest has waited."""

    queue: str
    waiting: int = 0
    later: int = 0
    running: int = 0
    failed: int = 0
    oldest_seconds: float = 0.0


def standings() -> list[Standing]:
    """Every queue that workers read, also an empty one: one query."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING)
        found = {row[0]: Standing(*row) for row in cursor.fetchall()}
    return [found.get(queue, Standing(queue)) for queue in QUEUES]


@dataclass(frozen=True)
class Worker:
    """A worker by its number, and whether its heart beats."""

    number: int
    beat_at: datetime
    alive: bool


def workers() -> list[Worker]:
    """The workers that have not said goodbye: one query."""
    limit = timezone.now() - timedelta(seconds=STALLED_SECONDS)
    rows = ProcrastinateWorker.objects.order_by("id").values_list("id", "last_heartbeat")
    return [Worker(number, beat_at, beat_at >= limit) for number, beat_at in rows]


@dataclass(frozen=True)
class Periodic:
    """A periodic task: the moment it last stood for, how that ended, and the next one."""

    task: str
    last_at: datetime | None
    ended: str  # a status of the job, "" when its row is gone
    next_at: datetime


def periodic_tasks() -> list[Periodic]:
    """Every periodic task in the order of their next moments: one query."""
    rows = ProcrastinatePeriodicDefer.objects.order_by("defer_timestamp")
    last = {
        task: (at, status)
        for task, at, status in rows.values_list("task_name", "defer_timestamp", "job__status")
    }
    now = timezone.now()
    found = []
    for periodic in app.periodic_registry.periodic_tasks.values():
        at, status = last.get(periodic.task.name, (None, None))
        last_at = datetime.fromtimestamp(at, UTC) if at else None
        following = croniter(periodic.cron, now).get_next(datetime)
        found.append(Periodic(periodic.task.name, last_at, status or "", following))
    return sorted(found, key=lambda periodic: periodic.next_at)


@dataclass(frozen=True)
class Failure:
    """A job that was given up, with what is known of its last try."""

    number: int
    task: str
    queue: str
    attempts: int
    failed_at: datetime | None
    error: str


def failed_jobs() -> QuerySet:
    """The jobs that were given up, newest first."""
    return ProcrastinateJob.objects.filter(status="failed").order_by("-id")


def failures(rows: Sequence[ProcrastinateJob]) -> list[Failure]:
    """What is known of given-up jobs: two queries, whatever their number."""
    ids = [job.pk for job in rows]
    ended = (
        ProcrastinateEvent.objects.filter(job__in=ids, type="failed")
        .values_list("job_id")
        .annotate(Max("at"))
    )
    at, errors = dict(ended), dict(JobFailure.objects.filter(job_id__in=ids).values_list("job_id", "error"))
    return [
        Failure(job.pk, job.task_name, job.queue_name, job.attempts, at.get(job.pk), errors.get(job.pk, ""))
        for job in rows
    ]


def failure_of(number: int) -> Failure | None:
    """What is known of one given-up job; None when it is not given up (any more)."""
    found = failures(list(failed_jobs().filter(pk=number)))
    return found[0] if found else None


def task_of(number: int) -> str | None:
    """The name of a job's task, whatever its state; None when there is no such job."""
    return ProcrastinateJob.objects.filter(pk=number).values_list("task_name", flat=True).first()


def try_again(number: int) -> bool:
    """Put a given-up job back into its queue with a fresh count of tries; workers find it within 5 seconds.

    False when it is not given up (any more), or when the same work waits already.
    """
    try:
        # That the same work waits is a unique violation, which would otherwise doom the transaction.
        with transaction.atomic():
            return _change(number, AGAIN)
    except IntegrityError:
        return False


def give_up(number: int) -> bool:
    """Never do a given-up job; False when it is not given up (any more)."""
    return _change(number, NEVER)


def _change(number: int, statement: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [number])
        return cursor.rowcount == 1


def warnings() -> list[str]:
    """What the desk must know: "no-worker", "late", "failed"; none while all is well. Two queries."""
    return warnings_about(standings(), workers())


def warnings_about(queues: Sequence[Standing], at_work: Sequence[Worker]) -> list[str]:
    """The same of what has been read already."""
    told = {
        "no-worker": not any(worker.alive for worker in at_work),
        "late": max(queue.oldest_seconds for queue in queues) > LATE_SECONDS,
        "failed": any(queue.failed for queue in queues),
    }
    return [name for name, holds in told.items() if holds]
