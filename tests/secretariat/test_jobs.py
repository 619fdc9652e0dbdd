"""処理の状況: what the desk shows of the background jobs, and what it does about those that failed."""

import pytest
from django.db import connection
from django.test import Client
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.actions import jobs as deeds
from accounts.actions.refusals import Refused
from accounts.models import AuditEntry
from kyoso import job_board, jobs
from kyoso.models import JobFailure
from secretariat.audit_rows import rows_of
from secretariat.job_rows import lasting
from secretariat.job_words import QUEUES, TASKS
from tests.channels_app.views.habits import assert_asks_to_sign_in, queries_of, signed_in
from tests.jobs import given_up_job
from tests.people import person

pytestmark = pytest.mark.django_db
INDEX, ALL = "/secretariat/jobs/", "/secretariat/jobs/retrials/"


def failed(task: str = "tell_of_post", error: str = "ValueError: …", **options) -> int:
    """The number of a job that was given up after five tries."""
    number = given_up_job(task, **options)
    if error:
        JobFailure.objects.create(job_id=number, error=error)
    return number


def beat(seconds: int = 0) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))",
            [seconds],
        )


def status(number: int) -> tuple[str, int]:
    return ProcrastinateJob.objects.values_list("status", "attempts").get(pk=number)


@pytest.fixture
def oonishi():
    return person("oonishi")


@pytest.fixture
def desk(oonishi) -> Client:
    return signed_in(oonishi)


def board(desk: Client, **asked):
    return desk.get(INDEX, asked).context["board"]


def test_every_task_and_queue_has_words():
    ours = {name for name in app.tasks if not name.startswith(("builtin:", "procrastinate."))}
    assert (ours - set(TASKS), set(TASKS) - ours, set(QUEUES)) == (set(), set(), set(jobs.QUEUES))
    assert len(set(TASKS.values())) == len(TASKS)


def test_while_all_is_well_the_board_says_so(desk):
    beat()
    page = desk.get(INDEX).content.decode()
    assert ("順調です" in page, "手を打つことがあります" in page) == (True, False)
    assert "失敗した処理はありません。" in page
    shown = board(desk)
    assert [row.label for row in shown.queues] == list(QUEUES.values())
    assert [(row.alive, row.beat) for row in shown.workers] == [(True, lasting(0))]
    assert {row.label for row in shown.periodic} >= {"まとめメールの準備をする", "止まった処理をやり直す"}
    assert [row.last_at for row in shown.periodic] == [None] * len(shown.periodic)


@pytest.mark.parametrize(
    ("stage", "told"),
    [
        (lambda: beat(31), ["no-worker"]),
        (lambda: (beat(), failed()), ["failed"]),
        (lambda: (beat(), jobs.enqueue("tell_of_post", post_id=1), age(301)), ["late"]),
        (lambda: (beat(), jobs.enqueue("tell_of_post", post_id=1), age(299)), []),
    ],
)
def test_warnings_are_told_on_the_board_and_on_the_first_page_of_the_desk(desk, stage, told):
    stage()
    assert job_board.warnings() == told
    pages = [desk.get(address).content.decode() for address in (INDEX, "/secretariat/registrations/")]
    assert ["サーバーの担当者に" in page or "もう一度試してください" in page for page in pages] == [
        bool(told)
    ] * 2
    assert ("処理の状況を見る" in pages[1]) == bool(told)


