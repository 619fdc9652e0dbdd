"""Commissioning ambassadors at the desk, and ending a term early."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions.ambassadors import appoint, end_term
from accounts.actions.refusals import Refused
from accounts.forms.ambassadors import year_after
from accounts.models import Ambassador, AuditEntry
from tests.people import person

pytestmark = pytest.mark.django_db

INDEX, APPOINT = "/secretariat/ambassadors/", "/secretariat/ambassadors/appointment/?q=田中"


def logged_in(member) -> Client:
    browser = Client()
    browser.force_login(member)
    return browser


def term_of(member, begin="2026-07-01", end="2027-06-30", prefecture="39") -> Ambassador:
    facts = {"prefecture_code": prefecture, "valid_from": begin, "valid_to": end}
    return Ambassador.objects.create(member=member, **facts)


def spans() -> list[tuple]:
    rows = Ambassador.objects.order_by("pk").values_list("prefecture_code", "valid_from", "valid_to")
    return [(code, str(begin), str(end)) for code, begin, end in rows]


def test_a_member_is_found_and_commissioned_for_a_year():
    tanaka, miura, oonishi = person("tanaka"), person("miura"), person("oonishi")
    desk = logged_in(oonishi)
    page = desk.get(APPOINT)
    assert [member.name for member in page.context["candidates"]] == ["田中 里奈"]
    wanted = {"member": tanaka.pk, "prefecture": "39", "valid_from": "2026-07-01"}
    assert desk.post(APPOINT, wanted).url == INDEX
    term = Ambassador.objects.get()
    assert (term.member, term.appointed_by, spans()) == (
        tanaka,
        oonishi,
        [("39", "2026-07-01", "2027-06-30")],
    )
    entry = AuditEntry.objects.get(deed="ambassador.appointed")
    told = {"member": tanaka.pk, "prefecture": "39", "from": "2026-07-01", "to": "2027-06-30"}
    assert (entry.actor, entry.noun_id, entry.detail) == (oonishi, term.pk, told)
    listed = desk.get(INDEX).content.decode()
    assert ("高知県" in listed, "田中 里奈" in listed, "三浦" in listed) == (True, True, False)
    profile = logged_in(miura).get(f"/members/{tanaka.pk}/").content.decode()
    assert ("アンバサダー" in profile, "2027年6月30日まで" in profile) == (True, True)


@pytest.mark.parametrize(
    ("begin", "end"),
    [("2026-07-01", "2027-06-30"), ("2028-02-29", "2029-02-28"), ("2027-03-01", "2028-02-29")],
)
def test_a_year_ends_on_the_eve_of_its_anniversary(begin, end):
    assert year_after(date.fromisoformat(begin)) == date.fromisoformat(end)


def test_the_badge_shows_within_the_term_only():
    today, day = timezone.localdate(), timedelta(days=1)
    people = [person(key) for key in ("tanaka", "miura", "yamamoto", "ito")]
    terms = [(today, today), (today - day, today - day), (today + day, today + day), (today, None)]
    for member, (begin, end) in zip(people, terms, strict=True):
        term_of(member, begin, end)
    lines = logged_in(people[0]).get("/members/").context["members"]
    wearing = {line.name for line in lines if ("ambassador", "アンバサダー") in line.badges}
    assert wearing == {"田中 里奈", "伊藤 大輔"}


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"member": ""}, "member"),
        ({"member": "999999"}, "member"),
        ({"member": "x"}, "member"),
        ({"prefecture": "99"}, "prefecture"),
        ({"prefecture": ""}, "prefecture"),
        ({"valid_from": ""}, "valid_from"),
        ({"valid_from": "2026-02-30"}, "valid_from"),
        ({"valid_to": "2026-06-30"}, "valid_to"),
        ({"valid_to": "2028-07-01"}, "valid_to"),
        ({"valid_from": "9999-12-31", "valid_to": ""}, "valid_from"),
    ],
)
def test_bad_input_is_told_beside_its_field(wanted, field):
    tanaka = person("tanaka")
    whole = {"member": tanaka.pk, "prefecture": "39", "valid_from": "2026-07-01", "valid_to": "2027-06-30"}
    answer = logged_in(person("oonishi")).post(APPOINT, whole | wanted)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert Ambassador.objects.count() == 0


def test_a_member_outside_the_search_is_not_a_choice():
    miura = person("miura")
    wanted = {"member": miura.pk, "prefecture": "03", "valid_from": "2026-07-01"}
    assert logged_in(person("oonishi")).post(APPOINT, wanted).status_code == 422
    assert Ambassador.objects.count() == 0


def test_terms_of_one_region_do_not_overlap():
    tanaka, oonishi = person("tanaka"), person("oonishi")
    term_of(tanaka)
    desk = logged_in(oonishi)
    wanted = {"member": tanaka.pk, "prefecture": "39", "valid_from": "2027-06-30"}
    answer = desk.post(APPOINT, wanted)
    assert (answer.status_code, "重なる任期" in answer.content.decode()) == (422, True)
    assert desk.post(APPOINT, wanted | {"valid_from": "2027-07-01"}).url == INDEX
    assert desk.post(APPOINT, wanted | {"prefecture": "36"}).url == INDEX
    assert Ambassador.objects.count() == 3


def test_a_term_ends_early():
    tanaka, oonishi = person("tanaka"), person("oonishi")
    term, desk = term_of(tanaka), logged_in(oonishi)
    address = f"/secretariat/ambassadors/{term.pk}/end/"
    assert desk.get(address).status_code == 200
    for _ in range(2):
        assert desk.post(address, {"on": "2026-12-31"}).url == INDEX
    assert spans() == [("39", "2026-07-01", "2026-12-31")]
    entry = AuditEntry.objects.get(deed="ambassador.ended")
    assert entry.detail == {"member": tanaka.pk, "on": "2026-12-31"}
    assert desk.post(address, {"on": "soon"}).status_code == 422


def test_a_term_that_would_end_before_it_began_is_withdrawn():
    term = term_of(person("tanaka"))
    assert end_term(person("oonishi"), term, on=date(2026, 6, 30)) is True
    assert Ambassador.objects.count() == 0


@pytest.mark.parametrize("key", ["miura", "hasegawa"])
def test_others_see_and_do_nothing_here(key):
    tanaka, other = person("tanaka"), person(key)
    term, browser = term_of(tanaka), logged_in(other)
    addresses = (INDEX, APPOINT, f"/secretariat/ambassadors/{term.pk}/end/")
    assert [browser.get(address).status_code for address in addresses] == [404, 404, 404]
    assert [browser.post(address).status_code for address in addresses[1:]] == [404, 404]
    with pytest.raises(Refused):
        appoint(other, tanaka, prefecture_code="36", valid_from=date(2026, 7, 1), valid_to=date(2027, 6, 30))
    with pytest.raises(Refused):
        end_term(other, term, on=date(2026, 8, 1))
    assert (spans(), AuditEntry.objects.filter(noun="ambassador").count()) == (
        [("39", "2026-07-01", "2027-06-30")],
        0,
    )


@pytest.mark.parametrize("field", ["suspended_at", "departed_at"])
def test_who_is_not_here_is_not_commissioned(field):
    tanaka = person("tanaka", **{field: timezone.now()})
    oonishi = person("oonishi")
    assert list(logged_in(oonishi).get(APPOINT).context["candidates"]) == []
    with pytest.raises(Refused):
        appoint(
            oonishi, tanaka, prefecture_code="39", valid_from=date(2026, 7, 1), valid_to=date(2027, 6, 30)
        )


def test_addresses_take_what_they_should(client):
    desk = logged_in(person("oonishi"))
    assert client.get(INDEX).url == f"/accounts/login/?next={INDEX}"
    assert (desk.post(INDEX).status_code, desk.get(f"{INDEX}999999/end/").status_code) == (405, 404)


def test_the_list_costs_the_same_for_one_and_thirty(django_assert_num_queries):
    desk = logged_in(person("oonishi"))
    term_of(person("tanaka"))
    desk.get(INDEX)
    with django_assert_num_queries(4):
        desk.get(INDEX)
    miura = person("miura")
    for number in range(29):
        term_of(miura, f"{1990 + number}-07-01", f"{1991 + number}-06-30", "03")
    with django_assert_num_queries(4):
        assert len(desk.get(INDEX).context["terms"]) == 30
