"""Favourites, mutes and own headings: what a member sets for their own list."""

import pytest

from accounts.models import Member
from channels_app.actions import memberships, sections
from channels_app.actions.refusals import Refused
from channels_app.models import Channel, LiveEvent, Membership, Section
from channels_app.views import shell
from tests import factories
from tests.channels_app.views.habits import JSON, assert_asks_to_sign_in, assert_only, signed_in
from tests.people import person

pytestmark = pytest.mark.django_db
PAGE = "/channels/arrangement/"


@pytest.fixture
def tanaka():
    """In three channels; miura is in one of them and has a heading of their own."""
    member, miura = person("tanaka"), person("miura")
    factories.channel("madoguchi-dx", member, miura, name="窓口DX")
    factories.channel("zeimu", member, name="税務")
    factories.channel("zatsudan", member, name="雑談", kind="casual")
    sections.create_section(miura, name="三浦の見出し")
    return member


def channel(slug: str) -> Channel:
    return Channel.objects.get(slug=slug)


def shown(member) -> list[tuple[str, list[str]]]:
    rows = shell.sidebar_of(member).sections
    return [(row["label"], [one.name for one in row["channels"]]) for row in rows]


def told(member) -> int:
    """How many events the member's own screens have heard about their list."""
    kind = LiveEvent.Kind.MEMBERSHIP_CHANGED
    return LiveEvent.objects.filter(kind=kind, stream__kind="u", stream__ref_id=member.pk).count()


def test_favourites_stand_first_then_own_headings_then_kinds(tanaka):
    memberships.set_favourite(tanaka, channel("zatsudan"), on=True)
    later, sooner = (sections.create_section(tanaka, name=name) for name in ("見るだけ", "今週の担当"))
    memberships.place(tanaka, channel("zeimu"), section=later)
    assert shown(tanaka) == [
        ("お気に入り", ["雑談"]),
        ("見るだけ", ["税務"]),
        ("参加チャンネル（テーマ）", ["窓口DX"]),
    ]
    memberships.place(tanaka, channel("madoguchi-dx"), section=sooner)
    sections.move_section(tanaka, sooner, by=-1)
    assert [label for label, _ in shown(tanaka)] == ["お気に入り", "今週の担当", "見るだけ"]
    sections.delete_section(tanaka, later)
    assert shown(tanaka)[-1] == ("参加チャンネル（テーマ）", ["税務"])


def test_the_list_costs_one_query_whatever_is_set(tanaka, django_assert_num_queries):
    section = sections.create_section(tanaka, name="担当")
    with django_assert_num_queries(1):
        shell.sidebar_of(tanaka)
    for number in range(30):
        made = factories.channel(f"t-{number}", tanaka, name=f"話題{number}")
        memberships.place(tanaka, made, section=section)
    with django_assert_num_queries(1):
        assert len(shell.sidebar_of(tanaka).channels) == 33


def test_a_muted_channel_has_no_unread_number_and_says_so(tanaka):
    miura = Member.objects.get(name="三浦 健太")
    factories.post(miura, channel("madoguchi-dx"))
    client = signed_in(tanaka)

    def row() -> str:
        page = client.get("/channels/zeimu/").content.decode()
        return page.split('href="/channels/madoguchi-dx/"')[1].split("</a>")[0]

    assert ('data-unread="1"' in row(), "ミュート中" in row()) == (True, False)
    client.post("/channels/madoguchi-dx/membership/", {"deed": "mute"})
    assert ('data-unread="0"' in row(), "ミュート中" in row(), "data-muted" in row()) == (True, True, True)
    sidebar = client.get("/home/").context["sidebar"]
    assert sidebar.unread == 0
    client.post("/channels/madoguchi-dx/membership/", {"deed": "unmute"})
    assert 'data-unread="1"' in row()


def test_each_deed_is_told_to_the_own_screens_once(tanaka):
    before, others = told(tanaka), told(Member.objects.get(name="三浦 健太"))
    for _ in range(2):
        memberships.set_favourite(tanaka, channel("zeimu"), on=True)
        memberships.set_muted(tanaka, channel("zeimu"), on=True)
        memberships.set_level(tanaka, channel("zeimu"), level="all")
    assert told(tanaka) == before + 3
    assert told(Member.objects.get(name="三浦 健太")) == others
    section = sections.create_section(tanaka, name="担当")
    sections.rename_section(tanaka, section, name="担当")
    sections.move_section(tanaka, section, by=1)
    assert told(tanaka) == before + 4


def test_settings_are_for_those_who_are_in(tanaka):
    outsider = person("yamamoto")
    for deed in (memberships.set_favourite, memberships.set_muted):
        with pytest.raises(Refused):
            deed(outsider, channel("zeimu"), on=True)
    assert Membership.objects.filter(favourite_at=None, muted_at=None).count() == 4


def test_headings_are_ones_own_and_named_once(tanaka):
    foreign = Section.objects.get(name="三浦の見出し")
    for deed in (
        lambda: sections.rename_section(tanaka, foreign, name="x"),
        lambda: sections.delete_section(tanaka, foreign),
        lambda: sections.move_section(tanaka, foreign, by=1),
        lambda: memberships.place(tanaka, channel("zeimu"), section=foreign),
    ):
        with pytest.raises(Refused):
            deed()
    sections.create_section(tanaka, name="担当")
    with pytest.raises(Refused, match="同じ名前"):
        sections.create_section(tanaka, name="担当")
    assert list(Section.objects.values_list("name", flat=True)) == ["三浦の見出し", "担当"]


