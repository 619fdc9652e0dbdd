"""The thread of a post and the replies in it."""

import pytest

from channels_app import fragments
from channels_app.models import Channel, Post
from tests import factories
from tests.channels_app.views.habits import (
    JSON,
    PART,
    assert_asks_to_sign_in,
    assert_only,
    error_of,
    signed_in,
    words,
)
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    """(author, colleague, root) in one open channel."""
    tanaka, miura = person("tanaka"), person("miura")
    return tanaka, miura, factories.post(tanaka, factories.channel("madoguchi-dx", tanaka, miura))


def test_show_is_the_column_for_scripts_and_the_page_for_people(cast):
    tanaka, miura, root = cast
    reply = factories.post(miura, root.channel, "うちもです", root=root)
    client = signed_in(tanaka)
    part = client.get(f"/posts/{root.pk}/thread/", **PART).content.decode()
    page = client.get(f"/posts/{root.pk}/thread/").content.decode()
    by_query = client.get(f"/channels/madoguchi-dx/?thread={root.pk}").content.decode()
    copy = fragments.as_copy(fragments.post(root.pk).html, "thread")
    for text in (part, page, by_query):
        assert copy in text
        assert f'data-thread-of="{root.pk}" data-newest="1">\n{fragments.post(reply.pk).html}\n</div>' in text
    assert ("<html" in part, "<html" in page) == (False, True)
    assert '<script id="thread-viewer" type="application/json">{"reactions": {}}</script>' in part


def test_show_of_a_reply_is_the_thread_it_stands_in(cast):
    tanaka, miura, root = cast
    reply = factories.post(miura, root.channel, root=root)
    answer = signed_in(tanaka).get(f"/posts/{reply.pk}/thread/")
    assert answer.context["thread"].ids == [root.pk, reply.pk]


def test_show_no_id_twice(cast):
    tanaka, miura, root = cast
    factories.post(miura, root.channel, root=root)
    page = signed_in(tanaka).get(f"/posts/{root.pk}/thread/").content.decode()
    ids = [piece.split('"')[0] for piece in page.split(' id="')[1:]]
    assert sorted(ids) == sorted(set(ids))


def test_show_of_another_channels_post_is_404(cast):
    tanaka, miura, root = cast
    elsewhere = factories.post(miura, factories.channel("zatsudan", miura))
    client = signed_in(tanaka)
    assert client.get(f"/channels/madoguchi-dx/?thread={elsewhere.pk}").status_code == 404
    assert client.get(f"/channels/zatsudan/?thread={elsewhere.pk}").status_code == 200


def test_reply_stands_in_the_thread_only(cast):
    tanaka, miura, root = cast
    answer = signed_in(miura).post(f"/posts/{root.pk}/replies/", words("うちもです"))
    reply = Post.objects.get(root=root)
    assert (answer.status_code, answer["Location"]) == (303, f"/posts/{root.pk}/thread/#post-{reply.pk}")
    page = signed_in(tanaka).get("/channels/madoguchi-dx/").content.decode()
    assert (f'id="post-{reply.pk}"' in page, "返信1件" in page) == (False, True)


def test_reply_to_a_reply_joins_the_same_thread(cast):
    tanaka, miura, root = cast
    reply = factories.post(miura, root.channel, root=root)
    assert signed_in(tanaka).post(f"/posts/{reply.pk}/replies/", words()).status_code == 303
    assert set(Post.objects.exclude(pk=root.pk).values_list("root", flat=True)) == {root.pk}


def test_reply_twice_with_one_cid_is_one_reply(cast):
    _, miura, root = cast
    client, sent = signed_in(miura), words()
    first, second = (client.post(f"/posts/{root.pk}/replies/", sent, **JSON) for _ in range(2))
    assert (first.status_code, second.status_code, first.json()) == (201, 200, second.json())
    root.refresh_from_db()
    assert (root.reply_count, first.json()["cid"]) == (1, sent["cid"])


def test_reply_refused_keeps_the_text_in_the_column(cast):
    _, miura, root = cast
    client = signed_in(miura)
    answer = client.post(f"/posts/{root.pk}/replies/", words("い" * 10_001))
    assert (answer.status_code, answer.context["thread"].form["text"].value()) == (422, "い" * 10_001)
    assert answer.context["form"]["text"].value() is None
    assert error_of(client.post(f"/posts/{root.pk}/replies/", words(" "), **JSON))[::2] == (422, "text")
    assert Post.objects.count() == 1


def test_reply_by_a_reader_outside_is_403_and_a_stranger_404(cast):
    tanaka, miura, root = cast
    reader = signed_in(person("yamamoto"))
    closed = factories.post(tanaka, factories.channel("shikoku", tanaka, kind=Channel.Kind.PRIVATE))
    assert reader.post(f"/posts/{root.pk}/replies/", words()).status_code == 403
    assert reader.post(f"/posts/{root.pk}/replies/", words(), **JSON).status_code == 403
    assert signed_in(miura).post(f"/posts/{closed.pk}/replies/", words()).status_code == 404
    assert signed_in(miura).post("/posts/999999/replies/", words()).status_code == 404
    assert_asks_to_sign_in(f"/posts/{root.pk}/replies/", "post")
    assert_only("post", f"/posts/{root.pk}/replies/", tanaka)
    assert Post.objects.count() == 2


def test_reply_in_an_announcement_channel_is_for_everybody_in_it():
    tanaka, ito = person("tanaka"), person("ito")
    channel = factories.channel("kuni-kara", tanaka, ito, kind=Channel.Kind.ANNOUNCEMENT)
    root = factories.post(ito, channel, "照会です")
    client = signed_in(tanaka)
    assert client.post(f"/posts/{root.pk}/replies/", words()).status_code == 303
    page = client.get(f"/posts/{root.pk}/thread/").content.decode()
    assert ('id="composer"' in page, 'id="reply-composer"' in page) == (False, True)


def test_replies_come_in_windows_of_fifty(cast):
    tanaka, miura, root = cast
    made = [factories.post(miura, root.channel, f"返信{i}", root=root).pk for i in range(52)]
    client = signed_in(tanaka)
    newest = client.get(f"/posts/{root.pk}/thread/").context["thread"].replies
    assert (newest.ids, newest.older, newest.newer) == (made[2:], True, False)
    earlier = client.get(f"/posts/{root.pk}/thread/?before={newest.oldest}").context["thread"].replies
    assert (earlier.ids, earlier.older, earlier.newer) == (made[:2], False, True)
