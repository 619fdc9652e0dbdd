"""The members' pages of organisations: the list by place, and the page of one."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions.members import suspend
from accounts.actions.organisation_changes import abolish, merge, rename
from accounts.actions.organisations import load_master
from accounts.models import Affiliation, EmailDomain, Member, Organisation
from channels_app.models import Channel
from tests import factories
from tests.channels_app.views.habits import assert_asks_to_sign_in, assert_only, signed_in
from tests.people import organisation, person

pytestmark = pytest.mark.django_db

INDEX = "/organisations/"
TOWN = "/organisations/394017/"


def listed(browser, **asked):
    return [row.full_name for row in browser.get(INDEX, asked).context["organisations"]]


def queries_of(browser, address, **asked):
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address, asked).status_code == 200
    return len(queries)


def colleagues(number):
    """That many members of 中土佐町."""
    made = Member.objects.bulk_create(
        Member(email=f"n{n}@example.lg.jp", name=f"職員 {n}", kana="しょくいん", password="!")
        for n in range(number)
    )
    facts = {"section": "総務課", "verified_at": timezone.now(), "valid_from": "2025-04-01"}
    Affiliation.objects.bulk_create(
        Affiliation(member=member, organisation=organisation("394017"), email=member.email, **facts)
        for member in made
    )


def test_the_list_begins_with_ones_own_prefecture():
    for slug in ("394017", "390003", "032018", "soumu.go.jp"):
        organisation(slug)
    assert listed(signed_in(person("tanaka"))) == ["高知県", "高知県 中土佐町"]
    assert listed(signed_in(person("ito"))) == ["総務省"]


def test_the_whole_master_is_listed_by_place_and_found_by_words():
    load_master()
    browser = signed_in(person("tanaka"))
    assert len(listed(browser, place="01")) == 180
    assert listed(browser, place="18")[:3] == ["福井県", "福井県 あわら市", "福井県 池田町"]
    assert listed(browser, q="府中市") == ["東京都 府中市", "広島県 府中市"]
    assert listed(browser, q="東京 府中") == ["東京都 府中市"]
    assert listed(browser, q="ナカトサ") == ["高知県 中土佐町"]
    assert listed(browser, q="394017") == ["高知県 中土佐町"]
    assert listed(browser, q="%") == []
    assert listed(browser, place="agencies", q="デジタル") == ["デジタル庁"]
    assert listed(browser, place="unions") == []
    assert browser.get(INDEX, {"place": "", "q": ""}).context["organisations"].paginator.count == 1828


@pytest.mark.parametrize(
    "asked", [{"place": "99"}, {"place": "39", "page": "x"}, {"q": "\0"}, {"q": "あ" * 200}]
)
def test_odd_questions_are_answered(asked):
    assert signed_in(person("tanaka")).get(INDEX, asked).status_code == 200


def test_the_list_counts_those_who_work_there_now():
    tanaka, oonishi = person("tanaka"), person("oonishi")
    colleagues(2)
    suspend(oonishi, Member.objects.get(email="n0@example.lg.jp"), reason="試験")
    rows = signed_in(tanaka).get(INDEX).context["organisations"]
    assert [(row.name, row.member_count) for row in rows] == [("中土佐町", 2)]


def test_the_list_and_the_page_cost_the_same_for_many():
    tanaka = signed_in(person("tanaka"))
    colleagues(30)
    few = [queries_of(tanaka, INDEX), queries_of(tanaka, TOWN), queries_of(tanaka, INDEX, q="町")]
    Organisation.objects.bulk_create(
        Organisation(slug=f"c{n:05}", kind="town", name=f"町{n}", kana="まち", prefecture_code="39")
        for n in range(3000)
    )
    Member.objects.filter(name__startswith="職員").update(helps_with="")
    many = [queries_of(tanaka, INDEX), queries_of(tanaka, TOWN), queries_of(tanaka, INDEX, q="町")]
    assert few == many


def test_the_page_of_a_large_organisation_is_divided():
    tanaka = signed_in(person("tanaka"))
    first = queries_of(tanaka, TOWN)
    colleagues(3000)
    page = tanaka.get(TOWN, {"page": 2}).context["members"]
    assert (page.paginator.count, len(page.object_list), page.number) == (3001, 50, 2)
    assert queries_of(tanaka, TOWN) == first


def test_the_page_shows_members_channels_and_history():
    tanaka, miura, oonishi = person("tanaka"), person("miura"), person("oonishi")
    kochi = {"kind": Channel.Kind.REGIONAL, "prefecture_code": "39"}
    factories.channel("chiiki-kochi", name="高知県", **kochi)
    factories.channel("chiiki-iwate", name="岩手県", kind=Channel.Kind.REGIONAL, prefecture_code="03")
    factories.channel("himitsu", miura, name="高知の相談", kind=Channel.Kind.PRIVATE, prefecture_code="39")
    rename(oonishi, organisation("394017"), name="新町", kana="しんまち", effective_on=timezone.localdate())
    plan = {"successor": organisation("032018"), "effective_on": timezone.localdate() + timedelta(days=9)}
    merge(oonishi, organisation("394017"), **plan)
    context = signed_in(tanaka).get(TOWN).context
    assert [card.member for card in context["members"]] == [tanaka]
    assert [channel.slug for channel in context["channels"]] == ["chiiki-kochi"]
    assert [change.sentence for change in context["changes"]] == ["「中土佐町」を「新町」に名称変更"]
    assert len(signed_in(oonishi).get(TOWN).context["changes"]) == 2


@pytest.mark.parametrize(("key", "seen"), [("tanaka", 0), ("hasegawa", 1), ("oonishi", 1)])
def test_domains_are_for_those_who_decide(key, seen):
    EmailDomain.objects.create(
        organisation=organisation("394017"),
        domain="nakatosa.example.jp",
        kind="exception",
        evidence="電話で確認",
    )
    answer = signed_in(person(key)).get(TOWN)
    assert len(answer.context["domains"]) == seen
    assert ("nakatosa.example.jp" in answer.text, "電話で確認" in answer.text) == (bool(seen), bool(seen))


def test_a_merged_town_leaves_the_list_and_keeps_its_page():
    tanaka, oonishi = person("tanaka"), person("oonishi")
    facts = {"successor": organisation("390003"), "effective_on": timezone.localdate()}
    merge(oonishi, organisation("394017"), **facts)
    browser = signed_in(tanaka)
    assert listed(browser, place="39") == ["高知県"]
    assert listed(browser, q="中土佐") == ["高知県 中土佐町"]
    town = Organisation.objects.get(slug="394017")
    answer = browser.get(TOWN)
    assert town.fate.endswith("に高知県へ合併")
    assert (town.fate in answer.text, len(answer.context["members"])) == (True, 0)
    after = browser.get("/organisations/390003/")
    assert [row.slug for row in after.context["predecessors"]] == ["394017"]
    assert [change.organisation for change in after.context["changes"]] == [town]
    assert '<p class="ky-life__what">高知県 中土佐町が合併</p>' in after.text
    assert "高知県へ合併" not in after.text


def test_an_abolished_town_is_not_offered_to_applicants():
    abolish(person("oonishi"), organisation("394017"), effective_on=timezone.localdate())
    assert list(Organisation.objects.existing().of_prefecture("39")) == []


@pytest.mark.parametrize("address", [INDEX, TOWN])
def test_pages_are_for_members(address):
    tanaka, oonishi = person("tanaka"), person("oonishi")
    assert_asks_to_sign_in(address)
    assert_only("get", address, tanaka)
    browser = signed_in(tanaka)
    suspend(oonishi, tanaka, reason="試験")
    assert browser.get(address).status_code == 302


@pytest.mark.parametrize("slug", ["999999", "a.go.jp", "x", "中土佐町"])
def test_an_unknown_organisation_is_not_found(slug):
    assert signed_in(person("tanaka")).get(f"/organisations/{slug}/").status_code == 404
