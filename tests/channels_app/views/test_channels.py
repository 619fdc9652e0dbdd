"""The channel page, its windows, and how far one has read."""

import pytest

from channels_app import fragments
from channels_app.actions.channels import admit, mark_read
from channels_app.models import Channel, LiveStream
from tests import factories
from tests.channels_app.views.habits import JSON, assert_asks_to_sign_in, assert_only, error_of, signed_in
from tests.people import person

pytestmark = pytest.mark.django_db
ADDRESS = "/channels/madoguchi-dx/"


@pytest.fixture
def cast():
    """(member, reader who has not joined, channel)."""
    tanaka, miura = person("tanaka"), person("miura")
    return tanaka, miura, factories.channel("madoguchi-dx", tanaka)


def timeline(answer) -> str:
    """What stands between the tags of the timeline."""
    return (
        answer.content.decode()
        .split('id="timeline"')[1]
        .split(">\n", 1)[1]
        .split('\n</div>\n<div class="ky-turn"')[0]
    )


def test_show_prints_the_numbers_live_updates_start_from(cast):
    tanaka, _, channel = cast
    factories.post(tanaka, channel)
    page = signed_in(tanaka).get(ADDRESS).content.decode()
    head = LiveStream.objects.get(kind="c", ref_id=channel.pk).head
    assert f'id="timeline" data-stream="c{channel.pk}" data-n="{head}" data-newest="1">' in page
    assert f'data-member="{tanaka.pk}"' in page.split("<body")[1].split(">")[0]


def test_show_is_made_of_fragments_and_says_nothing_of_the_viewer_in_them(cast):
    tanaka, miura, channel = cast
    made = [factories.post(tanaka, channel, f"投稿{i}").pk for i in range(3)]
    shown = timeline(signed_in(miura).get(ADDRESS))
    parts = [fragments.post(post_id).html for post_id in made]
    assert shown.split("</h2>\n", 1)[1] == "\n".join(parts)
    assert "csrf" not in shown


def test_show_prints_what_is_the_viewers_in_one_block(cast):
    tanaka, miura, channel = cast
    post = factories.post(tanaka, channel)
    signed_in(miura).post(f"/posts/{post.pk}/reactions/onaji/")
    facts = {"member": miura.pk, "reactions": {post.pk: ["onaji"]}, "last_read_n": None, "joined": False}
    facts |= {"saved": [], "called": [f"m{miura.pk}"]}
    assert signed_in(miura).get(ADDRESS).context["viewer"] == facts
    own = signed_in(tanaka).get(ADDRESS).context["viewer"]
    assert (own["reactions"], own["joined"], own["last_read_n"]) == ({}, True, 2)


def test_show_draws_the_line_before_what_is_new(cast):
    tanaka, miura, channel = cast
    yamamoto = person("yamamoto")
    admit(yamamoto, channel)
    factories.post(yamamoto, channel, "読んだ投稿")
    mark_read(tanaka, channel)
    new = factories.post(yamamoto, channel, "新しい投稿")
    shown = timeline(signed_in(tanaka).get(ADDRESS))
    line = '<h2 class="ky-new" id="unread">ここから新着</h2>'
    assert shown.split(line)[1].strip() == fragments.post(new.pk).html
    assert line not in timeline(signed_in(miura).get(ADDRESS))
    assert line not in timeline(signed_in(yamamoto).get(ADDRESS))
    mark_read(tanaka, channel)
    assert line not in timeline(signed_in(tanaka).get(ADDRESS))


def test_show_in_windows_of_fifty(cast):
    tanaka, _, channel = cast
    made = [factories.post(tanaka, channel, f"投稿{i}").pk for i in range(103)]
    client = signed_in(tanaka)

    def window(query: str) -> tuple:
        seen = client.get(ADDRESS + query).context["window"]
        return seen.ids, seen.older, seen.newer

    assert window("") == (made[53:], True, False)
    assert window(f"?before={made[53]}") == (made[3:53], True, True)
    assert window(f"?before={made[3]}") == (made[:3], False, True)
    assert window(f"?after={made[2]}") == (made[3:53], True, True)
    assert window(f"?after={made[52]}") == (made[53:], True, False)
    assert window(f"?around={made[50]}") == (made[25:75], True, True)
    assert window(f"?around={made[102]}") == (made[77:], True, False)
    old = client.get(f"{ADDRESS}?before={made[53]}").content.decode()
    assert ('data-newest="0"' in old, f"?after={made[52]}" in old, "data-older" in old) == (True, True, True)


