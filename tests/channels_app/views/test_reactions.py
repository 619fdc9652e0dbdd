"""The grid of stamps, and pressing one."""

import pytest

from channels_app import fragments
from channels_app.models import Channel, LiveEvent, Reaction
from channels_app.models.stamps import stamps
from tests import factories
from tests.channels_app.views.habits import (
    JSON,
    PART,
    assert_asks_to_sign_in,
    assert_only,
    error_of,
    signed_in,
)
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    """(author, reader who has not joined, post)."""
    tanaka, miura = person("tanaka"), person("miura")
    return tanaka, miura, factories.post(tanaka, factories.channel("madoguchi-dx", tanaka))


def pressed():
    return list(Reaction.objects.order_by("id").values_list("member__name", "stamp"))


def test_press_leads_back_to_the_post_on_the_page_it_came_from(cast):
    _, miura, post = cast
    sent = {"next": f"/channels/madoguchi-dx/?thread={post.pk}#elsewhere"}
    answer = signed_in(miura).post(f"/posts/{post.pk}/reactions/onaji/", sent)
    assert answer.status_code == 303
    assert answer["Location"] == f"/channels/madoguchi-dx/?thread={post.pk}#post-{post.pk}"
    assert pressed() == [(miura.name, "onaji")]


@pytest.mark.parametrize(
    "place", ["https://example.com/", "//example.com/", "javascript:alert(1)", "/\\example.com", ""]
)
def test_press_never_leads_to_another_site(cast, place):
    post = cast[2]
    answer = signed_in(cast[1]).post(f"/posts/{post.pk}/reactions/onaji/", {"next": place})
    assert answer["Location"] == f"/posts/{post.pk}/#post-{post.pk}"


def test_press_answers_scripts_with_the_fragment_and_what_is_mine(cast):
    tanaka, miura, post = cast
    signed_in(tanaka).post(f"/posts/{post.pk}/reactions/sugoi/")
    client = signed_in(miura)
    client.post(f"/posts/{post.pk}/reactions/arigato/", **JSON)
    told = client.post(f"/posts/{post.pk}/reactions/onaji/", **JSON).json()
    made = fragments.post(post.pk)
    assert told == {"id": post.pk, "v": 4, "html": made.html, "mine": ["onaji", "arigato"]}
    assert told["html"] in client.get("/channels/madoguchi-dx/").content.decode()


def test_press_turns_round_unless_told(cast):
    _, miura, post = cast
    client, address = signed_in(miura), f"/posts/{post.pk}/reactions/onaji/"
    after = []
    for on in ("", "", "1", "1", "0", "0"):
        client.post(address, {"on": on}, **JSON)
        after.append(len(pressed()))
    assert after == [1, 0, 1, 1, 0, 0]
    assert LiveEvent.objects.filter(kind=LiveEvent.Kind.POST_REACTED).count() == 4


def test_press_a_stranger_404_and_others_as_told(cast):
    tanaka, miura, post = cast
    closed = factories.post(tanaka, factories.channel("shikoku", tanaka, kind=Channel.Kind.PRIVATE))
    client = signed_in(miura)
    assert client.post(f"/posts/{closed.pk}/reactions/onaji/").status_code == 404
    assert client.post("/posts/999999/reactions/onaji/").status_code == 404
    assert client.post(f"/posts/{post.pk}/reactions/nai/", **JSON).status_code == 404
    assert_asks_to_sign_in(f"/posts/{post.pk}/reactions/onaji/", "post")
    assert_only("post", f"/posts/{post.pk}/reactions/onaji/", tanaka)
    assert pressed() == []
    assert signed_in(tanaka).post(f"/posts/{closed.pk}/reactions/onaji/").status_code == 303


def test_press_in_an_archived_channel_is_refused(cast):
    Channel.objects.update(archived_at="2026-11-01T00:00:00Z")
    told = signed_in(cast[1]).post(f"/posts/{cast[2].pk}/reactions/onaji/", **JSON)
    assert error_of(told) == (403, "このチャンネルは保管済みです。読むことだけできます。", "")


def test_index_offers_every_stamp_once_and_marks_mine(cast):
    _, miura, post = cast
    client = signed_in(miura)
    client.post(f"/posts/{post.pk}/reactions/chigau/")
    part = client.get(f"/posts/{post.pk}/reactions/", **PART).content.decode()
    offered = [piece.split('"')[0] for piece in part.split('data-stamp="')[1:]]
    assert sorted(offered) == sorted(stamps())
    assert part.split('data-stamp="chigau" aria-pressed="')[1].startswith("true")
    assert (part.count('aria-pressed="true"'), "<html" in part) == (1, False)
    assert client.get(f"/posts/{post.pk}/reactions/").status_code == 200