def age(seconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = now() - make_interval(secs => %s)", [seconds])


def test_an_approver_is_not_told_of_jobs(oonishi):
    failed()
    page = signed_in(person("hasegawa")).get("/secretariat/registrations/").content.decode()
    assert ("処理に問題があります" in page, 'href="/secretariat/jobs/"' in page) == (False, False)


def test_a_failure_is_shown_in_words_without_its_arguments(desk):
    number = failed(error="SMTPRecipientsRefused: …")
    failed("send_notice", post_id=None, address="tanaka@town.nakatosa.lg.jp", subject="件名", body="ひみつ")
    page = desk.get(INDEX).content.decode()
    said = [
        "新しい投稿の通知を配る",
        f"番号{number}",
        "5回",
        "SMTPRecipientsRefused: …",
        "アカウントの変更を知らせる",
    ]
    assert [words for words in said if words not in page] == []
    assert [words for words in ("tanaka@", "ひみつ", "件名", "tell_of_post</") if words in page] == []


def test_trying_again_puts_the_job_back_with_fresh_tries(desk, oonishi):
    number = failed()
    answer = desk.post(f"{INDEX}{number}/retrial/", follow=True)
    assert answer.redirect_chain == [(INDEX, 302)]
    assert "まもなくもう一度試します。" in answer.content.decode()
    assert status(number) == ("todo", 0)
    entry = AuditEntry.objects.get(deed="job.retried")
    assert (entry.actor, entry.detail) == (oonishi, {"job": number, "task": "tell_of_post"})
    sentence = rows_of([entry])[0].sentence
    assert sentence == f"処理 {number}（新しい投稿の通知を配る）をもう一度試すことにしました"


def test_a_second_click_does_nothing_and_says_so(desk):
    number = failed()
    for _ in range(2):
        answer = desk.post(f"{INDEX}{number}/retrial/", follow=True)
    assert "もう失敗のままではない" in answer.content.decode()
    assert (status(number), AuditEntry.objects.filter(deed="job.retried").count()) == (("todo", 0), 1)
    answer = desk.post(f"{INDEX}{number}/cancellation/", follow=True)
    assert "もう失敗のままではありません。" in answer.content.decode()
    assert (status(number), AuditEntry.objects.filter(deed="job.cancelled").count()) == (("todo", 0), 0)


def test_work_that_waits_already_is_not_put_back_twice(desk):
    lock = {"queueing_lock": "stamp-1"}
    number = failed("tell_of_stamp", **lock)
    jobs.enqueue("tell_of_stamp", post_id=1, **lock)
    answer = desk.post(f"{INDEX}{number}/retrial/", follow=True)
    assert "同じ処理がすでに待っています" in answer.content.decode()
    assert (status(number), AuditEntry.objects.filter(deed="job.retried").count()) == (("failed", 5), 0)


def test_all_of_a_task_are_tried_again_and_nothing_else(desk):
    ours, other = [failed() for _ in range(3)], failed("tell_of_edit")
    page = desk.get(INDEX).content.decode()
    assert ("「新しい投稿の通知を配る」3件をもう一度試す" in page, "1件をもう一度試す" in page) == (
        True,
        False,
    )
    answer = desk.post(ALL, {"task": "tell_of_post"}, follow=True)
    assert "「新しい投稿の通知を配る」3件を、まもなくもう一度試します。" in answer.content.decode()
    assert [status(number)[0] for number in (*ours, other)] == ["todo", "todo", "todo", "failed"]
    entry = AuditEntry.objects.get(deed="job.retried_all")
    assert entry.detail == {"task": "tell_of_post", "count": 3}
    again = desk.post(ALL, {"task": "tell_of_post"}, follow=True)
    assert "もう一度試せる処理は、いまありません。" in again.content.decode()
    assert AuditEntry.objects.filter(deed="job.retried_all").count() == 1


def test_of_jobs_that_exclude_each_other_one_is_put_back(desk):
    numbers = [failed("tell_of_stamp", queueing_lock="stamp-1") for _ in range(2)]
    assert desk.post(ALL, {"task": "tell_of_stamp"}).status_code == 302
    assert [status(number)[0] for number in numbers] == ["todo", "failed"]


@pytest.mark.parametrize("sent", [{}, {"task": ""}, {"task": "\0"}, {"task": "no_such"}, {"task": "x" * 999}])
def test_a_wrong_task_changes_nothing(desk, sent):
    number = failed()
    answer = desk.post(ALL, sent, follow=True)
    assert "もう一度試せる処理は、いまありません。" in answer.content.decode()
    assert status(number) == ("failed", 5)


def test_calling_off_asks_first(desk, oonishi):
    number = failed()
    address = f"{INDEX}{number}/cancellation/"
    page = desk.get(address).content.decode()
    assert ("元には戻せません。" in page, status(number)) == (True, ("failed", 5))
    answer = desk.post(address, follow=True)
    assert f"「新しい投稿の通知を配る」（番号{number}）を取り消しました。" in answer.content.decode()
    assert (status(number)[0], board(desk).failures) == ("cancelled", [])
    entry = AuditEntry.objects.get(deed="job.cancelled")
    assert (entry.actor, entry.detail) == (oonishi, {"job": number, "task": "tell_of_post"})
    page = desk.get(address).content.decode()
    assert ("もう失敗のままではありません。" in page, "<button" in page.split("<main")[1]) == (True, False)


@pytest.mark.parametrize("key", ["tanaka", "hasegawa"])
def test_others_see_and_do_nothing(oonishi, key):
    number, other = failed(), person(key)
    client = signed_in(other)
    addresses = [f"{INDEX}{number}/retrial/", f"{INDEX}{number}/cancellation/"]
    assert [client.get(address).status_code for address in (INDEX, addresses[1])] == [404, 404]
    assert [client.post(address).status_code for address in addresses] == [404, 404]
    assert client.post(ALL, {"task": "tell_of_post"}).status_code == 404
    for deed, what in (
        (deeds.try_job_again, number),
        (deeds.call_off_job, number),
        (deeds.try_task_again, "tell_of_post"),
    ):
        with pytest.raises(Refused, match="事務局だけです"):
            deed(other, what)
    assert (status(number), AuditEntry.objects.filter(deed__startswith="job.").count()) == (("failed", 5), 0)


@pytest.mark.parametrize("number", [999_999, 2**63 - 1, 2**63, 10**30])
def test_unknown_numbers_are_not_found(desk, number):
    for word in ("retrial", "cancellation"):
        assert desk.post(f"{INDEX}{number}/{word}/").status_code == 404
    assert desk.get(f"{INDEX}{number}/cancellation/").status_code == 404


def test_addresses_take_what_they_should(desk):
    number = failed()
    assert [desk.get(ALL).status_code, desk.get(f"{INDEX}{number}/retrial/").status_code] == [405, 405]
    assert desk.post(INDEX).status_code == 405
    assert_asks_to_sign_in(INDEX)


def test_a_job_that_is_gone_meanwhile_is_refused(oonishi):
    with pytest.raises(Refused, match="もうありません"):
        deeds.try_job_again(oonishi, 999_999)


def test_the_board_costs_the_same_for_one_and_thirty_failures(desk):
    beat()
    failed()
    one = queries_of(desk, INDEX)
    for turn in range(29):
        failed("tell_of_post" if turn % 2 else "tell_of_edit")
    assert queries_of(desk, INDEX) == one


def test_failures_are_turned_page_by_page_newest_first(desk):
    numbers = [failed() for _ in range(30)]
    first, second, beyond = (board(desk, page=page) for page in ("1", "2", "99"))
    shown = [row.failure.number for row in (*first.failures, *second.failures)]
    assert (shown, len(first.failures)) == (numbers[::-1], 25)
    assert [row.failure.number for row in beyond.failures] == numbers[4::-1]
    assert "1から25件目（30件のうち）" in desk.get(INDEX, {"page": "x"}).content.decode()


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, ""), (59.9, "59秒"), (60, "1分"), (7300, "2時間"), (200_000, "2日")]
)
def test_spans_are_told_in_the_largest_unit(seconds, words):
    assert lasting(seconds) == words
