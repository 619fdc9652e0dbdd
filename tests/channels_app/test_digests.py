"""The digest mail: when, to whom, once, complete, and of nothing the reader may not see."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Member
from channels_app.actions import channels, digests, reactions
from channels_app.actions.posts import publish_post, remove_post
from channels_app.models import Channel, Membership, Mention, Notification
from kyoso.lib.mail import wrapped
from tests import factories
from tests.jobs import run_jobs
from tests.people import person

pytestmark = pytest.mark.django_db
# Days that are over whenever this runs: a mail that is sent now is sent after their beginning.
MONDAY, TUESDAY, SATURDAY = date(2024, 11, 18), date(2024, 11, 19), date(2024, 11, 23)
HOLIDAY, HOLIDAY_MONDAY = date(2024, 2, 23), date(2024, 11, 4)  # 天皇誕生日, 文化の日の振替休日
NOW = timezone.now()
LONG = "とても長い名前の町役場から来た、名前の長い人です。" * 20


@pytest.fixture
def cast():
    """Tanaka, who wants the weekly digest, Miura, who writes, and a channel of both."""
    tanaka, miura = person("tanaka"), person("miura", digest="off")
    return tanaka, miura, factories.channel("madoguchi-dx", tanaka, miura)


def called(member, author, channel, text="この表を見てください。"):
    """A post that mentions a member, its job done."""
    post = factories.post(author, channel, text)
    Mention.objects.create(post=post, kind="member", member=member)
    run_jobs()
    return post


def send(member, day=MONDAY) -> str:
    """The text of the mail of a day, "" when none was sent."""
    before = len(mail.outbox)
    sent = digests.send_digest(member.pk, day)
    assert len(mail.outbox) == before + sent
    return mail.outbox[-1].body if sent else ""


def headings(body: str) -> list[str]:
    return [line.removeprefix("■ ") for line in body.splitlines() if line.startswith("■")]


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (MONDAY, ["daily", "weekly"]),
        (TUESDAY, ["daily"]),
        (SATURDAY, []),
        (HOLIDAY, []),
        (HOLIDAY_MONDAY, ["weekly"]),
    ],
)
def test_the_daily_one_keeps_business_days_and_the_weekly_one_mondays(day, due):
    assert digests.rhythms_of(day) == due


def test_a_digest_says_what_calls_one_first_with_who_and_where(cast):
    tanaka, miura, channel = cast
    own = factories.post(tanaka, channel, "朝の1時間だけ予約制にしました。")
    reply = factories.post(miura, channel, "うちでも試します。", own)
    reactions.react(miura, own, stamp="tasukatta")
    publish_post(
        miura, channel, text="数え方を知りたいです。", cid=factories.uuid4(), title="待ち時間の測り方"
    )
    call = called(tanaka, miura, channel)
    body = send(tanaka)
    assert headings(body) == [
        "あなたへの呼びかけ（1件）",
        "返信と回答（1件）",
        "あなたの投稿へのスタンプ（1件）",
        "答えを待っている質問（1件）",
        "チャンネルの未読（2件）",
    ]
    at = timezone.localtime(call.posted_at)
    assert (
        "・三浦 健太（岩手県 盛岡市・情報企画課）さん\n"
        f"  窓口DX・{at:%-m月%-d日 %-H時%M分}\n  この表を見てください。\n"
    ) in body
    assert "・待ち時間の測り方\n  窓口DX・三浦 健太（岩手県 盛岡市・情報企画課）さん\n" in body
    assert "うちでも試します。" in body
    assert mail.outbox[-1].subject.startswith("【共創】あなたへの呼びかけ1件・")
    assert mail.outbox[-1].to == [tanaka.email]
    assert reply.pk


def test_everything_fits_a_terminal_and_a_screen(cast):
    tanaka, miura, channel = cast
    Member.objects.filter(pk=miura.pk).update(name="長い" * 30)
    own = factories.post(tanaka, channel, LONG)
    for number in range(12):
        other = person("ito", email=f"ito{number}@example.lg.jp", digest="off", name="名前" * 25)
        place = factories.channel(f"machi-{number}", tanaka, other, name="ながいなまえ" * 6)
        called(tanaka, other, place, LONG)
        channels.admit(other, channel)
        factories.post(other, channel, LONG, own)
        reactions.react(other, own, stamp="onaji")
        publish_post(other, channel, text=LONG, cid=factories.uuid4(), title="長い見出し" * 16)
    run_jobs()
    body = send(tanaka)
    assert max(map(len, body.splitlines())) <= 45
    assert len(body.splitlines()) <= 75  # 60 with names as people have them
    assert "あなたへの呼びかけ（12件）" in body


def test_a_member_gets_one_mail_a_period_however_often_the_job_runs(cast):
    tanaka, miura, channel = cast
    called(tanaka, miura, channel)
    assert [bool(send(tanaka)) for _ in range(3)] == [True, False, False]
    assert Notification.objects.filter(mailed_at=None).count() == 0


def test_what_was_mailed_is_not_mailed_again(cast):
    tanaka, miura, channel = cast
    called(tanaka, miura, channel)
    assert send(tanaka)
    Member.objects.update(digest_sent_at="2024-11-11T00:00Z")
    Channel.objects.update(last_post_at="2024-11-10T00:00Z")
    assert send(tanaka) == ""
    called(tanaka, miura, channel, "二つ目です。")
    assert headings(send(tanaka))[0] == "あなたへの呼びかけ（1件）"


def test_nothing_new_no_mail(cast):
    tanaka, miura, channel = cast
    factories.post(miura, channel)
    channels.mark_read(tanaka, channel)
    assert send(tanaka) == ""


@pytest.mark.parametrize(
    "state", [{"digest": "off"}, {"suspended_at": timezone.now()}, {"departed_at": timezone.now()}]
)
def test_nobody_gets_it_who_wants_none_or_is_not_here(cast, state):
    tanaka, miura, channel = cast
    called(tanaka, miura, channel)
    Member.objects.filter(pk=tanaka.pk).update(**state)
    assert send(tanaka) == ""


def test_a_member_of_another_rhythm_waits(cast):
    tanaka, miura, channel = cast
    called(tanaka, miura, channel)
    assert send(tanaka, TUESDAY) == ""
    Member.objects.filter(pk=tanaka.pk).update(digest="daily")
    assert send(tanaka, TUESDAY) != ""


def test_it_says_nothing_of_closed_muted_removed_or_strange_places(cast):
    tanaka, miura, channel = cast
    closed = factories.channel("shikoku", tanaka, miura, name="四国の集まり", kind="private")
    muted = factories.channel("zatsudan", tanaka, miura, name="雑談")
    elsewhere = factories.channel("yoso", miura, name="よその話題")
    for place in (closed, muted, elsewhere):
        facts = {"text": f"{place.name}の秘密", "cid": factories.uuid4(), "title": f"{place.name}の質問"}
        publish_post(miura, place, **facts)
    called(tanaka, miura, closed, "閉じた話です。")
    remove_post(miura, called(tanaka, miura, channel, "消した話です。"))
    channels.leave_channel(tanaka, closed)
    Membership.objects.filter(member=tanaka, channel=muted).update(muted_at=timezone.now())
    body = send(tanaka)
    assert [word for word in ("四国", "雑談", "よそ", "閉じた", "消した", "秘密") if word in body] == []


def test_the_number_of_queries_does_not_depend_on_how_much_is_new(cast):
    tanaka, miura, channel = cast

    def cost() -> int:
        Member.objects.update(digest_sent_at=None)
        Notification.objects.update(mailed_at=None)
        with CaptureQueriesContext(connection) as queries:
            assert send(tanaka)
        return len(queries)

    own = factories.post(tanaka, channel)
    called(tanaka, miura, channel)
    once = cost()
    for number in range(10):
        other = person("ito", email=f"ito{number}@example.lg.jp", digest="off")
        channels.admit(other, channel)
        called(tanaka, other, channel)
        factories.post(other, channel, root=own)
        reactions.react(other, own, stamp="onaji")
        place = factories.channel(f"machi-{number}", tanaka, other, name=f"まち {number}")
        publish_post(other, place, text="どうですか", cid=factories.uuid4(), title="質問です")
    run_jobs()
    assert cost() <= once + 2  # stamps and the writers' names are asked for when there are any


def test_each_member_is_a_job_of_their_own_and_waits_once(cast):
    tanaka, miura, _ = cast
    others = [person("ito", email=f"ito{number}@example.lg.jp") for number in range(3)]
    run_jobs()
    assert [digests.enqueue_digests(MONDAY), digests.enqueue_digests(MONDAY)] == [4, 4]
    jobs = ProcrastinateJob.objects.filter(status="todo")
    wanted = sorted(member.pk for member in (tanaka, *others))
    assert sorted(job.args["member_id"] for job in jobs) == wanted
    assert {(job.queue_name, job.task_name, job.args["day"]) for job in jobs} == {
        ("mail", "send_digest", "2024-11-18")
    }
    assert miura.pk not in wanted


def test_it_is_planned_at_half_past_eight_in_japan():
    moment = datetime(2024, 11, 18, 8, 30, tzinfo=ZoneInfo("Asia/Tokyo")).astimezone(ZoneInfo("UTC"))
    planned = app.periodic_registry.periodic_tasks.values()
    (cron,) = {periodic.cron for periodic in planned if periodic.task.name == "plan_digests"}
    assert cron == f"{moment.minute} {moment.hour} * * *"


def test_lines_are_cut_by_the_rules_of_japanese_print():
    assert wrapped("あいうえお。かきくけこ", 5) == ["あいうえ", "お。かきく", "けこ"]
    assert wrapped("  あい　うえ \n お", 10) == ["あい うえ お"]
    assert wrapped("", 5) == []
    assert wrapped("。" * 7, 3) == ["。", "。", "。", "。", "。。。"]
