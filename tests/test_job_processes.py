"""Jobs in real worker processes: killed, cut off, given up, tidied away; and where they run."""

import re
import signal
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.actions.audit import hold_head
from accounts.models import AuditHead
from channels_app.actions.attachments import upload
from kyoso import job_board, jobs
from kyoso.failures import LONGEST, first_line
from kyoso.models import JobFailure
from tests import documents, factories
from tests.jobs import given_up_job, run_jobs
from tests.people import person
from tests.site import ServerProcess
from tests.waiting import until

in_processes = pytest.mark.django_db(transaction=True)
FOREVER_AGO = "UPDATE procrastinate_events SET at = now() - interval '73 hours' WHERE job_id = ANY(%s)"


def asked(statement: str, *values) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def states(name: str) -> list[tuple]:
    found = ProcrastinateJob.objects.filter(task_name=name).order_by("id")
    return list(found.values_list("status", "attempts"))


def begun(server: ServerProcess) -> ServerProcess:
    """A worker process once it has said that it is there."""
    until(lambda: any(worker.alive for worker in job_board.workers()), what="the worker beats")
    return server


@in_processes
def test_the_job_of_a_killed_worker_runs_again(start_site):
    site = start_site(live=1, web=1)
    worker = begun(site.start_jobs())
    with transaction.atomic():
        hold_head()
    jobs.enqueue("verify_audit_log", run_after=timezone.now() + timedelta(seconds=3))
    with transaction.atomic():
        hold_head()  # for this row the job will wait
        until(lambda: states("verify_audit_log") == [("doing", 0)], what="the job is being done")
        until(lambda: asked("SELECT 1 FROM pg_locks WHERE NOT granted"), what="it is in the middle of it")
        assert worker.stop(signal.SIGKILL) == -signal.SIGKILL
    asked("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 s'")
    site.start_jobs()
    jobs.enqueue("retry_stalled_jobs", timestamp=0)  # as its clock does once a minute
    until(lambda: states("verify_audit_log") == [("succeeded", 2)], what="the job has been done", limit=60)
    assert AuditHead.objects.get().checked_at is not None


@in_processes
def test_the_worker_listens_again_after_its_connections_were_cut(start_site):
    site = start_site(live=1, web=1)
    begun(site.start_jobs())
    until(listeners, what="it listens")
    before = set(listeners())
    asked("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", list(before))
    until(lambda: set(listeners()) - before, what="it listens again")
    jobs.enqueue("tell_of_post", post_id=1)
    until(lambda: states("tell_of_post") == [("succeeded", 1)], what="the job was done")


def listeners() -> list[int]:
    """The connections that were told of new jobs when they last said something."""
    found = asked(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'LISTEN%%'"
    )
    return [pid for (pid,) in found]


@in_processes
def test_in_production_bulk_is_done_by_worker_processes_alone(start_site):
    site = start_site(live=1, web=1)
    member = person("tanaka")
    jobs.enqueue("recount_channels_of", member_id=member.pk)
    assert (job_board.workers(), states("recount_channels_of")) == ([], [("todo", 0)])
    begun(site.start_jobs())
    until(lambda: states("recount_channels_of") == [("succeeded", 1)], what="the worker did it")
    assert len(job_board.workers()) == 1


@in_processes
def test_why_a_job_failed_is_kept_without_what_it_was_about(start_site):
    site = start_site(live=1, web=1)
    jobs.enqueue("tell_of_post", himitsu="窓口の内緒の話")
    begun(site.start_jobs())
    failure = until(JobFailure.objects.first, what="the reason is kept")
    assert failure.error == "TypeError: tell_of_post() got an unexpected keyword argument …"
    (job,) = ProcrastinateJob.objects.filter(task_name="tell_of_post")
    until(lambda: states("tell_of_post") == [("todo", 1)], what="it waits for its second try")
    assert ProcrastinateJob.objects.get(pk=job.pk).scheduled_at > timezone.now() - timedelta(seconds=2)
    asked("UPDATE procrastinate_jobs SET attempts = 4, scheduled_at = now() WHERE id = %s", job.pk)
    until(lambda: states("tell_of_post") == [("failed", 5)], what="it is given up")
    (shown,) = job_board.failures(list(job_board.failed_jobs()))
    assert (shown.number, shown.error, shown.failed_at is None) == (job.pk, failure.error, False)


@in_processes
def test_old_rows_go_and_failures_stay(start_site):
    numbers = {}
    for status in ("succeeded", "cancelled", "failed", "todo"):
        numbers[status] = given_up_job("send_notice")
        asked("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", status, numbers[status])
        JobFailure.objects.create(job_id=numbers[status], error=status)
    asked(
        "UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 day' WHERE id = %s", numbers["todo"]
    )
    asked(FOREVER_AGO, list(numbers.values()))
    numbers["fresh"] = given_up_job("send_notice")
    asked("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", numbers["fresh"])
    site = start_site(live=1, web=1)
    jobs.enqueue("remove_old_jobs", timestamp=0)
    site.start_jobs()
    until(lambda: states("remove_old_jobs") == [("succeeded", 1)], what="the upkeep has run")
    left = ProcrastinateJob.objects.filter(task_name="send_notice").values_list("id", flat=True)
    assert set(left) == {numbers["failed"], numbers["todo"], numbers["fresh"]}
    assert set(JobFailure.objects.values_list("error", flat=True)) == {"failed", "todo"}


@pytest.mark.django_db
def test_a_post_leaves_one_job_whatever_is_in_it(tmp_path, settings):
    settings.FILES_DIR = tmp_path
    tanaka, miura, ito = [person(key) for key in ("tanaka", "miura", "ito")]
    channel = factories.channel("madoguchi-dx", tanaka, miura, ito)
    files = [upload(tanaka, documents.picture(), f"図{i}.png").key for i in range(3)]
    text = (
        f"@[三浦](m{miura.pk}) @[伊藤](m{ito.pk}) https://example.jp/a https://example.jp/b をご覧ください。"
    )
    root = factories.post(tanaka, channel)
    run_jobs()
    factories.post(tanaka, channel, text, files=files, title="転入の手続き")
    factories.post(miura, channel, text, root=root, in_channel=True)
    assert [job.task_name for job in ProcrastinateJob.objects.filter(status="todo")] == ["tell_of_post"] * 2


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            ValueError("bad 'ひみつ' and \"秘密\" and 「内緒」\nDETAIL: ひみつ"),
            "ValueError: bad … and … and …",
        ),
        (KeyError("内緒"), "KeyError: …"),
        (OSError("no route to tanaka@town.nakatosa.lg.jp"), "OSError: no route to t***@town.nakatosa.lg.jp"),
        (OSError({"tanaka@town.nakatosa.lg.jp": (550, b"no")}), "OSError: …"),
        (RuntimeError(), "RuntimeError"),
        (RuntimeError("token=abc123"), "RuntimeError: token=***"),
    ],
)
def test_an_error_is_one_masked_line(error, line):
    assert first_line(error) == line


def test_an_error_line_has_an_end():
    assert len(first_line(ValueError("x" * 999))) == LONGEST
    assert re.fullmatch(r"ValueError: x+…", first_line(ValueError("x" * 999)))
