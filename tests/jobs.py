"""Running the waiting background jobs here and now, in the test's own transaction."""

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from kyoso import jobs


def run_jobs() -> list[str]:
    """Call the task of every waiting job, oldest first; returns their names."""
    waiting = list(ProcrastinateJob.objects.filter(status="todo").order_by("id"))
    for job in waiting:
        app.tasks[job.task_name].func(**job.args)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job.pk])
    return [job.task_name for job in waiting]


def given_up_job(task: str = "tell_of_post", **options) -> int:
    """The number of a job that failed five times."""
    jobs.enqueue(task, **({"post_id": 1} | options))
    number = ProcrastinateJob.objects.latest("id").pk
    with connection.cursor() as cursor:
        for status in ("doing", "failed"):
            statement = "UPDATE procrastinate_jobs SET status = %s, attempts = 5 WHERE id = %s"
            cursor.execute(statement, [status, number])
    return number