@pytest.mark.parametrize(
    "query", ["before=x", "after=-1", "around=９", "thread=1.5", "before=" + "9" * 5000, "around=%ff"]
)
def test_show_of_no_such_place_is_404(cast, query):
    assert signed_in(cast[0]).get(f"{ADDRESS}?{query}").status_code == 404


def test_show_around_a_post_of_another_channel_is_404(cast):
    tanaka, miura, _ = cast
    secret = factories.post(miura, factories.channel("shikoku", miura, kind=Channel.Kind.PRIVATE))
    other = factories.post(miura, factories.channel("zatsudan", miura))
    for name in ("before", "after", "around", "thread"):
        for post in (secret, other):
            assert signed_in(tanaka).get(f"{ADDRESS}?{name}={post.pk}").status_code == 404
    assert signed_in(miura).get(f"/channels/shikoku/?around={secret.pk}").status_code == 200


def test_show_to_whom(cast):
    tanaka, miura, _ = cast
    factories.channel("shikoku", tanaka, kind=Channel.Kind.PRIVATE)
    assert_asks_to_sign_in(ADDRESS)
    assert_only("get", ADDRESS, tanaka)
    assert signed_in(tanaka).get("/channels/shikoku/").status_code == 200
    for address in ("/channels/shikoku/", "/channels/shikoku/?thread=1", "/channels/nai/"):
        assert signed_in(miura).get(address).status_code == 404


def test_a_closed_channel_shows_each_member_their_own_stay(cast):
    tanaka, miura, _ = cast
    channel = factories.channel("shikoku", tanaka, kind=Channel.Kind.PRIVATE)
    before = factories.post(tanaka, channel, "参加前")
    signed_in(tanaka).get("/channels/shikoku/")
    factories.channels.admit(miura, channel)
    during = factories.post(tanaka, channel, "参加中")
    seen = {m.name: signed_in(m).get("/channels/shikoku/").context["window"].ids for m in (tanaka, miura)}
    assert seen == {tanaka.name: [before.pk, during.pk], miura.name: [during.pk]}


def test_where_nothing_can_be_written_a_sentence_stands(cast):
    tanaka, miura, channel = cast

    def composer(member) -> tuple:
        page = signed_in(member).get(ADDRESS).content.decode()
        return 'id="composer"' in page, 'value="join"' in page, 'value="leave"' in page

    assert (composer(tanaka), composer(miura)) == ((True, False, True), (False, True, False))
    Channel.objects.filter(pk=channel.pk).update(kind=Channel.Kind.ANNOUNCEMENT)
    assert composer(tanaka) == (False, False, True)
    Channel.objects.filter(pk=channel.pk).update(archived_at="2026-11-01T00:00:00Z")
    assert composer(miura) == (False, False, False)


def test_read_moves_the_position_and_never_back(cast):
    tanaka, miura, channel = cast
    factories.channels.admit(miura, channel)
    first, second = factories.post(miura, channel), factories.post(miura, channel)
    client = signed_in(tanaka)
    told = [client.post(ADDRESS + "read/", {"upto": n}, **JSON).json() for n in (first.n, 10**18, 0)]
    assert told == [
        {"read_posts": 1, "n": first.n},
        {"read_posts": 2, "n": second.n},
        {"read_posts": 2, "n": second.n},
    ]


def test_read_by_the_button(cast):
    tanaka, miura, channel = cast
    factories.channels.admit(miura, channel)
    factories.post(miura, channel)
    client = signed_in(tanaka)
    assert "ここまで読んだことにする" in client.get(ADDRESS).content.decode()
    answer = client.post(ADDRESS + "read/", {"upto": ""})
    assert (answer.status_code, answer["Location"]) == (303, ADDRESS)
    assert "ここまで読んだことにする" not in client.get(ADDRESS).content.decode()


def test_read_by_others(cast):
    tanaka, miura, _ = cast
    factories.channel("shikoku", tanaka, kind=Channel.Kind.PRIVATE)
    outside = signed_in(miura)
    assert outside.post(ADDRESS + "read/", {"upto": 1}).status_code == 403
    assert error_of(outside.post(ADDRESS + "read/", {"upto": 1}, **JSON))[0] == 403
    assert outside.post("/channels/shikoku/read/", {"upto": 1}).status_code == 404
    assert signed_in(tanaka).post(ADDRESS + "read/", {"upto": "x"}, **JSON).status_code == 422
    assert_asks_to_sign_in(ADDRESS + "read/", "post")
    assert_only("post", ADDRESS + "read/", tanaka)
