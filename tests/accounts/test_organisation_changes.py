"""Organisations are set up, renamed, merged and abolished; nothing loses its history."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.actions.decisions import approve
from accounts.actions.organisation_changes import abolish, correct, create, merge, rename, withdraw
from accounts.actions.organisation_effects import take_due_effects
from accounts.actions.organisations import load_master
from accounts.actions.refusals import Refused
from accounts.directory import current_directory
from accounts.models import AuditEntry, EmailDomain, Member, Organisation, OrganisationChange
from accounts.tasks import change_organisations
from channels_app import fragments
from tests import factories
from tests.applicants import handed_in
from tests.channels_app.views.habits import signed_in
from tests.people import organisation, person

pytestmark = pytest.mark.django_db

UNION = {"kind": "union", "name": "高幡消防組合", "kana": "こうばんしょうぼうくみあい"}
UNION_CODE = "398012"
SHIMANTO = {"name": "四万十川町", "kana": "しまんとがわちょう"}


def today():
    return timezone.localdate()


def days(number):
    return today() + timedelta(days=number)


def wake(organisation_slug):
    """The day of every planned change has come."""
    OrganisationChange.objects.planned().filter(organisation__slug=organisation_slug).update(
        effective_on=today()
    )
    change_organisations()
    return Organisation.objects.get(slug=organisation_slug)


def deeds():
    return list(AuditEntry.objects.order_by("id").values_list("deed", flat=True))


def label_in(post):
    """The label of a post drawn anew."""
    fragments.cache.clear()
    html = fragments.post(post.pk).html
    return html.split('ky-post__org">（')[1].split("）")[0]


def test_a_union_is_set_up_and_can_be_chosen_from_its_day():
    oonishi = person("oonishi")
    union = create(oonishi, code=UNION_CODE, effective_on=days(3), evidence="県の告示", **UNION)
    assert (union.slug, union.code, union.prefecture_code) == (UNION_CODE, UNION_CODE, "39")
    assert union.full_name == "高知県 高幡消防組合"
    assert list(Organisation.objects.existing().filter(kind="union")) == []
    assert list(Organisation.objects.existing(days(3)).filter(kind="union")) == [union]
    change = union.changes.get()
    assert (change.kind, change.evidence, change.noted_by) == ("created", "県の告示", oonishi)
    assert deeds() == ["organisation.created"]


@pytest.mark.parametrize("code", ["398013", "99801", "3980123", "998012", "３９８０１２", "", "39801a"])
def test_a_wrong_code_is_refused(code):
    with pytest.raises(Refused):
        create(person("oonishi"), code=code, effective_on=today(), **UNION)
    assert not Organisation.objects.filter(kind="union").exists()
    assert deeds() == []


def test_a_taken_code_is_refused_and_says_by_whom():
    organisation("394017")
    with pytest.raises(Refused) as refusal:
        create(person("oonishi"), code="394017", effective_on=today(), **UNION)
    assert "高知県 中土佐町" in str(refusal.value)
    assert Organisation.objects.get(slug="394017").name == "中土佐町"


@pytest.mark.parametrize("key", ["hasegawa", "tanaka", "ito"])
def test_only_the_secretariat_may_do_any_of_it(key):
    actor, town = person(key), organisation("394017")
    other = organisation("032018")
    for attempt in (
        lambda: create(actor, code=UNION_CODE, effective_on=today(), **UNION),
        lambda: rename(actor, town, name="新町", kana="しんまち", effective_on=today()),
        lambda: correct(actor, town, name="新町", kana="しんまち"),
        lambda: merge(actor, town, successor=other, effective_on=today()),
        lambda: abolish(actor, town, effective_on=today()),
    ):
        with pytest.raises(Refused):
            attempt()
    town.refresh_from_db()
    assert (town.name, town.valid_to) == ("中土佐町", None)
    assert (OrganisationChange.objects.count(), deeds()) == (0, [])


def test_an_old_post_keeps_the_old_name_and_a_new_one_has_the_new():
    tanaka, oonishi = person("tanaka"), person("oonishi")
    channel = factories.channel("madoguchi-dx", tanaka)
    old = factories.post(tanaka, channel)
    before = fragments.post(old.pk).html
    rename(oonishi, organisation("394017"), effective_on=today(), **SHIMANTO)
    tanaka = Member.objects.get(pk=tanaka.pk)
    new = factories.post(tanaka, channel)
    assert (label_in(old), label_in(new)) == ("高知県 中土佐町・総務課", "高知県 四万十川町・総務課")
    assert fragments.post(old.pk).html == before
    rename(oonishi, organisation("394017"), name="第三町", kana="だいさんちょう", effective_on=days(1))
    wake("394017")
    third = factories.post(Member.objects.get(pk=tanaka.pk), channel)
    assert [label_in(post) for post in (old, new, third)] == [
        "高知県 中土佐町・総務課",
        "高知県 四万十川町・総務課",
        "高知県 第三町・総務課",
    ]


def test_a_planned_name_changes_on_its_day():
    oonishi, town = person("oonishi"), organisation("394017")
    change = rename(oonishi, town, name="新町", kana="しんまち", effective_on=days(1), evidence="官報")
    town.refresh_from_db()
    assert (town.name, change.taken_effect_at, take_due_effects()) == ("中土佐町", None, 0)
    town = wake("394017")
    assert (town.name, town.kana, town.kind) == ("新町", "しんまち", "town")
    change.refresh_from_db()
    assert (change.name_before, change.name_after) == ("中土佐町", "新町")
    assert change.taken_effect_at is not None
    assert take_due_effects() == 0
    assert deeds()[0] == "organisation.renamed"


def test_a_town_that_becomes_a_city_by_name_is_a_city():
    town = organisation("394017")
    rename(person("oonishi"), town, name="中土佐市", kana="なかとさし", effective_on=today())
    town.refresh_from_db()
    assert town.kind == "city"


def test_members_are_found_by_the_new_name():
    tanaka, oonishi = person("tanaka"), person("oonishi")
    rename(oonishi, organisation("394017"), effective_on=today(), **SHIMANTO)
    assert list(Member.objects.found_by("四万十川")) == [tanaka]


def test_a_correction_was_never_right():
    tanaka, oonishi = person("tanaka"), person("oonishi")
    post = factories.post(tanaka, factories.channel("madoguchi-dx", tanaka))
    correct(oonishi, organisation("394017"), name="中土左町", kana="なかとさちょう")
    assert label_in(post) == "高知県 中土左町・総務課"


def test_a_repeated_rename_is_refused_and_changes_nothing():
    oonishi, town = person("oonishi"), organisation("394017")
    facts = {"name": "新町", "kana": "しんまち", "effective_on": days(2)}
    rename(oonishi, town, **facts)
    with pytest.raises(Refused):
        rename(oonishi, town, **facts)
    with pytest.raises(Refused):
        rename(oonishi, town, name="中土佐町", kana="なかとさちょう", effective_on=days(5))
    assert town.changes.count() == 1


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2090, 1, 1)])
def test_an_odd_day_is_refused(day):
    with pytest.raises(Refused):
        rename(person("oonishi"), organisation("394017"), name="新町", kana="しんまち", effective_on=day)


def test_a_merger_moves_members_and_domains_and_leaves_the_past():
    tanaka, oonishi = person("tanaka"), person("oonishi")
    town, city = organisation("394017"), organisation("390003")
    EmailDomain.objects.create(organisation=town, domain="town.nakatosa.lg.jp", kind="bound")
    waiting = handed_in()
    post = factories.post(tanaka, factories.channel("madoguchi-dx", tanaka))
    merge(oonishi, town, successor=city, effective_on=days(-10), evidence="官報")
    town.refresh_from_db()
    assert (town.valid_to, town.successor) == (days(-11), city)
    terms = tanaka.affiliations.order_by("valid_from")
    assert list(terms.values_list("organisation", "valid_from", "valid_to")) == [
        (town.pk, date(2025, 4, 1), days(-11)),
        (city.pk, days(-10), None),
    ]
    new = Member.objects.get(pk=tanaka.pk).affiliation
    assert (new.section, new.email) == ("総務課", tanaka.email)
    assert EmailDomain.objects.get().organisation == city
    waiting.refresh_from_db()
    assert waiting.organisation == city
    assert label_in(post) == "高知県 中土佐町・総務課"
    assert "へ合併" in town.fate and "高知県" in town.fate
    assert town not in Organisation.objects.existing()
    assert list(Member.objects.working_at(city)) == [tanaka]


def test_the_addresses_of_a_merged_town_belong_to_the_successor():
    oonishi, town, city = person("oonishi"), organisation("394017"), organisation("390003")
    address = "taro@town.nakatosa.lg.jp"
    assert current_directory().candidates(address).slugs == ("394017",)
    EmailDomain.objects.create(organisation=town, domain="town.nakatosa.lg.jp", kind="bound")
    merge(oonishi, town, successor=city, effective_on=today())
    assert current_directory().candidates(address).slugs == ("390003",)


def test_a_planned_merger_waits_and_follows_its_successor():
    tanaka, oonishi = person("tanaka"), person("oonishi")
    town, city, third = organisation("394017"), organisation("032018"), organisation("390003")
    merge(oonishi, town, successor=city, effective_on=days(30))
    town.refresh_from_db()
    assert (town.valid_to, tanaka.affiliation.organisation) == (None, town)
    with pytest.raises(Refused):  # the end of the successor must be put in order first
        merge(oonishi, city, successor=third, effective_on=today())
    assert wake("394017").successor == city
    assert tanaka.affiliations.current().get().organisation == city
    assert deeds() == ["organisation.merged", "organisation.took_effect"]


def test_a_merger_happens_once_and_needs_another_living_body():
    oonishi, town, city = person("oonishi"), organisation("394017"), organisation("032018")
    with pytest.raises(Refused):
        merge(oonishi, town, successor=town, effective_on=today())
    merge(oonishi, town, successor=city, effective_on=today())
    for attempt in (
        lambda: merge(oonishi, town, successor=city, effective_on=today()),
        lambda: abolish(oonishi, town, effective_on=today()),
        lambda: rename(oonishi, town, name="新町", kana="しんまち", effective_on=today()),
        lambda: merge(oonishi, city, successor=Organisation.objects.get(pk=town.pk), effective_on=today()),
    ):
        with pytest.raises(Refused):
            attempt()
    assert OrganisationChange.objects.count() == 1


def test_abolition_shuts_nobody_out():
    tanaka, oonishi, town = person("tanaka"), person("oonishi"), organisation("394017")
    abolish(oonishi, town, effective_on=today())
    town.refresh_from_db()
    assert (town.valid_to, town.fate.endswith("に廃止")) == (days(-1), True)
    assert Member.objects.get(pk=tanaka.pk).affiliation.organisation == town
    assert current_directory().candidates("a@town.nakatosa.lg.jp").slugs == ()


def test_a_planned_change_is_withdrawn_once_and_history_never():
    oonishi, town = person("oonishi"), organisation("394017")
    planned = abolish(oonishi, town, effective_on=days(9))
    with pytest.raises(Refused):
        withdraw(person("hasegawa"), planned)
    assert (withdraw(oonishi, planned), withdraw(oonishi, planned)) == (True, False)
    assert town.changes.count() == 0
    done = rename(oonishi, town, name="新町", kana="しんまち", effective_on=today())
    with pytest.raises(Refused):
        withdraw(oonishi, done)
    assert deeds() == ["organisation.abolished", "organisation.withdrawn", "organisation.renamed"]


def test_loading_the_master_again_keeps_what_the_secretariat_changed():
    load_master()
    oonishi = person("oonishi")
    town = Organisation.objects.get(slug="394017")
    rename(oonishi, town, name="新町", kana="しんまち", effective_on=today())
    assert load_master().updated == 0
    town.refresh_from_db()
    assert town.name == "新町"


def test_a_past_affiliation_has_the_name_of_its_last_day():
    tanaka, oonishi, town = person("tanaka"), person("oonishi"), organisation("394017")
    rename(oonishi, town, effective_on=today(), **SHIMANTO)
    tanaka.affiliations.update(valid_to=days(-1))
    assert tanaka.affiliations.get().organisation_name == "高知県 中土佐町"
    tanaka.affiliations.update(valid_to=today())
    assert tanaka.affiliations.get().organisation_name == "高知県 四万十川町"
    merge(
        oonishi, Organisation.objects.get(pk=town.pk), successor=organisation("390003"), effective_on=today()
    )
    page = signed_in(oonishi).get(f"/members/{tanaka.pk}/").text
    assert 'href="/organisations/394017/">高知県 四万十川町</a>（' in page
    assert "に高知県へ合併" in page


def test_who_was_admitted_in_the_moment_of_the_merger_follows():
    oonishi, town, city = person("oonishi"), organisation("394017"), organisation("390003")
    merge(oonishi, town, successor=city, effective_on=days(-2))
    late = person("tanaka")
    assert late.affiliation.organisation == town
    change_organisations()
    terms = late.affiliations.order_by("id").values_list("organisation", "valid_to")
    assert list(terms) == [(town.pk, days(-3)), (city.pk, None)]
    assert list(Member.objects.found_by("高知県 田中")) == [late]


def test_nobody_is_admitted_to_a_body_that_is_gone():
    oonishi, registration = person("oonishi"), handed_in()
    abolish(oonishi, registration.organisation, effective_on=today())
    with pytest.raises(Refused):
        approve(oonishi, registration, evidence="電話で確かめた")
    assert not Member.objects.filter(email=registration.email).exists()
    registration.refresh_from_db()
    assert registration.decided_at is None
