"""The directory of channels: what it shows to whom, what it finds, in which order, at what price."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Member, Organisation
from channels_app import directory, offers, stays
from channels_app.actions import activity, memberships
from channels_app.actions.channels import admit_to_default_channels, open_channel
from channels_app.actions.posts import remove_post
from channels_app.actions.regions import open_regional_channels
from channels_app.models import Activity, Channel, LiveStream, Membership, Post
from channels_app.models.activity import weeks
from channels_app.models.peers import CORE_CITIES, peer_class_of
from tests import factories
from tests.channels_app.views.habits import assert_asks_to_sign_in, assert_only, queries_of, signed_in
from tests.people import person

pytestmark = pytest.mark.django_db
ADDRESS = "/channels/"


def names(member, query: str = "") -> list[tuple[str, list[str]]]:
    """[(heading, names)] as the page shows them."""
    groups = signed_in(member).get(ADDRESS + query).context["groups"]
    return [(label, [row.channel.name for row in rows]) for label, rows in groups]


@pytest.fixture
def tanaka():
    """Somebody in a town of Kochi, and channels of every kind, most of them not theirs."""
    member, other = person("tanaka"), person("miura")
    factories.channel(
        "madoguchi-dx", member, name="窓口DX", kana="まどぐちでぃーえっくす", purpose="書かない窓口"
    )
    factories.channel("zeimu", other, name="税務", kana="ぜいむ", category="分野別", purpose="課税と収納")
    factories.channel("zatsudan", other, name="雑談", kind="casual", category="")
    factories.channel("chiiki-kochi", name="高知県", kind="regional", category="地域", prefecture_code="39")
    factories.channel("chiiki-iwate", name="岩手県", kind="regional", category="地域", prefecture_code="03")
    factories.channel("kubun-towns", name="町村", kind="regional", category="団体の区分", peer_class="towns")
    factories.channel("himitsu", other, name="ひみつの会", kind="private")
    factories.channel("direct-1", member, other, name="田中と三浦", kind="direct")
    factories.channel("furui", name="終わった話題", archived_at=timezone.now())
    return member


def test_groups_by_category_with_the_own_region_and_class_first(tanaka):
    assert names(tanaka) == [
        ("あなたの地域・区分", ["町村", "高知県"]),
        ("分野別", ["税務"]),
        ("地域", ["岩手県"]),
        ("業務改革", ["窓口DX"]),
        ("そのほか", ["雑談"]),
    ]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("窓口", ["窓口DX"]),
        ("ｄｘ", ["窓口DX"]),
        ("マドグチ", ["窓口DX"]),
        ("書かない　dx", ["窓口DX"]),
        ("収納", ["税務"]),
        ("ひみつ", []),
        ("終わった", []),
        ("田中", []),
    ],
)
def test_search_folds_width_case_and_kana(tanaka, words, found):
    assert [name for _, group in names(tanaka, f"?q={words}") for name in group] == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?show=topic", ["税務", "窓口DX"]),
        ("?show=regional", ["高知県", "岩手県"]),
        ("?show=peers", ["町村"]),
        ("?show=casual", ["雑談"]),
        ("?show=mine", ["窓口DX"]),
        ("?category=分野別", ["税務"]),
        ("?place=03", ["岩手県"]),
        ("?show=nai&category=nai&sort=nai", ["町村", "高知県", "税務", "岩手県", "窓口DX", "雑談"]),
        ("?show=private", []),
    ],
)
def test_filters_and_what_makes_no_sense_counts_as_not_said(tanaka, query, found):
    assert [name for _, group in names(tanaka, query) for name in group] == found


def test_sorts(tanaka):
    Channel.objects.filter(slug="zeimu").update(member_count=90)
    zatsudan = Channel.objects.get(slug="zatsudan")
    Activity.objects.create(channel=zatsudan, week_on=weeks()[0], posts=5)
    Activity.objects.create(channel=zatsudan, week_on=weeks()[0] - timedelta(weeks=1), posts=70)
    firsts = {sort: names(tanaka, f"?sort={sort}")[0][1][0] for sort in ("members", "activity", "name")}
    assert firsts == {"members": "税務", "activity": "雑談", "name": "税務"}


def test_an_empty_answer_helps(tanaka):
    page = signed_in(tanaka).get("/channels/?q=そんなものはない").content.decode()
    assert ("合うチャンネルがありませんでした" in page, 'href="/channels/proposals/new/"' in page) == (
        True,
        True,
    )


def test_a_listed_group_shows_its_card_to_its_region_only(tanaka):
    group = Channel.objects.filter(slug="himitsu")
    assert group.count() == 1
    group.update(listed_at=timezone.now(), prefecture_code="39", purpose="準備の場")
    page = signed_in(tanaka).get("/channels/?show=private").content.decode()
    assert 'href="/channels/himitsu/entreaty/"' in page
    assert 'href="/channels/himitsu/"' not in page
    assert names(person("yamamoto"), "?show=private") == [("業務改革", ["ひみつの会"])]
    assert names(person("ito"), "?show=private") == []
    assert signed_in(tanaka).get("/channels/himitsu/").status_code == 404
    group.update(prefecture_code="")
    assert names(person("hasegawa"), "?show=private") == [("業務改革", ["ひみつの会"])]


def test_the_buttons_of_a_row(tanaka):
    client = signed_in(tanaka)
    memberships.set_favourite(tanaka, Channel.objects.get(slug="madoguchi-dx"), on=True)

    def values(slug: str) -> list[str]:
        page = client.get(ADDRESS).content.decode().split("</h1>")[1]
        row = next(row for row in page.split("<tr id=")[1:] if f'href="/channels/{slug}/"' in row)
        return [part.split('"')[0] for part in row.split('name="deed" value="')[1:]]

    assert values("madoguchi-dx") == ["unfavourite", "leave"]
    assert values("zeimu") == ["join"]


def test_queries_are_the_same_for_few_and_for_140_channels(tanaka):
    client = signed_in(tanaka)
    few = queries_of(client, ADDRESS)
    for number in range(134):
        open_channel(None, slug=f"t-{number}", name=f"話題{number}", kind="topic", purpose="話す")
    assert queries_of(client, ADDRESS) == few
    assert client.get(ADDRESS).context["total"] == 140


def test_the_directory_is_for_members(tanaka):
    assert_asks_to_sign_in(ADDRESS)
    assert_only("get", ADDRESS, tanaka)
    assert Client().get(ADDRESS).status_code == 302


# -- the line


def test_weeks_count_posts_and_replies_but_not_removed_ones(tanaka):
    channel = Channel.objects.get(slug="madoguchi-dx")
    root = factories.post(tanaka, channel)
    factories.post(tanaka, channel, root=root)
    gone = factories.post(tanaka, channel)
    old = factories.post(tanaka, channel)
    Post.objects.filter(pk=old.pk).update(posted_at=timezone.now() - timedelta(weeks=9))
    activity.count_weeks()
    counted = {"channel": channel.pk, "week_on": weeks()[-1]}
    assert list(Activity.objects.values("channel", "week_on", "posts")) == [counted | {"posts": 3}]
    remove_post(tanaka, gone)
    activity.count_weeks()
    assert list(Activity.objects.values("channel", "week_on", "posts")) == [counted | {"posts": 2}]


def test_the_line_is_drawn_and_said_in_words(tanaka):
    channel = Channel.objects.get(slug="madoguchi-dx")
    for week, posts in zip(weeks(), (0, 2, 4, 0, 0, 0, 0, 1), strict=True):
        Activity.objects.create(channel=channel, week_on=week, posts=posts)
    row = next(row for row in directory.rows_for(tanaka) if row.channel == channel)
    assert row.face.line == "M1 25.0L17 13.5L32 2.0L48 25.0L64 25.0L80 25.0L95 25.0L111 19.2"
    page = signed_in(tanaka).get("/channels/?show=mine").content.decode()
    assert "この8週の投稿：0件、2件、4件、0件、0件、0件、0件、1件" in page
    assert ('<span class="ky-dir__unit">今週</span>1件' in page, "style=" in page) == (True, False)


def test_a_channel_without_posts_has_a_flat_line():
    row = directory.Row(Channel(name="x"), stays.NONE, (0,) * 8, is_home=False)
    assert row.face.line.count("25.0") == 8


# -- regions, classes, newcomers


def test_there_are_62_core_cities_and_every_kind_of_body_has_its_class():
    kinds = Organisation.Kind
    bodies = [Organisation(kind=kind, code="032018" if kind == kinds.CITY else None) for kind in kinds]
    found = {body.kind: peer_class_of(body) for body in bodies}
    assert len(CORE_CITIES) == 62
    assert found == {
        kinds.PREFECTURE: "prefectures",
        kinds.DESIGNATED_CITY: "designated",
        kinds.SPECIAL_WARD: "wards",
        kinds.CITY: "core",
        kinds.TOWN: "towns",
        kinds.VILLAGE: "towns",
        kinds.AGENCY: "agencies",
        kinds.UNION: "",
        kinds.PUBLIC_ENTERPRISE: "",
    }
    assert peer_class_of(Organisation(kind=kinds.CITY, code="032034")) == "cities"


def test_regional_channels_are_opened_once_and_never_twice():
    factories.channel("kochi-no-heya", name="高知の部屋", kind="regional", prefecture_code="39")
    assert open_regional_channels() == 46 + 7
    assert open_regional_channels() == 0
    regional = Channel.objects.filter(kind="regional")
    assert (regional.filter(peer_class="").count(), regional.exclude(peer_class="").count()) == (47, 7)
    assert Channel.objects.get(prefecture_code="01").purpose == "北海道内の自治体と道の職員が話す場です。"
    assert LiveStream.objects.filter(kind="c").count() == 54
    assert {one.peer_class for one in regional} - {""} == {one.value for one in Channel.PeerClass}


def test_a_newcomer_is_admitted_to_their_prefecture_and_class_with_nothing_unread(tanaka):
    miura = person("miura", email="shinjin@example.lg.jp")
    open_regional_channels()
    everybody = factories.channel("minna", tanaka, name="みんな", by_default=True)
    factories.channel("heya", tanaka, name="閉じた部屋", kind="private", by_default=True)
    factories.post(tanaka, everybody)
    admit_to_default_channels(miura)
    joined = Membership.objects.current().filter(member=miura)
    assert sorted(joined.values_list("channel__name", flat=True)) == ["みんな", "中核市", "岩手県"]
    assert signed_in(miura).get("/home/").context["sidebar"].unread == 0


def test_offers_follow_the_section_and_leave_out_what_is_joined(tanaka):
    assert offers.slugs_for("税務課 収納係") == ["zeimu"]
    assert offers.slugs_for("秘書室") == []
    assert offers.slugs_for("ＤＸ推進課")[0] == "hitori-jousys"
    factories.channel("hyoujunka", name="標準化")
    factories.channel("rpa-gyoumu-kaizen", tanaka, name="RPA")
    assert [row.channel.slug for row in offers.to_newcomer(tanaka)] == ["hyoujunka"]
    assert "標準化" in signed_in(tanaka).get("/home/").content.decode().split('id="offers"')[1]
    Member.objects.update(joined_at=timezone.now() - timedelta(days=15))
    assert 'id="offers"' not in signed_in(tanaka).get("/home/").content.decode()
    page = signed_in(tanaka).get(ADDRESS).content.decode()
    assert "あなたの仕事に近いチャンネル" in page
    assert (
        "あなたの仕事に近いチャンネル" not in signed_in(tanaka).get("/channels/?show=topic").content.decode()
    )
