"""The thread of a post and the replies in it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Member
from channels_app import fragments
from channels_app.actions.channels import mark_read
from channels_app.actions.posts import remove_post
from channels_app.models import Channel, Following, LiveStream, Membership, Post
from kyoso.lib import markdown
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
    block = '<script id="thread-viewer" type="application/json">{"reactions": {}, "saved": []}</script>'
    assert block in part


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


def test_a_reply_shown_in_the_channel_stands_in_both_and_counts(cast):
    tanaka, miura, root = cast
    client = signed_in(tanaka)
    client.post(f"/posts/{root.pk}/replies/", words("皆さんにも", in_channel="on"))
    reply = Post.objects.get(text="皆さんにも")
    fragment = fragments.post(reply.pk).html
    assert ("data-in-channel" in fragment, "スレッドへの返信</a>" in fragment) == (True, True)
    page = signed_in(miura).get(f"/posts/{root.pk}/thread/").content.decode()
    assert (page.count(fragment), page.count(fragments.as_copy(fragment, "thread"))) == (1, 1)
    only_thread = factories.post(tanaka, root.channel, "ここだけ", root=root)
    page = signed_in(miura).get("/channels/madoguchi-dx/").content.decode()
    assert f'id="post-{only_thread.pk}"' not in page
    stays = {stay.member_id: stay.read_posts for stay in root.channel.memberships.all()}
    stream = LiveStream.objects.get(kind="c", ref_id=root.channel_id)
    unread = (stream.posts - stays[tanaka.pk], stream.posts - stays[miura.pk])
    assert (stream.posts, unread) == (2, (0, 2))
    mark_read(miura, root.channel)
    assert Membership.objects.get(member=miura).read_posts == 2


def test_the_permalink_of_a_reply_shown_in_the_channel_opens_the_channel(cast):
    tanaka, miura, root = cast
    shown = factories.post(miura, root.channel, "両方に", root=root, in_channel=True)
    hidden = factories.post(miura, root.channel, "ここだけ", root=root)
    client = signed_in(tanaka)
    channel = root.channel.get_absolute_url()
    assert client.get(f"/posts/{shown.pk}/")["Location"] == f"{channel}?around={shown.pk}#post-{shown.pk}"
    assert client.get(f"/posts/{hidden.pk}/")["Location"] == (
        f"{channel}?around={root.pk}&thread={root.pk}&reply={hidden.pk}#post-{hidden.pk}"
    )


def follows(member, root) -> bool:
    return Following.objects.followed_by(member, root)


def test_following_and_not(cast):
    tanaka, miura, root = cast
    client, address = signed_in(miura), f"/posts/{root.pk}/following/"
    assert (follows(tanaka, root), follows(miura, root)) == (True, False)
    for deed, state in (("follow", True), ("follow", True), ("unfollow", False), ("unfollow", False)):
        assert client.post(address, {"deed": deed}, **JSON).json() == {"following": state}
        assert follows(miura, root) is state
        word = "通知を止める" if state else "通知する"
        assert f"<span>{word}</span>" in client.get(f"/posts/{root.pk}/thread/", **PART).content.decode()
    answer = client.post(address, {"deed": "follow"})
    assert (answer.status_code, answer["Location"]) == (303, f"/posts/{root.pk}/thread/")


def test_following_of_a_reply_is_that_of_its_thread(cast):
    _, miura, root = cast
    reply = factories.post(root.author, root.channel, root=root)
    signed_in(miura).post(f"/posts/{reply.pk}/following/", {"deed": "follow"})
    assert follows(miura, root) is True


def test_following_habits(cast):
    tanaka, miura, root = cast
    address = f"/posts/{root.pk}/following/"
    assert_asks_to_sign_in(address, "post")
    assert_only("post", address, miura)
    assert signed_in(miura).post(address, {"deed": "nonsense"}).status_code == 422
    assert signed_in(miura).post("/posts/999999/following/", {"deed": "follow"}).status_code == 404
    closed = factories.channel("kaigi", tanaka, kind=Channel.Kind.PRIVATE, name="会議")
    secret = factories.post(tanaka, closed)
    assert signed_in(miura).post(f"/posts/{secret.pk}/following/", {"deed": "follow"}).status_code == 404


def quoted(client, root, post) -> str:
    address = f"/posts/{root.pk}/thread/?quote={post.pk}"
    return client.get(address).context["thread"].form["text"].value()


def test_a_quote_stands_in_the_field(cast):
    tanaka, miura, root = cast
    text = "> 前の引用\n\n一行目\n\n- 二行目\n" + "長い行\n" * 20
    reply = factories.post(miura, root.channel, text, root=root)
    day = timezone.localdate(reply.posted_at)
    lines = quoted(signed_in(tanaka), root, reply).split("\n")
    who = f"三浦 健太（岩手県 盛岡市・情報企画課・{day.year}年{day.month}月{day.day}日）"
    assert lines[:5] == [f"> [{who}](/posts/{reply.pk}/)", ">", "> 一行目", ">", "> - 二行目"]
    assert lines[-3:] == ["> …", "", ""]
    assert len(lines) == 17
    html = markdown.to_html("\n".join(lines) + "なるほど")
    assert f'<a href="/posts/{reply.pk}/"' in html
    assert html.endswith("<p>なるほど</p>")


def test_a_quote_cannot_break_out_of_its_line(cast):
    tanaka, miura, root = cast
    Member.objects.filter(pk=miura.pk).update(name="三浦](https://evil.example.jp) <b>")
    reply = factories.post(miura, root.channel, "はい", root=root)
    html = markdown.to_html(quoted(signed_in(tanaka), root, reply))
    assert ('evil.example.jp"' in html, "<b>" in html) == (False, False)


def test_only_standing_posts_of_the_thread_are_quoted(cast):
    tanaka, miura, root = cast
    other = factories.post(miura, root.channel, "別の話題")
    removed = factories.post(miura, root.channel, "消した話", root=root)
    remove_post(miura, removed)
    closed = factories.channel("kaigi", miura, kind=Channel.Kind.PRIVATE, name="会議")
    secret = factories.post(miura, closed, "内密の話")
    client = signed_in(tanaka)
    for post in (other, removed, secret):
        assert client.get(f"/posts/{root.pk}/thread/?quote={post.pk}").status_code == 404


@pytest.mark.parametrize("cursor", ["", "?before={}", "?after={}", "?around={}"])
def test_a_thread_asks_the_same_for_50_and_120_replies(cast, cursor):
    tanaka, miura, root = cast
    client, counts = signed_in(tanaka), []
    for more in (60, 60):
        replies = [factories.post(miura, root.channel, root=root) for _ in range(more)]
        address = f"/posts/{root.pk}/thread/" + cursor.format(replies[more // 2].pk)
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        counts.append(len(asked))
    assert counts[0] == counts[1]
