"""Loading the committed master: complete, repeatable, and never over what people recorded."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actions.organisations import AGENCY_EVIDENCE, Loaded, load_master
from accounts.addresses import Verdict
from accounts.directory import current_directory
from accounts.master.rows import read_agencies, read_organisations
from accounts.models import Agency, EmailDomain, Municipality, Organisation, Prefecture

pytestmark = pytest.mark.django_db
NOTHING = Loaded(created=0, updated=0, domains=0)


@pytest.fixture
def empty():
    """No organisation at all, whatever migrations or other tests left."""
    EmailDomain.objects.all().delete()
    Organisation.objects.all().delete()


@pytest.fixture
def loaded(empty):
    """The committed master, freshly loaded."""
    return load_master()


def writes(queries):
    """The statements among captured queries that change rows."""
    return [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_load_brings_every_body_and_agency(loaded):
    assert loaded == Loaded(created=1788 + 40, updated=0, domains=40)
    assert Prefecture.objects.count() == 47
    assert Municipality.objects.count() == 1741
    assert Agency.objects.count() == 40
    for row in read_organisations()[::97]:
        stored = Organisation.objects.get(slug=row.code)
        for field in ("code", "kind", "name", "kana", "gun", "gun_kana", "prefecture_code", "population"):
            assert getattr(stored, field) == getattr(row, field)


def test_agencies_have_no_code_and_own_their_domain(loaded):
    assert set(Agency.objects.values_list("slug", "code")) == {(row.slug, None) for row in read_agencies()}
    domains = EmailDomain.objects.values_list(
        "domain", "organisation__slug", "kind", "evidence", "expires_on"
    )
    assert set(domains) == {(row.slug, row.slug, "agency", AGENCY_EVIDENCE, None) for row in read_agencies()}


def test_second_load_writes_nothing_in_few_queries(loaded):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert load_master() == NOTHING
    assert writes(captured.captured_queries) == []
    reads = [query for query in captured.captured_queries if query["sql"].startswith("SELECT")]
    assert len(reads) == 4


def test_load_repairs_what_is_missing_or_changed(loaded):
    Organisation.objects.filter(slug="132063").update(name="府中", kana="ふ", gun="多摩郡")
    Organisation.objects.filter(slug="131016").delete()
    EmailDomain.objects.filter(domain="mlit.go.jp").delete()
    assert load_master() == Loaded(created=1, updated=1, domains=1)
    fuchu = Organisation.objects.get(slug="132063")
    assert (fuchu.name, fuchu.kana, fuchu.gun) == ("府中市", "ふちゅうし", "")
    assert Organisation.objects.filter(slug="131016", name="千代田区").count() == 1
    assert load_master() == NOTHING


def test_load_keeps_the_operators_own_facts(loaded):
    Organisation.objects.filter(slug="132063").update(population=260_000)
    Organisation.objects.filter(slug="342084").update(name="新府中市", valid_from=date(2026, 4, 1))
    Organisation.objects.filter(slug="131016").update(name="旧千代田区", valid_to=date(2026, 3, 31))
    union = Organisation.objects.create(
        slug="138002", code="138002", kind="union", name="多摩組合", kana="たま"
    )
    assert load_master() == NOTHING
    assert Organisation.objects.get(slug="132063").population == 260_000
    assert Organisation.objects.get(slug="342084").name == "新府中市"
    assert Organisation.objects.get(slug="131016").name == "旧千代田区"
    assert Organisation.objects.filter(pk=union.pk).exists()


def test_load_leaves_a_domain_where_people_tied_it(loaded):
    fuchu = Organisation.objects.get(slug="132063")
    EmailDomain.objects.filter(domain="mlit.go.jp").update(organisation=fuchu, kind="bound", evidence="電話")
    assert load_master() == NOTHING
    kept = EmailDomain.objects.get(domain="mlit.go.jp")
    assert (kept.organisation, kept.kind, kept.evidence) == (fuchu, "bound", "電話")


def test_command_says_what_it_wrote_and_can_be_quiet(empty):
    said, quiet = StringIO(), StringIO()
    call_command("load_organisations", stdout=said)
    call_command("load_organisations", stdout=quiet, verbosity=0)
    assert said.getvalue() == "organisations: 1828 created, 0 updated; agency domains: 40 created\n"
    assert quiet.getvalue() == ""


def test_current_directory_judges_by_what_is_stored(loaded):
    directory = current_directory()
    assert directory.candidates("taro@city.fuchu.tokyo.jp").slugs == ("132063",)
    assert directory.candidates("taro@ktr.mlit.go.jp").verdict == Verdict.BOUND
    assert directory.candidates("taro@shichigahama.com").verdict == Verdict.UNKNOWN


def test_current_directory_follows_bindings_expiry_and_mergers(loaded):
    shichigahama = Organisation.objects.get(slug="044041")
    EmailDomain.objects.create(organisation=shichigahama, domain="shichigahama.com", kind="bound")
    EmailDomain.objects.create(
        organisation=shichigahama, domain="shichi.example.com", kind="exception", expires_on=date(2020, 1, 1)
    )
    Organisation.objects.filter(slug="342084").update(valid_to=date(2020, 3, 31))
    directory = current_directory()
    assert directory.candidates("taro@shichigahama.com").slugs == ("044041",)
    assert directory.candidates("taro@shichi.example.com").verdict == Verdict.UNKNOWN
    assert directory.candidates("taro@city.fuchu.lg.jp").slugs == ("132063",)
    Organisation.objects.filter(slug="044041").update(valid_to=date(2020, 3, 31))
    assert current_directory().candidates("taro@shichigahama.com").verdict == Verdict.UNKNOWN


def test_current_directory_takes_two_queries(loaded, django_assert_num_queries):
    with django_assert_num_queries(2):
        current_directory()
