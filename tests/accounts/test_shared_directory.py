"""The process's copy of the directory follows the tables."""

import pytest

from accounts.models import EmailDomain, Organisation
from accounts.shared_directory import shared_directory
from tests.people import organisation

pytestmark = pytest.mark.django_db

ADDRESS = "taro@town.nakatosa.lg.jp"


@pytest.fixture(autouse=True)
def town():
    organisation("390003")
    return organisation("394017")


def slugs(address=ADDRESS):
    return shared_directory().candidates(address).slugs


def test_it_is_built_once_while_nothing_changes(django_assert_num_queries):
    first = shared_directory()
    with django_assert_num_queries(1):
        assert shared_directory() is first


def test_a_new_domain_counts_at_once(town):
    assert slugs("taro@nakatosa.example.com") == ()
    rule = EmailDomain.objects.create(organisation=town, domain="nakatosa.example.com", kind="bound")
    assert slugs("taro@nakatosa.example.com") == ("394017",)
    EmailDomain.objects.filter(pk=rule.pk).update(domain="other.example.com")
    assert slugs("taro@nakatosa.example.com") == ()
    rule.delete()
    assert slugs("taro@other.example.com") == ()


def test_a_renamed_or_abolished_organisation_counts_at_once(town):
    assert slugs() == ("394017",)
    Organisation.objects.filter(pk=town.pk).update(kana="べつのちょう")
    assert slugs() == ()
    Organisation.objects.filter(pk=town.pk).update(kana="なかとさちょう")
    assert slugs() == ("394017",)
    Organisation.objects.filter(pk=town.pk).update(valid_to="2020-03-31")
    assert slugs() == ()


def test_an_organisation_that_changes_places_with_another_is_noticed(town):
    other = organisation("032018")
    shared_directory()
    Organisation.objects.filter(pk=other.pk).update(kana="なかとさちょう", kind="town")
    Organisation.objects.filter(pk=town.pk).update(kana="もりおかし", kind="city")
    assert slugs() == ("032018",)
