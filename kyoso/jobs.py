"""Background jobs. Only this file and job_board.py know the library, Procrastinate.

A job is a row in PostgreSQL, written in the caller's transaction: a rolled-back post leaves no job behind,
and a committed one cannot lose it. Rules for tasks are in docs/house.md.
"""

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections, transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import DjangoApp, app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.job_context import JobContext

from kyoso.failures import first_line
from kyoso.models import JobFailure

QUEUES = ("mail", "index", "media", "bulk")
KEEP_FINISHED_HOURS = 72
RESTART_SECONDS = 5

logger = logging.getLogger(__name__)


def task(*, queue_name: str = "mail", priority: int = 0, attempts: int = 5, cron: str = "") -> Callable:
    """Declare a background task. Its name is the function's name and must be unique in the project.

    Arguments: `queue_name`, one of QUEUES; `attempts`, how often a failing job is tried, after 4, 16, 64,
    256, … seconds; `cron`, five fields in UTC, makes the task periodic: it then takes no argument, and the
    database holds it to once per period however many workers run.

    A task runs in a thread, may run twice, and must come out the same. The function itself stays callable.
    """
    if queue_name not in QUEUES:
        raise ValueError(f"There is no queue {queue_name!r}.")

    def declare(function: Callable) -> Callable:
        _register(function, queue_name, priority, attempts, cron)
        return function

    return declare


def _register(function: Callable, queue_name: str, priority: int, attempts: int, cron: str) -> None:
    # The library counts the tries after the first.
    retry = RetryStrategy(max_attempts=attempts - 1, exponential_wait=4) if attempts > 1 else False
    name = function.__name__

    def body(context: JobContext | None = None, /, **arguments: Any) -> None:
        # A periodic job receives the moment it stands for; our tasks ask the clock instead.
        try:
            function(**({} if cron else arguments))
        except Exception as error:
            _note(context, error)
            raise

    body.__doc__ = function.__doc__
    declared = app.task(name=name, queue=queue_name, priority=priority, retry=retry, pass_context=True)(body)
    if cron:
        app.periodic(cron=cron, queueing_lock=name)(declared)  # type: ignore[arg-type]


def _note(context: JobContext | None, error: Exception) -> None:
    """Keep why a try failed, for the desk: the library only logs it."""
    if context is None or context.job.id is None:
        return
    try:
        JobFailure.objects.update_or_create(job_id=context.job.id, defaults={"error": first_line(error)})
    except DatabaseError:
        logger.warning("why job %s failed cannot be kept", context.job.id)


def enqueue(
    name: str,
    /,
    *,
    run_after: datetime | None = None,
    lock: str | None = None,
    queueing_lock: str | None = None,
    **arguments: Any,
) -> None:
    """Write a job for the task `name` in the caller's transaction.

    Arguments: `run_after`, an aware datetime before which it does not start; jobs with the same `lock` run
    one after the other, in order; while a job with the same `queueing_lock` still waits, another is not
    written. All other arguments go to the task and must be JSON (ids and texts, not objects).

    Raises: procrastinate's TaskNotFound for a name no tasks.py declares.
    """
    job = app.configure_task(
        name, allow_unknown=False, schedule_at=run_after, lock=lock, queueing_lock=queueing_lock
    )
    if queueing_lock is None:
        job.defer(**arguments)
        return
    try:
        # The refusal is a unique violation, which would otherwise doom the caller's transaction.
        with transaction.atomic():
            job.defer(**arguments)
    except AlreadyEnqueued:
        logger.debug("job %s is already waiting", name)


async def work(
    *, queues: Sequence[str] = QUEUES, concurrency: int = 2, install_signal_handlers: bool = False
) -> None:
    """Run a worker until it is cancelled or, with signal handlers, told to stop.

    A lost database ends the library's worker, with an error or as if it had been told to stop; here it is
    started again after RESTART_SECONDS. That is why the signals are ours and not the library's.
    """
    told = asyncio.Event()
    if install_signal_handlers:
        _cancel_on_signals(told)
    try:
        while True:
            await _work_once(list(queues), concurrency)
            await sync_to_async(close_old_connections)()
            await asyncio.sleep(RESTART_SECONDS)
    except asyncio.CancelledError:
        if not told.is_set():
            raise


async def _work_once(queues: list[str], concurrency: int) -> None:
    """One life of the library's worker. A cancellation gives running jobs 20 seconds."""
    try:
        worker_app = _worker_app()
        async with worker_app.open_async():
            await worker_app.run_worker_async(
                queues=queues,
                concurrency=concurrency,
                install_signal_handlers=False,
                shutdown_graceful_timeout=20,
            )
        logger.error("the job worker stopped by itself and is started again")
    except Exception:
        logger.exception("the job worker stopped and is started again")


def _cancel_on_signals(told: asyncio.Event) -> None:
    """Let SIGTERM and SIGINT cancel the present task, and `told` say so."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def stop() -> None:
        told.set()
        if task:
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)


def _worker_app() -> DjangoApp:
    """The same tasks on connections of their own.

    The library's `replace_connector` would also move the pages of this process off Django's connection, and
    with it their jobs out of their transaction.
    """
    worker_app = DjangoApp(connector=DjangoConnector().get_worker_connector())
    worker_app.tasks = app.tasks
    worker_app.periodic_registry = app.periodic_registry
    return worker_app


async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Put jobs of workers that died (no heartbeat for 30 seconds) back into their queue."""
    for job in await context.app.job_manager.get_stalled_jobs():
        await context.app.job_manager.retry_job(job)


async def remove_old_jobs(context: JobContext, timestamp: int) -> None:
    """Delete the rows of jobs that ended well, or were called off, KEEP_FINISHED_HOURS ago, and their errors.

    Failures stay for the operator, who tries them again or calls them off.
    """
    await context.app.job_manager.delete_old_jobs(
        nb_hours=KEEP_FINISHED_HOURS, include_cancelled=True, include_aborted=True
    )
    open_jobs = ProcrastinateJob.objects.filter(status__in=("todo", "doing", "failed"))
    await sync_to_async(JobFailure.objects.exclude(job_id__in=open_jobs.values("id")).delete)()


def declare_upkeep() -> None:
    """Register the two periodic tasks the queue itself needs; called once by kyoso/tasks.py."""
    for function, cron in ((retry_stalled_jobs, "* * * * *"), (remove_old_jobs, "17 18 * * *")):
        declared = app.task(name=function.__name__, queue="index", pass_context=True)(function)
        app.periodic(cron=cron, queueing_lock=function.__name__)(declared)
