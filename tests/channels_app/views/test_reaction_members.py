"""Who pressed the stamps of a post."""

import re
from datetime import date
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Affiliation, Organisation
from channels_app.actions.doubts import doubt, doubt_privately
from channels_app.models import Channel, Reaction
from tests import factories
from tests.channels_app.views.habits import assert_asks_to_sign_in, assert_only, signed_in
from tests.people import organisation, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    """(Tanaka, Miura, Tanaka's post), 盛岡市 with its population."""
    tanaka, miura = person("tanaka"), person("miura")
    Organisation.objects.filter(slug="032018").update(population=283_000)
    return tanaka, miura, factories.post(tanaka, factories.channel("madoguchi-dx", tanaka, miura))


def rows(answer, heading):
    """The lines of one of the two tables of a page."""
    section = answer.content.decode().split(f'id="{heading}"')[1].split("</section>")[0]
    return re.findall(r'<th scope="row">(.*?)</th><td>(\d+)</td>', section)


def people(answer):
    return [(line.reaction.member.name, line.label) for line in answer.context["lines"]]


def test_of_one_stamp_with_sizes_and_places(cast):
    tanaka, miura, post = cast
    for key in ("yamamoto", "hasegawa", "oonishi"):
        factories.react(person(key), post)
    factories.react(miura, post)
    factories.react(tanaka, post, "arigato")
    answer = signed_in(tanaka).get(f"/posts/{post.pk}/reactions/onaji/members/")
    assert people(answer)[0] == (miura.name, "岩手県 盛岡市・情報企画課")
    assert len(people(answer)) == 4
    bands = [("20万人以上", "1"), ("都道府県", "1"), ("国の機関", "1")]
    assert rows(answer, "sizes") == bands
    assert rows(answer, "places") == [("岩手県", "1"), ("高知県", "1"), ("国の機関など", "1")]


def test_it_says_what_is_mine(cast):
    tanaka, miura, post = cast
    factories.react(miura, post)
    factories.react(tanaka, post, "arigato")
    address = f"/posts/{post.pk}/reactions/onaji/members/"
    for member, is_mine, code in ((miura, True, "onaji"), (tanaka, False, "arigato")):
        answer = signed_in(member).get(address)
        assert ("あなたも押しています。" in answer.content.decode()) == is_mine
        assert answer.context["viewer"]["reactions"] == {post.pk: [code]}


def test_of_all_stamps_the_last_first(cast):
    tanaka, miura, post = cast
    factories.react(miura, post, "arigato")
    factories.react(miura, post, "u1f44d")
    answer = signed_in(tanaka).get(f"/posts/{post.pk}/reactions/members/")
    assert [line.stamp.name for line in answer.context["lines"]] == ["親指を立てる手", "ありがとう"]
    page = answer.content.decode()
    assert page.count(f'href="/posts/{post.pk}/reactions/u1f44d/members/"') == 1
    assert (
        f'href="/posts/{post.pk}/reactions/members/"'
        in signed_in(miura).get(f"/posts/{post.pk}/menu/").content.decode()
    )


def test_the_affiliation_is_that_of_the_day(cast):
    tanaka, miura, post = cast
    factories.react(miura, post)
    Reaction.objects.update(reacted_at=timezone.make_aware(timezone.datetime(2025, 6, 2, 9)))
    Affiliation.objects.filter(member=miura).update(valid_to=date(2026, 3, 31))
    elsewhere = {"organisation": organisation("020001"), "section": "広報課", "email": miura.email}
    Affiliation.objects.create(
        member=miura, verified_at=timezone.now(), valid_from=date(2026, 4, 1), **elsewhere
    )
    answer = signed_in(tanaka).get(f"/posts/{post.pk}/reactions/onaji/members/")
    assert people(answer) == [(miura.name, "岩手県 盛岡市・情報企画課")]


def test_doubts_are_listed_with_their_reasons_only(cast):
    tanaka, miura, post = cast
    doubt_privately(person("ito"), post, note="内密のひとこと")
    doubt(miura, post, text="座って書く方が速い課もあります。", cid=uuid4())
    answer = signed_in(tanaka).get(f"/posts/{post.pk}/reactions/chigau/members/")
    page = answer.content.decode()
    assert [name for name, _ in people(answer)] == [miura.name]
    assert f'href="/posts/{Reaction.objects.get(member=miura).reason_id}/"' in page
    assert ("内密" in page, "伊藤" in page) == (False, False)
    everybody = signed_in(tanaka).get(f"/posts/{post.pk}/reactions/members/")
    assert [name for name, _ in people(everybody)] == [miura.name]


def test_pages_of_fifty_and_as_many_queries_for_one_and_many(cast):
    tanaka, _, post = cast
    address, asked = f"/posts/{post.pk}/reactions/onaji/members/", []
    client = signed_in(tanaka)
    for number in range(1, 62):
        factories.react(person("miura", email=f"p{number}@example.lg.jp"), post)
        if number in (1, 30, 61):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(address)
            asked.append((len(queries), len(answer.context["lines"])))
    assert [lines for _, lines in asked] == [1, 30, 50]
    assert len({queries for queries, _ in asked}) == 1
    assert len(client.get(f"{address}?page=2").context["lines"]) == 11


def test_nobody_yet_a_removed_post_and_bad_codes(cast):
    tanaka, miura, post = cast
    client = signed_in(miura)
    page = client.get(f"/posts/{post.pk}/reactions/arigato/members/").content.decode()
    assert "「ありがとう」を押した人は、まだいません。" in page
    assert client.get(f"/posts/{post.pk}/reactions/nai/members/").status_code == 404
    assert client.get(f"/posts/{post.pk}/reactions/own-nai/members/").status_code == 404
    factories.react(miura, post)
    post.removed_at = timezone.now()
    post.save(update_fields=["removed_at"])
    assert client.get(f"/posts/{post.pk}/reactions/members/").context["lines"] == []


@pytest.mark.parametrize("which", ["", "onaji/"])
def test_strangers_get_404(cast, which):
    tanaka, miura, post = cast
    closed = factories.post(tanaka, factories.channel("shikoku", tanaka, kind=Channel.Kind.PRIVATE))
    factories.react(tanaka, closed)
    hidden = f"/posts/{closed.pk}/reactions/{which}members/"
    assert [signed_in(one).get(hidden).status_code for one in (tanaka, miura)] == [200, 404]
    assert signed_in(miura).get(f"/posts/999999/reactions/{which}members/").status_code == 404
    assert_asks_to_sign_in(hidden)
    assert_only("get", f"/posts/{post.pk}/reactions/{which}members/", miura)
