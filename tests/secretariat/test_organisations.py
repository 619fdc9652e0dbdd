"""The desk's pages of organisations: who may, what is refused, what is told."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions.organisation_changes import abolish
from accounts.models import AuditEntry, EmailDomain, Organisation, OrganisationChange
from tests.channels_app.views.habits import assert_asks_to_sign_in, signed_in
from tests.people import organisation, person

pytestmark = pytest.mark.django_db

DESK = "/secretariat/organisations/"
TOWN = f"{DESK}394017/"
NEW = {
    "kind": "union",
    "code": "398012",
    "name": "高幡消防組合",
    "kana": "コウバンショウボウクミアイ",
    "effective_on": "2026-04-01",
    "evidence": "県の告示",
}


def day(number=0):
    return (timezone.localdate() + timedelta(days=number)).isoformat()


def renaming(**changes):
    return {"name": "新町", "kana": "しんまち", "effective_on": day(), "evidence": "官報"} | changes


def merger(**changes):
    return {"successor": "390003", "effective_on": day(), "evidence": "官報", "sure": "on"} | changes


def domain(**changes):
    facts = {"domain": "town.nakatosa.example.jp", "kind": "exception", "evidence": "電話で確認"}
    return facts | {"expires_on": day(300)} | changes


DEEDS = {
    "renaming/": renaming(),
    "correction/": {"name": "中土左町", "kana": "なかとさちょう", "evidence": "誤記"},
    "merger/": merger(),
    "abolition/": {"effective_on": day(), "evidence": "官報", "sure": "on"},
    "domains/": domain(),
}


@pytest.fixture
def desk():
    organisation("394017")
    organisation("390003")
    return signed_in(person("oonishi"))


def town():
    return Organisation.objects.get(slug="394017")


def untouched():
    fresh = town()
    rows = (
        OrganisationChange.objects.count(),
        EmailDomain.objects.count(),
        AuditEntry.objects.filter(deed__startswith="organisation").count(),
    )
    return (fresh.name, fresh.valid_to, *rows) == ("中土佐町", None, 0, 0, 0)


def test_a_union_is_registered(desk):
    answer = desk.post(f"{DESK}new/", NEW)
    assert (answer.status_code, answer.url) == (302, f"{DESK}398012/")
    union = Organisation.objects.get(slug="398012")
    assert (union.kind, union.kana, union.prefecture_code) == ("union", "こうばんしょうぼうくみあい", "39")
    again = desk.post(f"{DESK}new/", NEW)
    assert (again.status_code, "すでに高知県 高幡消防組合" in again.text) == (422, True)
    assert Organisation.objects.filter(kind="union").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "398013"),
        ("code", "98012"),
        ("code", ""),
        ("kana", "高幡"),
        ("name", " \u200b"),
        ("kind", "city"),
        ("effective_on", "4月1日"),
        ("effective_on", ""),
        ("evidence", ""),
    ],
)
def test_bad_input_is_told_beside_the_field_and_keeps_what_was_typed(desk, field, value):
    answer = desk.post(f"{DESK}new/", NEW | {field: value})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert f'id="id_{field}_error"' in answer.text
    assert field == "evidence" or "県の告示" in answer.text
    assert not Organisation.objects.filter(kind="union").exists()


def test_an_empty_form_is_told_about_every_field(desk):
    assert desk.post(f"{DESK}new/", {}).status_code == 422


@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_is_done_once(desk, deed):
    answer = desk.post(TOWN + deed, DEEDS[deed])
    assert (answer.status_code, answer.url) == (302, TOWN)
    notes = (OrganisationChange.objects.count(), EmailDomain.objects.count())
    assert desk.post(TOWN + deed, DEEDS[deed]).status_code == 422
    assert (OrganisationChange.objects.count(), EmailDomain.objects.count()) == notes
    assert sum(notes) == 1


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("key", ["hasegawa", "tanaka"])
def test_others_do_not_know_the_deeds(desk, deed, key):
    assert signed_in(person(key)).post(TOWN + deed, DEEDS[deed]).status_code == 404
    assert untouched()


@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_is_a_post_at_an_existing_organisation(desk, deed):
    assert desk.get(TOWN + deed).status_code == 405
    assert desk.post(f"{DESK}999999/{deed}", DEEDS[deed]).status_code == 404
    assert desk.post(TOWN + deed, {}).status_code == 422
    assert untouched()


@pytest.mark.parametrize("address", [DESK, f"{DESK}new/", TOWN, f"{DESK}uploads/"])
def test_pages_are_the_secretariats(desk, address):
    assert desk.get(address).status_code == 200
    assert [signed_in(person(key)).get(address).status_code for key in ("hasegawa", "tanaka")] == [404, 404]
    assert_asks_to_sign_in(address)


def test_an_unknown_organisation_is_not_found(desk):
    assert desk.get(f"{DESK}999999/").status_code == 404
    assert desk.get(f"{DESK}a.b/").status_code == 404


@pytest.mark.parametrize("typed", ["390003", "高知県", "３９０００３"])
def test_a_successor_is_named_by_code_or_name(desk, typed):
    desk.post(TOWN + "merger/", merger(successor=typed))
    assert town().successor == organisation("390003")


@pytest.mark.parametrize("typed", ["394017", "高知", "999999", "", "中土佐"])
def test_a_wrong_successor_is_told(desk, typed):
    answer = desk.post(TOWN + "merger/", merger(successor=typed))
    assert (answer.status_code, "<details open>" in answer.text) == (422, True)
    assert untouched()


def test_a_planned_merger_is_taken_back_from_either_page(desk):
    for page in (TOWN, f"{DESK}390003/"):
        desk.post(TOWN + "merger/", merger(effective_on=day(9)))
        planned = OrganisationChange.objects.get()
        withdrawal = f"{TOWN}changes/{planned.pk}/withdrawal/"
        assert f'action="{withdrawal}"' in desk.get(page).text
        assert desk.post(withdrawal).status_code == 302
        assert OrganisationChange.objects.count() == 0


def test_a_merger_must_be_confirmed(desk):
    answer = desk.post(TOWN + "merger/", {k: v for k, v in merger().items() if k != "sure"})
    assert (answer.status_code, untouched()) == (422, True)


def test_a_planned_change_is_shown_and_withdrawn(desk):
    desk.post(TOWN + "renaming/", renaming(effective_on=day(40)))
    change = OrganisationChange.objects.get()
    listed = list(desk.get(DESK).context["planned"])
    assert (listed, town().name) == ([change], "中土佐町")
    withdrawal = f"{TOWN}changes/{change.pk}/withdrawal/"
    assert withdrawal in desk.get(TOWN).text
    assert desk.get(withdrawal).status_code == 405
    assert signed_in(person("tanaka")).post(withdrawal).status_code == 404
    assert desk.post(f"{DESK}390003/changes/{change.pk}/withdrawal/").status_code == 404
    assert desk.post(withdrawal).status_code == 302
    assert desk.post(withdrawal).status_code == 404
    assert OrganisationChange.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"domain": "lg.jp"}, "domain"),
        ({"domain": "aki.kochi.jp"}, "domain"),
        ({"domain": "gmail.com"}, "domain"),
        ({"domain": "yahoo.co.jp"}, "domain"),
        ({"domain": "..."}, "domain"),
        ({"domain": ""}, "domain"),
        ({"kind": "other"}, "kind"),
        ({"evidence": "  "}, "evidence"),
        ({"expires_on": ""}, "expires_on"),
        ({"expires_on": day(400)}, "__all__"),
        ({"expires_on": day(-1)}, "__all__"),
    ],
)
def test_a_bad_domain_is_refused(desk, typed, field):
    answer = desk.post(TOWN + "domains/", domain(**typed))
    assert (answer.status_code, list(answer.context["forms"]["domain"].errors)) == (422, [field])
    assert untouched()


def test_a_domain_belongs_to_one_organisation(desk):
    desk.post(TOWN + "domains/", domain())
    answer = desk.post(f"{DESK}390003/domains/", domain(domain="@TOWN.nakatosa.example.jp"))
    assert (answer.status_code, "すでに高知県 中土佐町のドメイン" in answer.text) == (422, True)
    assert EmailDomain.objects.get().organisation == town()


def test_an_exception_is_extended_and_removed(desk):
    desk.post(TOWN + "domains/", domain(expires_on=day(10)))
    row = EmailDomain.objects.get()
    extension, removal = (f"{TOWN}domains/{row.pk}/{deed}/" for deed in ("extension", "removal"))
    for address in (extension, removal):
        assert desk.get(address).status_code == 405
        assert (
            signed_in(person("hasegawa" if address == extension else "tanaka")).post(address).status_code
            == 404
        )
        assert desk.post(address.replace("394017", "390003")).status_code == 404
    told = desk.post(extension, {"expires_on": ""})
    assert (told.status_code, 'id="extension_expires_on_error"' in told.text) == (422, True)
    assert desk.post(extension, {"expires_on": day(900)}).status_code == 422
    assert desk.post(extension, {"expires_on": "あした"}).status_code == 422
    assert desk.post(extension, {"expires_on": day(200)}).status_code == 302
    row.refresh_from_db()
    assert row.expires_on.isoformat() == day(200)
    assert desk.post(removal).status_code == 302
    assert desk.post(removal).status_code == 404
    deeds = AuditEntry.objects.filter(deed__startswith="domain").order_by("id")
    assert list(deeds.values_list("deed", flat=True)) == ["domain.added", "domain.extended", "domain.removed"]
    assert deeds.last().detail["domain"] == "town.nakatosa.example.jp"


def test_an_ended_organisation_gets_no_domain(desk):
    abolish(person("oonishi", email="second@example.lg.jp"), town(), effective_on=timezone.localdate())
    assert desk.post(TOWN + "domains/", domain()).status_code == 422
    assert "廃止" in desk.get(TOWN).text


def test_the_search_costs_the_same_for_many_organisations(desk):
    Organisation.objects.bulk_create(
        Organisation(slug=f"c{n:05}", kind="union", name=f"組合{n}", kana="くみあい", prefecture_code="39")
        for n in range(3000)
    )
    counts = []
    for asked in ({"q": "組合1"}, {"q": "組合2999"}, {"q": "組合"}):
        with CaptureQueriesContext(connection) as queries:
            desk.get(DESK, asked)
        counts.append(len(queries))
    assert len(set(counts)) == 1
