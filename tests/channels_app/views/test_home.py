"""The first page, home and the directory of channels."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Member
from channels_app.actions.channels import mark_read
from channels_app.models import Channel, Draft, Notification
from tests import factories
from tests.channels_app.views.habits import assert_asks_to_sign_in, assert_only, signed_in
from tests.people import person

pytestmark = pytest.mark.django_db


def test_landing_is_for_everybody_and_members_are_led_home():
    assert Client().get("/").status_code == 200
    answer = signed_in(person("tanaka")).get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/home/")
    assert Client().post("/").status_code == 405


def test_home_shows_what_is_new_where_one_takes_part():
    tanaka, miura = person("tanaka"), person("miura")
    joined = factories.channel("madoguchi-dx", tanaka, miura)
    read = factories.channel("zatsudan", tanaka, miura, name="雑談")
    factories.post(miura, joined, "最初の投稿")
    root = factories.post(miura, joined, "待ち時間の**表**です")
    factories.post(miura, joined, "返信は並びません", root=root)
    factories.post(miura, read, "おつかれさまです")
    mark_read(tanaka, read)
    factories.post(miura, factories.channel("elsewhere", miura), "参加していない")
    factories.post(miura, factories.channel("shikoku", miura, kind=Channel.Kind.PRIVATE), "見えない")
    context = signed_in(tanaka).get("/home/").context
    assert [row["excerpt"] for row in context["recent"]] == [
        "おつかれさまです",
        "待ち時間の表です",
        "最初の投稿",
    ]
    assert context["unread_channels"] == [
        {"slug": "madoguchi-dx", "name": "窓口DX", "unread": 2, "excerpt": "待ち時間の表です"}
    ]


def test_home_says_who_wrote_with_their_badges():
    tanaka, oonishi = person("tanaka"), person("oonishi")
    factories.post(oonishi, factories.channel("zatsudan", tanaka, oonishi))
    (row,) = signed_in(tanaka).get("/home/").context["recent"]
    assert (row["author_name"], row["affiliation_label"]) == ("大西 舞", "デジタル庁・共創運営担当")
    assert row["badges"] == [("agency", "国の機関"), ("secretariat", "事務局")]


def test_home_without_channels_is_a_page_too():
    assert signed_in(person("tanaka")).get("/home/").status_code == 200


def test_index_shows_open_channels_with_who_is_in_them():
    tanaka, miura = person("tanaka"), person("miura")
    factories.channel("madoguchi-dx", tanaka, miura)
    factories.channel("zatsudan", miura, name="雑談", category="")
    factories.channel("shikoku", miura, kind=Channel.Kind.PRIVATE)
    factories.channel("old", archived_at="2026-11-01T00:00:00Z")
    groups = signed_in(tanaka).get("/channels/").context["groups"]
    assert [
        (label, [(row.channel.slug, row.channel.member_count, row.joined) for row in rows])
        for label, rows in groups
    ] == [
        ("業務改革", [("madoguchi-dx", 2, True)]),
        ("そのほか", [("zatsudan", 1, False)]),
    ]


@pytest.mark.parametrize("address", ["/home/", "/channels/"])
def test_pages_are_for_members(address):
    assert_asks_to_sign_in(address)
    assert_only("get", address, person("tanaka"))


def asked(author, channel, title="台帳の外字をどう数えましたか"):
    return factories.post(author, channel, f"{title}。教えてください。", title=title)


def test_home_shows_questions_that_wait_in_ones_channels_only():
    tanaka, miura = person("tanaka"), person("miura")
    here = factories.channel("madoguchi-dx", tanaka, miura)
    waiting = asked(miura, here)
    asked(tanaka, here, "自分の質問")
    factories.post(tanaka, here, "数えました", root=asked(miura, here, "答えのある質問"))
    asked(miura, factories.channel("elsewhere", miura), "参加していない")
    asked(miura, factories.channel("kakikomi", tanaka, miura, kind=Channel.Kind.PRACTICE), "練習です")
    asked(miura, factories.channel("shikoku", miura, kind=Channel.Kind.PRIVATE), "見えない")
    context = signed_in(tanaka).get("/home/").context
    assert [question.post_id for question in context["asked"]] == [waiting.pk]


def test_home_shows_what_calls_and_what_lies_unsent():
    tanaka, miura = person("tanaka"), person("miura")
    here = factories.channel("madoguchi-dx", tanaka, miura)
    post = factories.post(miura, here, "見てください")
    for member, note in ((tanaka, "わたしへ"), (miura, "ほかの人へ")):
        Notification.objects.create(member=member, kind="mention", post=post, actor=miura, note=note)
    Draft.objects.create(member=tanaka, channel=here, text="書きかけ")
    Draft.objects.create(member=miura, channel=here, text="ほかの人の書きかけ")
    answer = signed_in(tanaka).get("/home/")
    assert [row.text for row in answer.context["calls"]] == ["わたしへ"]
    unsent = answer.context["unsent"]
    assert (unsent.drafts, unsent.scheduled, unsent.refused, unsent.next_at) == (1, 0, 0, None)
    assert "下書き 1件" in answer.content.decode()


def test_the_first_steps_show_what_is_done_and_go_away():
    tanaka, miura = person("tanaka"), person("miura", joined_at=timezone.now() - timedelta(days=15))
    here = factories.channel("madoguchi-dx", tanaka, miura)
    browser = signed_in(tanaka)
    assert signed_in(miura).get("/home/").context["ladder"] is None
    steps = browser.get("/home/").context["ladder"]
    assert (steps.pressed, steps.wrote) == (False, False)
    factories.react(tanaka, factories.post(miura, here), "onaji")
    steps = browser.get("/home/").context["ladder"]
    assert (steps.pressed, steps.wrote) == (True, False)
    factories.post(tanaka, here)
    assert browser.get("/home/").context["ladder"] is None


def test_the_first_steps_can_be_put_away_once_and_for_all():
    tanaka = person("tanaka")
    browser = signed_in(tanaka)
    assert browser.get("/home/").context["ladder"] is not None
    assert browser.post("/home/ladder/").url == "/home/"
    closed = Member.objects.get(pk=tanaka.pk).ladder_closed_at
    assert closed is not None
    browser.post("/home/ladder/")
    assert Member.objects.get(pk=tanaka.pk).ladder_closed_at == closed
    assert browser.get("/home/").context["ladder"] is None
    assert_asks_to_sign_in("/home/ladder/", "post")
    assert_only("post", "/home/ladder/", tanaka)


def test_home_asks_the_same_for_one_and_for_many():
    tanaka, miura = person("tanaka"), person("miura")
    here = factories.channel("madoguchi-dx", tanaka, miura)
    fill_home(tanaka, miura, here)
    browser = signed_in(tanaka)
    browser.get("/home/")
    with CaptureQueriesContext(connection) as few:
        browser.get("/home/")
    for number in range(6):
        fill_home(tanaka, miura, factories.channel(f"more-{number}", tanaka, miura))
    with CaptureQueriesContext(connection) as many:
        browser.get("/home/")
    assert len(many) == len(few)


def fill_home(tanaka, miura, channel):
    """One of everything that the page shows."""
    post = asked(miura, channel)
    Notification.objects.create(member=tanaka, kind="mention", post=post, actor=miura)
    Draft.objects.create(member=tanaka, channel=channel, text="書きかけ")
