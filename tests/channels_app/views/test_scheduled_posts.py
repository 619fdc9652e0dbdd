"""Scheduled posts: choosing a moment, the list, changing, taking back, sending now, the job."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from channels_app import moments
from channels_app.actions import channels
from channels_app.actions.drafts import keep_draft
from channels_app.actions.scheduled_posts import (
    change_scheduled_post,
    publish_scheduled,
    schedule_post,
    send_scheduled_post,
)
from channels_app.models import Channel, Draft, Post, Question, ScheduledPost
from tests import factories
from tests.channels_app.views.habits import assert_asks_to_sign_in, assert_only, signed_in, words
from tests.people import person

pytestmark = pytest.mark.django_db
ADDRESS = "/channels/madoguchi-dx/scheduled-posts/"
LIST = "/scheduled-posts/"


@pytest.fixture
def cast():
    """(author, colleague, root) in one open channel."""
    tanaka, miura = person("tanaka"), person("miura")
    return tanaka, miura, factories.post(miura, factories.channel("madoguchi-dx", tanaka, miura))


def later(**span) -> dict:
    """The fields of a moment from now, Japanese time."""
    moment = timezone.localtime(timezone.now() + timedelta(**span))
    return {"publish_on": f"{moment:%Y-%m-%d}", "publish_time": f"{moment:%H:%M}"}


def put_aside(member, channel: Channel, text: str = "来週の勉強会です。", **more) -> ScheduledPost:
    """A post that waits for tomorrow."""
    moment = timezone.now() + timedelta(days=1)
    return schedule_post(member, channel, text=text, cid=uuid4(), publish_at=moment, **more)


def make_due(row: ScheduledPost) -> None:
    """Let its moment come."""
    ScheduledPost.objects.filter(pk=row.pk).update(publish_at=timezone.now() - timedelta(seconds=1))


def errors(answer, name: str = "form") -> dict:
    """Which fields are wrong, and why."""
    return {field: sentences[0] for field, sentences in answer.context[name].errors.items()}


def test_a_post_waits_with_a_job_and_ends_the_draft(cast):
    tanaka, _, root = cast
    keep_draft(tanaka, root.channel, text="書きかけ")
    answer = signed_in(tanaka).post(ADDRESS, words("来週の勉強会です。") | later(days=3))
    row = ScheduledPost.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, "/channels/madoguchi-dx/")
    assert (row.member, row.text, row.root, row.post) == (tanaka, "来週の勉強会です。", None, None)
    job = ProcrastinateJob.objects.get(task_name="publish_scheduled_post")
    assert (job.args, job.scheduled_at) == ({"scheduled_id": row.pk}, row.publish_at)
    assert (Post.objects.count(), Draft.objects.count()) == (1, 0)


def test_a_near_moment_is_one_press(cast):
    near = moments.suggestions()[0]
    signed_in(cast[0]).post(ADDRESS, words() | {"moment": near.value})
    moment = timezone.localtime(ScheduledPost.objects.get().publish_at)
    assert (moment.date(), f"{moment:%H:%M}") == (timezone.localdate() + timedelta(days=1), "08:30")


def test_near_moments_know_weekends_and_holidays():
    friday = datetime(2026, 7, 17, 10, tzinfo=timezone.get_current_timezone())
    tomorrow, working = moments.suggestions(friday)
    assert (tomorrow.name, tomorrow.day) == ("明日 8:30", "7月18日（土）")
    assert (working.name, working.day, working.value) == (
        "次の平日 9:00",
        "7月21日（火）",
        "2026-07-21T09:00",
    )


@pytest.mark.parametrize(
    ("moment", "wrong"),
    [
        ({}, {"publish_on": "日付を選んでください。", "publish_time": "時刻を選んでください。"}),
        ({"publish_on": "2026-13-01", "publish_time": "9:00"}, {"publish_on": "日付を選んでください。"}),
        ({"publish_on": "2020-01-06", "publish_time": "09:00"}, {"publish_on": moments.PAST}),
        ({"publish_on": "2099-01-05", "publish_time": "09:00"}, {"publish_on": moments.TOO_FAR}),
        ({"moment": "2020-01-06T09:00"}, {"publish_on": moments.PAST}),
        ({"moment": "9999-12-31T23:59"}, {"publish_on": moments.TOO_FAR}),
    ],
)
def test_an_impossible_moment_is_refused_beside_its_field(cast, moment, wrong):
    answer = signed_in(cast[0]).post(ADDRESS, words("消えない文") | moment)
    assert (answer.status_code, errors(answer), answer.context["form"]["text"].value()) == (
        422,
        wrong,
        "消えない文",
    )
    assert ScheduledPost.objects.count() == 0
    page = answer.content.decode()
    assert (
        all(sentence in page for sentence in wrong.values())
        and '<details class="ky-more ky-later" open' in page
    )


def test_empty_text_files_and_a_question_without_title_are_refused(cast):
    client = signed_in(cast[0])
    for sent, field in (
        (words(" "), "text"),
        (words() | {"file": str(uuid4())}, "text"),
        (words() | {"question": "on"}, "title"),
    ):
        assert list(errors(client.post(ADDRESS, sent | later(days=1)))) == [field]
    assert ScheduledPost.objects.count() == 0


def test_a_reader_is_refused_and_a_stranger_finds_nothing(cast):
    tanaka, miura, root = cast
    hidden = factories.post(tanaka, factories.channel("junbikai", tanaka, kind=Channel.Kind.PRIVATE))
    reader = signed_in(person("yamamoto"))
    assert reader.post(ADDRESS, words() | later(days=1)).status_code == 403
    for address in (
        "/channels/junbikai/scheduled-posts/",
        f"{ADDRESS}?root={hidden.pk}",
        f"{ADDRESS}?root=x",
    ):
        assert signed_in(miura).post(address, words() | later(days=1)).status_code == 404
    assert_only("post", ADDRESS, miura)
    assert_asks_to_sign_in(ADDRESS, "post")
    assert ScheduledPost.objects.count() == 0


def test_one_attempt_is_one_row_and_another_members_cid_is_refused(cast):
    tanaka, miura, _ = cast
    sent = words() | later(days=1)
    client = signed_in(tanaka)
    assert {client.post(ADDRESS, sent).status_code for _ in range(2)} == {303}
    assert signed_in(miura).post(ADDRESS, sent).status_code == 403
    assert ScheduledPost.objects.count() == 1


def test_the_job_publishes_once_when_it_is_due(cast):
    tanaka, _, root = cast
    row = put_aside(tanaka, root.channel, title="だれか使っていますか")
    publish_scheduled(row.pk)
    assert Post.objects.count() == 1
    make_due(row)
    for _ in range(2):
        publish_scheduled(row.pk)
    row.refresh_from_db()
    assert (row.post.text, row.post.author, row.post.cid) == (row.text, tanaka, row.cid)
    assert (Question.objects.get().title, Post.objects.count()) == ("だれか使っていますか", 2)
    assert publish_scheduled(999_999) is None


def test_it_is_due_by_the_clock_of_the_database_which_begins_the_job(cast, monkeypatch):
    tanaka, _, root = cast
    row = put_aside(tanaka, root.channel)
    make_due(row)
    here = timezone.now() - timedelta(minutes=1)
    monkeypatch.setattr(timezone, "now", lambda: here)
    publish_scheduled(row.pk)
    row.refresh_from_db()
    assert row.post.text == row.text


def test_sending_now_sends_whatever_the_clock_of_the_server_says(cast, monkeypatch):
    tanaka, _, root = cast
    row = put_aside(tanaka, root.channel)
    here = timezone.now() + timedelta(minutes=1)
    monkeypatch.setattr(timezone, "now", lambda: here)
    assert send_scheduled_post(tanaka, row).post.text == row.text


def test_a_reply_is_published_in_its_thread(cast):
    tanaka, _, root = cast
    row = put_aside(tanaka, root.channel, root=root, in_channel=True)
    make_due(row)
    reply = publish_scheduled(row.pk).post
    assert (reply.root, reply.in_channel) == (root, True)


def test_what_may_no_longer_be_published_is_kept_with_the_reason(cast):
    tanaka, _, root = cast
    row = put_aside(tanaka, root.channel)
    channels.leave_channel(tanaka, root.channel)
    make_due(row)
    publish_scheduled(row.pk)
    page = signed_in(tanaka).get(LIST).content.decode()
    assert ("先にこのチャンネルに参加してください" in page, "公開できなかった投稿" in page) == (True, True)
    assert Post.objects.count() == 1
    channels.join_channel(tanaka, root.channel)
    answer = signed_in(tanaka).post(f"{LIST}{row.pk}/publication/")
    assert answer["Location"] == ScheduledPost.objects.get().post.get_absolute_url()


def test_sending_now_that_is_refused_says_why(cast):
    tanaka, _, root = cast
    row = put_aside(tanaka, root.channel)
    channels.leave_channel(tanaka, root.channel)
    assert signed_in(tanaka).post(f"{LIST}{row.pk}/publication/")["Location"] == LIST
    row.refresh_from_db()
    assert (row.post, row.refusal) == (None, "投稿するには、先にこのチャンネルに参加してください。")


def test_a_moved_moment_makes_the_earlier_job_pass(cast):
    tanaka, _, root = cast
    row = put_aside(tanaka, root.channel)
    change_scheduled_post(tanaka, row, text="直しました", publish_at=timezone.now() + timedelta(days=9))
    publish_scheduled(row.pk)
    assert Post.objects.count() == 1
    assert ProcrastinateJob.objects.filter(task_name="publish_scheduled_post").count() == 2


def test_text_and_moment_are_changed_on_its_page(cast):
    tanaka, _, root = cast
    row = put_aside(tanaka, root.channel, title="見出し")
    client, address = signed_in(tanaka), f"{LIST}{row.pk}/"
    assert client.get(address).context["form"]["title"].value() == "見出し"
    sent = {"text": "直しました", "title": "新しい見出し", "question": "on"} | later(days=5)
    assert client.post(address, sent)["Location"] == LIST
    row.refresh_from_db()
    assert (row.text, row.title) == ("直しました", "新しい見出し")
    assert timezone.localtime(row.publish_at).strftime("%Y-%m-%d") == sent["publish_on"]
    refused = client.post(address, sent | {"text": " ", "publish_on": "2020-01-06"})
    assert (refused.status_code, list(errors(refused))) == (422, ["text", "publish_on"])
    row.refresh_from_db()
    assert row.text == "直しました"


def test_taking_back_leaves_the_list_and_publishes_nothing(cast):
    tanaka, _, root = cast
    row = put_aside(tanaka, root.channel)
    client = signed_in(tanaka)
    assert client.post(f"{LIST}{row.pk}/cancellation/")["Location"] == LIST
    assert (
        client.post(f"{LIST}{row.pk}/cancellation/").status_code,
        client.get(LIST).context["waiting"],
    ) == (
        404,
        [],
    )
    make_due(row)
    publish_scheduled(row.pk)
    assert Post.objects.count() == 1


@pytest.mark.parametrize(
    ("part", "method"), [("", "get"), ("cancellation/", "post"), ("publication/", "post")]
)
def test_what_others_wait_with_is_not_there(cast, part, method):
    tanaka, miura, root = cast
    address = f"{LIST}{put_aside(tanaka, root.channel).pk}/{part}"
    assert getattr(signed_in(miura), method)(address).status_code == 404
    assert getattr(signed_in(tanaka), method)(f"{LIST}999999/{part}").status_code == 404
    assert_asks_to_sign_in(address, method)
    if method == "post":
        assert_only("post", address, tanaka)


def test_the_list_is_ones_own_and_asks_the_same_for_many(cast):
    tanaka, miura, root = cast
    put_aside(miura, root.channel)
    client, numbers = signed_in(tanaka), []
    for count in (1, 29):
        for _ in range(count):
            put_aside(tanaka, root.channel, root=root)
        with CaptureQueriesContext(connection) as counted:
            shown = client.get(LIST)
        numbers.append(len(counted))
    assert (len(shown.context["waiting"]), numbers[0] == numbers[1]) == (30, True)
    assert_only("get", LIST, tanaka)
    assert_asks_to_sign_in(LIST)
