"""The job queue as the desk shows it: eight queries, whatever the number of jobs."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.utils import timezone

from kyoso import job_board
from kyoso.job_board import Failure, Standing
from secretariat.job_words import ENDINGS, QUEUES, WARNINGS, task_label

ON_A_PAGE = 25


@dataclass(frozen=True)
class QueueRow:
    """One queue in words."""

    label: str
    standing: Standing
    oldest: str


@dataclass(frozen=True)
class FailureRow:
    """One given-up job in words."""

    label: str
    queue: str
    failure: Failure


@dataclass(frozen=True)
class FailedTask:
    """A task several of whose jobs were given up."""

    task: str
    label: str
    count: int


@dataclass(frozen=True)
class PeriodicRow:
    """One periodic task in words. `ended` says how the last run stands, "" for well."""

    label: str
    last_at: datetime | None
    ended: str
    next_at: datetime


@dataclass(frozen=True)
class WorkerRow:
    """One worker in words."""

    number: int
    alive: bool
    beat: str


@dataclass(frozen=True)
class Board:
    """Everything on the page."""

    at: datetime
    warnings: list[str]
    queues: list[QueueRow]
    page: Page
    failures: list[FailureRow]
    tasks: list[FailedTask]
    periodic: list[PeriodicRow]
    workers: list[WorkerRow]


def board_of(page: str) -> Board:
    """The board with one page of failures; a page beyond the end is the last one."""
    now, standings, workers = timezone.now(), job_board.standings(), job_board.workers()
    shown = Paginator(job_board.failed_jobs(), ON_A_PAGE).get_page(page)
    return Board(
        at=now,
        warnings=[WARNINGS[name] for name in job_board.warnings_about(standings, workers)],
        queues=[QueueRow(QUEUES[row.queue], row, lasting(row.oldest_seconds)) for row in standings],
        page=shown,
        failures=[_failure(failure) for failure in job_board.failures(list(shown))],
        tasks=failed_tasks(),
        periodic=[_periodic(row) for row in job_board.periodic_tasks()],
        workers=[
            WorkerRow(row.number, row.alive, lasting((now - row.beat_at).total_seconds())) for row in workers
        ],
    )


def failed_tasks() -> list[FailedTask]:
    """The tasks of which more than one job was given up, most first."""
    rows = job_board.failed_jobs().order_by().values_list("task_name").annotate(count=Count("id"))
    several = rows.filter(count__gt=1).order_by("-count", "task_name")
    return [FailedTask(task, task_label(task), count) for task, count in several]


def warnings() -> list[str]:
    """What the desk's first page must say about the jobs: two queries."""
    return [WARNINGS[name] for name in job_board.warnings()]


def lasting(seconds: float) -> str:
    """A span in the largest unit that fits: 12秒, 3分, 2時間, 4日; "" for none."""
    for size, unit in ((86400, "日"), (3600, "時間"), (60, "分"), (1, "秒")):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return ""


def _failure(failure: Failure) -> FailureRow:
    return FailureRow(task_label(failure.task), QUEUES.get(failure.queue, failure.queue), failure)


def _periodic(row: job_board.Periodic) -> PeriodicRow:
    return PeriodicRow(task_label(row.task), row.last_at, ENDINGS.get(row.ended, ""), row.next_at)
