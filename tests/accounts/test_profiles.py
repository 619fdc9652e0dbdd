"""What members tell about themselves, moving within an organisation, and names."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions.affiliations import change_section
from accounts.actions.profiles import edit_profile, rename
from accounts.actions.refusals import Refused
from accounts.models import AuditEntry, DirectoryRow, Member
from channels_app.models import LiveEvent, Post
from tests import factories
from tests.jobs import run_jobs
from tests.people import person

pytestmark = pytest.mark.django_db

OWN, EDIT, SECTION = "/members/me/", "/members/me/edit/", "/members/me/section/"
TEXTS = {"introduction": "窓口に8年いました。", "helps_with": "RPA、住民記録"}


def logged_in(member) -> Client:
    browser = Client()
    browser.force_login(member)
    return browser


def found(browser, words: str) -> list[str]:
    return [line.name for line in browser.get("/members/", {"q": words}).context["members"]]


def changes(member) -> int:
    return LiveEvent.objects.filter(kind=LiveEvent.Kind.MEMBER_CHANGED, obj_id=member.pk).count()


def test_the_short_way_leads_to_ones_own_page():
    tanaka = person("tanaka")
    browser = logged_in(tanaka)
    assert browser.get(OWN).url == f"/members/{tanaka.pk}/"
    page = browser.get(OWN, follow=True).content.decode()
    assert (EDIT in page, SECTION in page) == (True, True)
    other = logged_in(person("miura")).get(f"/members/{tanaka.pk}/").content.decode()
    assert SECTION not in other


@pytest.mark.parametrize("address", [OWN, EDIT, SECTION])
def test_strangers_are_sent_to_the_login(client, address):
    assert client.get(address).url == f"/accounts/login/?next={address}"


def test_a_profile_is_written_and_found():
    tanaka, miura = person("tanaka"), person("miura")
    browser = logged_in(tanaka)
    typed = {"introduction": "窓口に8年\r\nいました。", "helps_with": "ＲＰＡ, 住民記録 ，RPA、 、外字"}
    assert browser.post(EDIT, typed).url == f"/members/{tanaka.pk}/"
    tanaka.refresh_from_db()
    assert (tanaka.introduction, tanaka.helps_with) == ("窓口に8年\nいました。", "RPA、住民記録、外字")
    assert tanaka.expertise == ["RPA", "住民記録", "外字"]
    others = logged_in(miura)
    assert [found(others, word) for word in ("ｒｐａ", "外字 総務課", "外字 盛岡")] == [
        ["田中 里奈"],
        ["田中 里奈"],
        [],
    ]
    page = others.get(f"/members/{tanaka.pk}/").content.decode()
    assert 'href="/members/?q=%E5%A4%96%E5%AD%97"' in page
    assert changes(tanaka) == 0
    browser.post(EDIT, {"introduction": "", "helps_with": ""})
    assert found(others, "外字") == []


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"introduction": "あ" * 401}, "introduction"),
        ({"introduction": "あ" * 65_536}, "introduction"),
        ({"introduction": "a\x00b"}, "introduction"),
        ({"helps_with": "あ" * 31}, "helps_with"),
        ({"helps_with": "、".join(map(str, range(13)))}, "helps_with"),
        ({"helps_with": "あ、" * 101}, "helps_with"),
    ],
)
def test_a_bad_profile_is_told_and_changes_nothing(typed, field):
    tanaka = person("tanaka", **TEXTS)
    answer = logged_in(tanaka).post(EDIT, TEXTS | typed)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    tanaka.refresh_from_db()
    assert {name: getattr(tanaka, name) for name in TEXTS} == TEXTS


def test_script_in_a_profile_stays_text():
    tanaka = person("tanaka")
    edit_profile(tanaka, introduction="<script>alert(1)</script>", helps_with="<b>x</b>")
    for page in (f"/members/{tanaka.pk}/", "/members/", EDIT):
        html = logged_in(tanaka).get(page).content.decode()
        assert ("<script>alert" in html, "<b>x</b>" in html) == (False, False)


def test_a_new_section_begins_today_and_posts_keep_the_old_one():
    tanaka = person("tanaka")
    earlier = factories.post(tanaka, factories.channel("bousai", tanaka))
    browser = logged_in(tanaka)
    assert 'value="総務課"' in browser.get(SECTION).content.decode()
    assert (
        browser.post(SECTION, {"section": "税務課　資産税係", "title": "係長"}).url
        == f"/members/{tanaka.pk}/"
    )
    today = timezone.localdate()
    rows = tanaka.affiliations.order_by("valid_from").values_list(
        "section", "title", "valid_from", "valid_to"
    )
    assert list(rows) == [
        ("総務課", "", date(2025, 4, 1), today - timedelta(days=1)),
        ("税務課 資産税係", "係長", today, None),
    ]
    later = factories.post(Member.objects.get(pk=tanaka.pk), earlier.channel)
    sections = [Post.objects.get(pk=post.pk).affiliation.section for post in (earlier, later)]
    assert sections == ["総務課", "税務課 資産税係"]
    assert [found(browser, word) for word in ("総務課", "資産税係")] == [[], ["田中 里奈"]]


def test_a_section_changed_twice_in_a_day_never_ends_before_it_began():
    tanaka = person("tanaka")
    change_section(tanaka, section="税務課", title="")
    change_section(tanaka, section="福祉課", title="")
    today = timezone.localdate()
    spans = tanaka.affiliations.order_by("pk").values_list("valid_from", "valid_to")
    assert list(spans)[1:] == [(today, today), (today, None)]


def test_the_same_section_changes_nothing():
    tanaka = person("tanaka")
    before = tanaka.affiliation
    assert change_section(tanaka, section="総務課", title="") == before
    assert (tanaka.affiliations.count(), tanaka.affiliations.get().valid_to) == (1, None)


@pytest.mark.parametrize(
    "typed", [{"section": "　"}, {"section": "課" * 81}, {"section": "課", "title": "長" * 41}]
)
def test_a_bad_section_is_told_and_changes_nothing(typed):
    tanaka = person("tanaka")
    answer = logged_in(tanaka).post(SECTION, typed)
    assert (answer.status_code, len(answer.context["form"].errors)) == (422, 1)
    assert tanaka.affiliations.get().section == "総務課"


def test_without_an_affiliation_there_is_no_section_to_change():
    tanaka = person("tanaka")
    tanaka.affiliations.update(valid_to="2026-03-31")
    browser = logged_in(tanaka)
    assert browser.get(SECTION).status_code == 200
    answer = browser.post(SECTION, {"section": "税務課"})
    assert (answer.status_code, "いまの所属がない" in answer.content.decode()) == (422, True)
    assert tanaka.affiliations.count() == 1


def test_the_secretariat_changes_a_name_and_every_post_shows_it():
    tanaka, oonishi = person("tanaka"), person("oonishi")
    post = factories.post(tanaka, factories.channel("bousai", tanaka))
    run_jobs()
    desk = logged_in(oonishi)
    assert "田中 里奈" in desk.get(f"/channels/{post.channel.slug}/").content.decode()
    answer = desk.post(f"/members/{tanaka.pk}/name/", {"name": "黒田　里奈", "kana": "クロダ リナ"})
    assert answer.url == f"/members/{tanaka.pk}/"
    tanaka.refresh_from_db()
    assert (tanaka.name, tanaka.kana, changes(tanaka)) == ("黒田 里奈", "くろだ りな", 1)
    entry = AuditEntry.objects.get(deed="member.renamed")
    assert (entry.actor, entry.noun_id, entry.detail) == (
        oonishi,
        tanaka.pk,
        {"before": "田中 里奈", "after": "黒田 里奈"},
    )
    assert run_jobs() == ["redraw_posts_of"]
    page = desk.get(f"/channels/{post.channel.slug}/").content.decode()
    assert ("黒田 里奈" in page, "田中 里奈" in page) == (True, False)
    assert (found(desk, "くろだ"), found(desk, "たなか")) == (["黒田 里奈"], [])


def test_the_same_name_again_changes_nothing():
    tanaka, oonishi = person("tanaka"), person("oonishi")
    assert rename(oonishi, tanaka, name=tanaka.name, kana=tanaka.kana) is False
    assert (AuditEntry.objects.filter(deed="member.renamed").count(), changes(tanaka)) == (0, 0)


@pytest.mark.parametrize(
    "typed", [{"name": "黒田", "kana": "くろだ りな"}, {"name": "黒田 里奈", "kana": "kuroda rina"}, {}]
)
def test_a_bad_name_is_told_beside_its_field(typed):
    tanaka = person("tanaka")
    answer = logged_in(person("oonishi")).post(f"/members/{tanaka.pk}/name/", typed)
    assert (answer.status_code, bool(answer.context["desk"]["name"].errors)) == (422, True)
    assert Member.objects.get(pk=tanaka.pk).name == "田中 里奈"


@pytest.mark.parametrize("key", ["miura", "hasegawa", "tanaka"])
def test_only_the_secretariat_changes_names(key):
    tanaka = person("tanaka")
    other = tanaka if key == "tanaka" else person(key)
    wanted = {"name": "黒田 里奈", "kana": "くろだ りな"}
    assert logged_in(other).post(f"/members/{tanaka.pk}/name/", wanted).status_code == 404
    with pytest.raises(Refused):
        rename(other, tanaka, **wanted)
    assert Member.objects.get(pk=tanaka.pk).name == "田中 里奈"


def test_deeds_of_the_desk_are_posts_about_members_that_exist():
    tanaka, desk = person("tanaka"), logged_in(person("oonishi"))
    for deed in ("name", "role"):
        assert desk.get(f"/members/{tanaka.pk}/{deed}/").status_code == 405
        assert [desk.post(f"/members/{bad}/{deed}/").status_code for bad in (0, 999_999)] == [404, 404]


def test_search_rows_follow_a_member():
    tanaka = person("tanaka", helps_with="ＲＰＡ")
    assert DirectoryRow.objects.get(member=tanaka).text.split("\n")[:3] == ["田中里奈", "たなかりな", "rpa"]
