"""What stands under a post: people, organisations, and those of small municipalities."""

import re

import pytest

from accounts.models import Organisation
from channels_app import fragments
from channels_app.models import Reaction
from tests import factories
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def post():
    """Tanaka's post; 盛岡市 has 283,000 people, 中土佐町 no figure."""
    tanaka = person("tanaka")
    made = factories.post(tanaka, factories.channel("madoguchi-dx", tanaka))
    person("miura", email="mae@example.lg.jp")
    Organisation.objects.filter(slug="032018").update(population=283_000)
    return made


def labels_of(post):
    return sorted(re.findall(r'data-stamp="\w+".*? aria-label="(.*?)"', fragments.post(post.pk).html))


def test_voices_count_organisations_and_name_the_small_ones(post):
    for number in range(3):  # three people of one town
        factories.react(person("tanaka", email=f"t{number}@example.lg.jp"), post)
    for key in ("miura", "yamamoto", "ito"):
        factories.react(person(key), post)
    count = Reaction.objects.counts_of([post.pk])[post.pk][0]
    assert (count.members, count.organisations, count.small_number) == (6, 4, 1)
    assert labels_of(post) == ["同じ悩み 4団体（5万人未満 1）"]
    assert '<span class="ky-stamp__band">5万人未満 1</span>' in fragments.post(post.pk).html


def test_thanks_count_people_and_no_small_ones(post):
    for number in range(2):
        factories.react(person("tanaka", email=f"t{number}@example.lg.jp"), post, "arigato")
    factories.react(person("miura"), post, "sanko")
    assert labels_of(post) == ["ありがとう 2人", "参考になる 1団体"]
    assert "ky-stamp__band" not in fragments.post(post.pk).html


def test_a_figure_of_fifty_thousand_is_not_small(post):
    Organisation.objects.filter(slug="394017").update(population=50_000)
    factories.react(person("tanaka", email="t@example.lg.jp"), post)
    assert labels_of(post) == ["同じ悩み 1団体"]


def test_one_query_for_one_post_and_for_twenty(post, django_assert_num_queries):
    miura = person("miura")
    posts = [post, *(factories.post(post.author, post.channel) for _ in range(19))]
    for one in posts:
        factories.react(miura, one)
    for some in (posts[:1], posts):
        with django_assert_num_queries(1):
            counts = Reaction.objects.counts_of([one.pk for one in some])
        assert len(counts) == len(some)


def test_a_fragment_with_many_stamps_stays_small(post):
    miura = person("miura")
    for code in ("onaji", "yatteru", "tasukatta", "arigato", "otsukare", "u1f44d"):
        factories.react(miura, post, code)
    empty = len(fragments.post(factories.post(post.author, post.channel).pk).html.encode())
    full = len(fragments.post(post.pk).html.encode())
    assert (full - empty) / 6 <= 340  # bytes for one stamp, before compression
