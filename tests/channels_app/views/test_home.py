"""The first page, home and the directory of channels."""

import pytest
from django.test import Client

from channels_app.actions.channels import mark_read
from channels_app.models import Channel
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
