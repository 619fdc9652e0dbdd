"""The grid of stamps, and pressing one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels_app import fragments, picker
from channels_app.actions.doubts import doubt_privately
from channels_app.models import Channel, LiveEvent, Reaction
from channels_app.models.stamps import emoji, stamps
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


def offered_in(part):
    """The codes of the buttons of a picker, in their order."""
    return [piece.split('"')[0] for piece in part.split('data-stamp="')[1:]]


def picker_of(member, post, words=""):
    return signed_in(member).get(f"/posts/{post.pk}/reactions/", {"q": words}, **PART).content.decode()


def test_index_offers_every_stamp_once_and_marks_mine(cast):
    _, miura, post = cast
    doubt_privately(miura, post, note="ひとこと")
    part = picker_of(miura, post)
    assert sorted(offered_in(part)) == sorted(["chigau", *stamps(), *emoji()])
    assert part.count('data-stamp="chigau"') == 2  # used last, and among the five
    assert (part.count('aria-pressed="true"'), "<html" in part) == (2, False)
    assert signed_in(miura).get(f"/posts/{post.pk}/reactions/").status_code == 200


def test_index_begins_with_the_last_eight_used_and_then_the_five(cast):
    tanaka, miura, post = cast
    other = factories.post(tanaka, post.channel)
    used = ["arigato", "u1f44d", "oen", "sugoi", "nemui", "ttp", "wakaru", "ryokai", "onaji"]
    for code in used:
        factories.react(miura, post, code)
    factories.react(tanaka, post, "kita")
    factories.react(miura, other, "oen")
    latest = ["oen", "onaji", "ryokai", "wakaru", "ttp", "nemui", "sugoi", "u1f44d"]
    assert offered_in(picker_of(miura, other))[:13] == [*latest, *picker.MEANINGS]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("おつか", ["otsukare"]),
        ("オツカレ", ["otsukare"]),
        ("助かった", ["tasukatta"]),
        ("ｔｔｐ", ["ttp"]),
        ("温泉", ["u2668"]),
    ],
)
def test_index_searches_without_a_script(cast, words, found):
    page = signed_in(cast[1]).get(f"/posts/{cast[2].pk}/reactions/", {"q": words}).content.decode()
    assert offered_in(page.split('class="ky-picker ')[1]) == found


def test_index_says_that_nothing_was_found_and_asks_no_more_of_long_words(cast):
    part = picker_of(cast[1], cast[2], "ぬ" * 5000)
    assert (offered_in(part), "見つかりませんでした。" in part, "ぬ" * 41 in part) == ([], True, False)


def test_index_asks_as_much_of_those_who_used_many(cast):
    _, miura, post = cast
    client, asked = signed_in(miura), []
    for codes in (["onaji"], list(emoji())[:30]):
        for code in codes:
            factories.react(miura, post, code)
        client.get(f"/posts/{post.pk}/reactions/", **PART)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/posts/{post.pk}/reactions/", **PART)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_press_an_emoji_of_the_list_alone(cast):
    _, miura, post = cast
    client = signed_in(miura)
    told = client.post(f"/posts/{post.pk}/reactions/u1f44d/", **JSON).json()
    assert 'aria-label="親指を立てる手 1人"' in told["html"]
    assert '<span class="ky-sign" aria-hidden="true">👍</span>' in told["html"]
    assert "👎" not in {stamp.sign for stamp in emoji().values()}
    for code in ("u1f44e", "u1f595", "👍", "own-nai", "u1f44d%20"):
        assert client.post(f"/posts/{post.pk}/reactions/{code}/").status_code == 404
    assert pressed() == [(miura.name, "u1f44d")]
