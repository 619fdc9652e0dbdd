"""Keeping posts for later: the page, the form in the menu, and the mark in the page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels_app.actions import bookmarks, channels
from channels_app.actions.posts import remove_post
from channels_app.models import Bookmark
from tests import factories
from tests.channels_app.views.habits import JSON, assert_asks_to_sign_in, assert_only, signed_in
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    """Tanaka, who keeps, Miura, who writes, and a channel of both."""
    tanaka, miura = person("tanaka"), person("miura")
    return tanaka, miura, factories.channel("madoguchi-dx", tanaka, miura)


def kept(client, address="/bookmarks/") -> list[int]:
    """The posts of a page, in order."""
    return [row.bookmark.post_id for row in client.get(address).context["rows"]]


def test_a_post_is_kept_done_opened_again_and_let_go(cast):
    tanaka, miura, channel = cast
    post = factories.post(miura, channel)
    client, address = signed_in(tanaka), f"/posts/{post.pk}/bookmark/"
    for _ in range(2):
        assert client.post(address, {"deed": "save"})["Location"] == "/bookmarks/"
        assert (kept(client), kept(client, "/bookmarks/?tab=done")) == ([post.pk], [])
    for _ in range(2):
        client.post(address, {"deed": "finish"})
        assert (kept(client), kept(client, "/bookmarks/?tab=done")) == ([], [post.pk])
    client.post(address, {"deed": "save"})
    assert kept(client) == [post.pk]
    for _ in range(2):
        told = client.post(address, {"deed": "remove"}, **JSON).json()
        assert told == {"saved": False, "post": post.pk, "told": "「あとで」から外しました。"}
    assert Bookmark.objects.count() == 0


def test_rows_say_who_where_and_what(cast):
    tanaka, miura, channel = cast
    bookmarks.save(tanaka, factories.post(miura, channel, "待ち時間の**表**です"))
    page = signed_in(tanaka).get("/bookmarks/").content.decode()
    for words in ("三浦 健太", "（岩手県 盛岡市・情報企画課）さんの投稿", "#窓口DX", "待ち時間の表です"):
        assert words in page


def test_a_removed_post_says_so_and_cannot_be_kept_anew(cast):
    tanaka, miura, channel = cast
    post, other = factories.post(miura, channel, "内緒の話"), factories.post(miura, channel)
    bookmarks.save(tanaka, post)
    remove_post(miura, post)
    remove_post(miura, other)
    client = signed_in(tanaka)
    page = client.get("/bookmarks/").content.decode()
    assert ("この投稿は取り消されました。" in page, "内緒の話" in page) == (True, False)
    assert client.post(f"/posts/{other.pk}/bookmark/", {"deed": "save"}, **JSON).status_code == 403


def test_what_one_may_not_read_any_more_is_gone(cast):
    tanaka, miura, _ = cast
    closed = factories.channel("shikoku", tanaka, miura, kind="private")
    post = factories.post(miura, closed)
    bookmarks.save(tanaka, post)
    bookmarks.save(miura, post)
    client = signed_in(tanaka)
    assert kept(client) == [post.pk]
    channels.leave_channel(tanaka, closed)
    assert kept(client) == []
    assert kept(signed_in(miura)) == [post.pk]


def test_strangers_and_bad_input_are_refused(cast):
    _, miura, channel = cast
    post = factories.post(miura, channel)
    closed = factories.post(miura, factories.channel("shikoku", miura, kind="private"))
    stranger = signed_in(person("ito"))
    assert stranger.post(f"/posts/{closed.pk}/bookmark/", {"deed": "save"}).status_code == 404
    assert stranger.post(f"/posts/{post.pk}/bookmark/", {"deed": "x"}).status_code == 422
    assert [stranger.get(f"/bookmarks/?{bad}").status_code for bad in ("tab=x", "before=x")] == [404, 404]
    assert Bookmark.objects.count() == 0
    assert_asks_to_sign_in(f"/posts/{post.pk}/bookmark/", "post")
    assert_only("post", f"/posts/{post.pk}/bookmark/", miura)


def test_one_kept_post_and_thirty_cost_the_same_and_more_follow_by_link(cast):
    tanaka, miura, channel = cast
    client = signed_in(tanaka)

    def cost() -> int:
        client.get("/bookmarks/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/bookmarks/")
        return len(queries)

    posts = [factories.post(miura, channel) for _ in range(31)]
    bookmarks.save(tanaka, posts[0])
    once = cost()
    for post in posts[1:]:
        bookmarks.save(tanaka, post)
    assert (cost(), len(kept(client))) == (once, 30)
    older = client.get("/bookmarks/").context["older"]
    assert kept(client, f"/bookmarks/?before={older}") == [posts[0].pk]


def test_the_menu_offers_what_fits(cast):
    tanaka, miura, channel = cast
    post = factories.post(miura, channel)
    client = signed_in(tanaka)

    def offers() -> tuple:
        menu = client.get(f"/posts/{post.pk}/menu/").content.decode()
        return tuple(
            word in menu for word in ("あとで読む", "を済みにする", "から外す", "ここから未読にする")
        )

    assert offers() == (True, False, False, True)
    bookmarks.save(tanaka, post)
    assert offers() == (False, True, True, True)


def test_the_viewer_block_says_what_is_kept_without_another_query(cast):
    tanaka, miura, channel = cast
    open_one, done, other = (factories.post(miura, channel) for _ in range(3))
    for post in (open_one, done):
        bookmarks.save(tanaka, post)
    bookmarks.finish(tanaka, done)
    bookmarks.save(miura, other)
    context = signed_in(tanaka).get("/channels/madoguchi-dx/").context
    assert context["viewer"]["saved"] == [open_one.pk]