def test_twenty_headings_are_the_most(tanaka):
    for number in range(sections.MOST):
        sections.create_section(tanaka, name=f"見出し{number}")
    with pytest.raises(Refused, match="20個まで"):
        sections.create_section(tanaka, name="もうひとつ")


# -- the page


def test_the_page_makes_renames_orders_and_deletes(tanaka):
    client = signed_in(tanaka)
    for name in ("担当", "見るだけ"):
        assert client.post(PAGE, {"name": name})["Location"] == PAGE
    first, second = Section.objects.visible_to(tanaka)
    client.post(f"{PAGE}{first.pk}/", {"deed": "down"})
    client.post(f"{PAGE}{first.pk}/", {"name": "今週"})
    assert [one.name for one in Section.objects.visible_to(tanaka)] == ["見るだけ", "今週"]
    place = {"channel": channel("zeimu").pk, "section": second.pk}
    assert client.post(f"{PAGE}places/", place)["Location"] == f"{PAGE}#row-{channel('zeimu').pk}"
    assert ("見るだけ", ["税務"]) in shown(tanaka)
    assert f'<option value="{second.pk}" selected>見るだけ' in client.get(PAGE).content.decode()
    client.post(f"{PAGE}places/", place | {"section": ""})
    client.post(f"{PAGE}{second.pk}/", {"deed": "delete"})
    assert [one.name for one in Section.objects.visible_to(tanaka)] == ["今週"]


def test_bad_names_stand_beside_the_field_and_change_nothing(tanaka):
    client = signed_in(tanaka)
    section = sections.create_section(tanaka, name="担当")
    for address, name, sentence in (
        (PAGE, "", "見出しの名前を入力してください。"),
        (PAGE, "担当", "同じ名前の見出しがあります。"),
        (PAGE, "あ" * 21, "20文字までで書いてください。"),
        (f"{PAGE}{section.pk}/", "あ" * 21, "20文字までで書いてください。"),
    ):
        answer = client.post(address, {"name": name})
        assert answer.status_code in {403, 422}
        assert sentence in answer.content.decode()
        assert f'value="{name}"' in answer.content.decode() or not name
    assert [one.name for one in Section.objects.visible_to(tanaka)] == ["担当"]


def test_the_page_shows_and_changes_nobody_elses(tanaka):
    foreign = Section.objects.get(name="三浦の見出し")
    client = signed_in(tanaka)
    assert "三浦の見出し" not in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}{foreign.pk}/", {"deed": "delete"}).status_code == 404
    place = {"channel": channel("zeimu").pk, "section": foreign.pk}
    assert client.post(f"{PAGE}places/", place).status_code == 404
    not_mine = factories.channel("yoso", name="よそ")
    for number in (not_mine.pk, "x", "", 10**18):
        assert client.post(f"{PAGE}places/", {"channel": number, "section": ""}).status_code == 404
    assert Section.objects.count() == 1


def test_the_page_is_for_members(tanaka):
    assert_asks_to_sign_in(PAGE)
    assert_only("post", f"{PAGE}places/", tanaka)


# -- the settings of one channel


def test_settings_set_all_four(tanaka):
    section = sections.create_section(tanaka, name="担当")
    client = signed_in(tanaka)
    wanted = {"favourite": "on", "muted": "on", "level": "none", "section": section.pk}
    assert client.post("/channels/zeimu/settings/", wanted)["Location"] == "/channels/zeimu/"
    stay = Membership.objects.get(member=tanaka, channel__slug="zeimu")
    assert (bool(stay.favourite_at), bool(stay.muted_at), stay.level, stay.section) == (
        True,
        True,
        "none",
        section,
    )
    assert "checked" in client.get("/channels/zeimu/settings/").content.decode()
    client.post("/channels/zeimu/settings/", {"level": "mentions"})
    stay.refresh_from_db()
    assert (stay.favourite_at, stay.muted_at, stay.level, stay.section) == (None, None, "mentions", None)


def test_settings_refuse_what_is_not_there(tanaka):
    foreign = Section.objects.get(name="三浦の見出し")
    for typed in ({"level": "nai"}, {}, {"level": "all", "section": foreign.pk}):
        assert signed_in(tanaka).post("/channels/zeimu/settings/", typed).status_code == 422
    assert signed_in(person("yamamoto")).get("/channels/zeimu/settings/").status_code == 404
    assert_asks_to_sign_in("/channels/zeimu/settings/")
    assert Membership.objects.exclude(level="mentions").count() == 0


def test_favourite_and_mute_by_script(tanaka):
    answer = signed_in(tanaka).post("/channels/zeimu/membership/", {"deed": "favourite"}, **JSON)
    assert answer.json() == {"joined": True}
    assert (
        signed_in(person("ito")).post("/channels/zeimu/membership/", {"deed": "mute"}, **JSON).status_code
        == 403
    )
