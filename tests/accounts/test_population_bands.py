"""The size of organisations: in Python and in the database the same."""

import pytest

from accounts.models import Organisation
from accounts.models.population_bands import Band, banded, is_small

pytestmark = pytest.mark.django_db
CASES = [
    ("city", 49_999, "small"),
    ("city", 50_000, "middle"),
    ("city", 199_999, "middle"),
    ("city", 200_000, "large"),
    ("city", None, "unknown"),
    ("special_ward", 66_680, "middle"),
    ("special_ward", None, "unknown"),
    ("town", 51_155, "middle"),
    ("town", None, "small"),
    ("village", None, "small"),
    ("village", 0, "small"),
    ("designated_city", None, "large"),
    ("designated_city", 2_300_000, "large"),
    ("prefecture", 600_000, "prefecture"),
    ("prefecture", None, "prefecture"),
    ("agency", None, "agency"),
    ("union", 10, "other"),
    ("public_enterprise", None, "other"),
]


@pytest.fixture
def made():
    """One organisation for each case, in their order, and 府中町 without a figure."""
    rows = [
        Organisation(
            slug=f"x{number}", code=f"{number:06d}", kind=kind, name="町", kana="まち", population=people
        )
        for number, (kind, people, _) in enumerate(CASES, start=100)
    ]
    rows.append(Organisation(slug="343021", code="343021", kind="town", name="府中町", kana="ふちゅうちょう"))
    return Organisation.objects.bulk_create(rows)


def test_band_by_kind_and_population(made):
    assert [one.band for one in made] == [Band(band) for *_, band in CASES] + [Band.UNKNOWN]


def test_the_database_counts_by_the_same_bands(made):
    rows = Organisation.objects.filter(pk__in=[one.pk for one in made]).order_by("pk").annotate(b=banded())
    assert list(rows.values_list("b", flat=True)) == [one.band.value for one in made]
    small = rows.filter(is_small()).values_list("pk", flat=True)
    assert list(small) == [one.pk for one in made if one.band == Band.SMALL]


def test_an_organisation_without_a_code_has_a_band_too(made):
    newcomer = Organisation.objects.create(slug="new", kind="village", name="新村", kana="しんむら")
    found = Organisation.objects.filter(is_small(), pk=newcomer.pk)
    assert (newcomer.band, list(found)) == (Band.SMALL, [newcomer])
