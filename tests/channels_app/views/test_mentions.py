"""The list that opens after an @: who is in it, in which order, how it is found."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Ambassador, Member
from channels_app.actions import channels
from channels_app.models import Channel
from tests import factories
from tests.channels_app.views.habits import assert_asks_to_sign_in, assert_only, signed_in
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    """(Tanaka, Miura, an open channel with both); Yamamoto and Ito look in from outside."""
    tanaka, miura, _, _ = (person(key) for key in ("tanaka", "miura", "yamamoto", "ito"))
    return tanaka, miura, factories.channel("madoguchi-dx", tanaka, miura)


def texts(member, typed: str, slug: str = "madoguchi-dx") -> list[str]:
    """What the rows would write, in order."""
    answer = signed_in(member).get("/mentions/", {"q": typed, "channel": slug})
    return re.findall(r'data-text="([^"]+)"', answer.content.decode())


MIURA, YAMAMOTO = "三浦 健太（岩手県 盛岡市）", "山本 直樹（高知県）"


@pytest.mark.parametrize(
    "typed", ["三浦", "三浦 健", "みうら", "ミウ", "miura", "miu", "ｍｉｕ", "みｕ", "けんた", "kenta"]
)
def test_a_member_is_found_by_kanji_kana_and_latin_letters(cast, typed):
    assert texts(cast[0], typed) == [MIURA]


@pytest.mark.parametrize("typed", ["盛岡市", "岩手県", "岩手県 盛岡", "もりおか", "morioka", "情報企画課"])
def test_a_member_is_found_by_where_they_work(cast, typed):
    assert texts(cast[0], typed)[0] == MIURA


def test_an_organisation_with_somebody_in_the_channel_is_offered(cast):
    assert texts(cast[0], "盛岡市") == [MIURA, "岩手県 盛岡市"]
    assert texts(cast[1], "中土佐")[-1] == "高知県 中土佐町"
    assert texts(cast[1], "総務省") == ["伊藤 大輔（総務省）"]


def test_those_in_the_channel_come_first(cast):
    tanaka, miura, channel = cast
    assert texts(miura, "高知県") == ["田中 里奈（高知県 中土佐町）", YAMAMOTO, "高知県 中土佐町"]


def test_a_closed_channel_offers_its_own_people_only(cast):
    tanaka, miura, _ = cast
    factories.channel("junbikai", tanaka, miura, kind=Channel.Kind.PRIVATE)
    assert (texts(tanaka, "やまもと", "junbikai"), texts(tanaka, "みうら", "junbikai")) == ([], [MIURA])
    outsider = signed_in(Member.objects.get(email="ito@example.lg.jp"))
    assert outsider.get("/mentions/", {"q": "み", "channel": "junbikai"}).status_code == 404


def test_nothing_typed_offers_who_posted_last(cast):
    tanaka, miura, channel = cast
    factories.post(miura, channel)
    assert texts(tanaka, "") == [MIURA]
    assert texts(miura, "") == []


def test_nothing_typed_in_a_thread_offers_those_who_talk_there(cast):
    tanaka, miura, channel = cast
    root = factories.post(miura, channel)
    ito = Member.objects.get(email="ito@example.lg.jp")
    channels.admit(ito, channel)
    factories.post(ito, channel, root=root)
    client = signed_in(tanaka)
    page = client.get(f"/mentions/?channel=madoguchi-dx&root={root.pk}").content.decode()
    assert re.findall(r'data-text="([^"]+)"', page) == ["伊藤 大輔（総務省）", MIURA]
    hidden = factories.post(miura, factories.channel("junbikai", miura, kind=Channel.Kind.PRIVATE))
    assert client.get(f"/mentions/?channel=madoguchi-dx&root={hidden.pk}").status_code == 404


def test_ambassadors_are_offered_where_there_are_some(cast):
    tanaka, miura, _ = cast
    assert texts(tanaka, "アンバ") == []
    Ambassador.objects.create(member=miura, prefecture_code="03", valid_from=date(2020, 1, 1))
    assert [texts(tanaka, typed) for typed in ("アンバ", "あん", "anba")] == [["アンバサダー"]] * 3


def test_namesakes_are_written_with_their_section(cast):
    twin = person("miura", email="miura2@example.lg.jp")
    twin.affiliations.update(section="税務課")
    assert texts(cast[0], "みうら") == [
        "三浦 健太（岩手県 盛岡市・情報企画課）",
        "三浦 健太（岩手県 盛岡市・税務課）",
    ]


def test_somebody_suspended_is_not_offered(cast):
    Member.objects.filter(pk=cast[1].pk).update(suspended_at="2026-01-01T00:00:00Z")
    assert texts(cast[0], "みうら") == []


def test_eight_rows_and_a_constant_number_of_queries(cast):
    tanaka, _, channel = cast
    client, numbers = signed_in(tanaka), []
    client.get("/mentions/?channel=madoguchi-dx")
    for count in (0, 12):
        for number in range(count):
            person("miura", email=f"miura{number}@example.lg.jp")
        with CaptureQueriesContext(connection) as counted:
            answer = client.get("/mentions/", {"q": "みうら", "channel": "madoguchi-dx"})
        numbers.append(len(counted))
    assert (numbers[0] == numbers[1], answer.content.decode().count('role="option"')) == (True, 8)


@pytest.mark.parametrize("typed", ["\x00", "(", "\\", "%", "'", "[", "あ" * 5_000, "a-'n", "😀"])
def test_odd_signs_find_nobody(cast, typed):
    assert texts(cast[0], typed) in ([], [MIURA])


def test_the_list_is_for_members_and_existing_channels(cast):
    client = signed_in(cast[0])
    assert client.get("/mentions/?q=a").status_code == 404
    assert client.get("/mentions/?q=a&channel=nai").status_code == 404
    assert_only("get", "/mentions/?channel=madoguchi-dx", cast[0])
    assert_asks_to_sign_in("/mentions/")
