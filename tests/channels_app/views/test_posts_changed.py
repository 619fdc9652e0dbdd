"""The permalink, the menu, editing and removing."""

import pytest

from channels_app import fragments
from channels_app.actions.posts import remove_post
from channels_app.models import Channel, LiveEvent, Post
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
    """(author, colleague, post) in one open channel."""
    tanaka, miura = person("tanaka"), person("miura")
    return tanaka, miura, factories.post(tanaka, factories.channel("madoguchi-dx", tanaka, miura))


@pytest.fixture
def closed(cast):
    """A post in a private channel that the colleague is not in."""
    tanaka, *_ = cast
    return factories.post(tanaka, factories.channel("shikoku", tanaka, kind=Channel.Kind.PRIVATE))


def test_show_leads_to_the_channel_around_the_post(cast):
    tanaka, miura, post = cast
    reply = factories.post(miura, post.channel, root=post)
    page = "/channels/madoguchi-dx/?around="
    client = signed_in(miura)
    assert client.get(f"/posts/{post.pk}/")["Location"] == f"{page}{post.pk}#post-{post.pk}"
    led = client.get(f"/posts/{reply.pk}/")["Location"]
    assert led == f"{page}{post.pk}&thread={post.pk}&reply={reply.pk}#post-{reply.pk}"
    answer = client.get(led)
    assert (answer.status_code, answer.context["thread"].ids) == (200, [post.pk, reply.pk])


@pytest.mark.parametrize("place", ["", "menu/", "edit/", "removal/", "thread/", "reactions/"])
def test_pages_of_a_post_are_for_those_who_may_see_it(cast, closed, place):
    tanaka, miura, post = cast
    assert_asks_to_sign_in(f"/posts/{closed.pk}/{place}")
    assert signed_in(tanaka).get(f"/posts/{closed.pk}/{place}").status_code in {200, 302}
    assert signed_in(miura).get(f"/posts/{closed.pk}/{place}").status_code == 404
    for nowhere in ("999999", "9" * 30, "0"):
        assert signed_in(tanaka).get(f"/posts/{nowhere}/{place}").status_code == 404


@pytest.mark.parametrize("place", ["", "menu/", "thread/", "reactions/"])
def test_pages_that_only_show_take_no_post(cast, place):
    assert_only("get", f"/posts/{cast[2].pk}/{place}", cast[0])


def test_menu_offers_what_the_member_may(cast):
    tanaka, miura, post = cast
    oonishi = person("oonishi")
    offered = {}
    for member in (tanaka, miura, oonishi):
        part = signed_in(member).get(f"/posts/{post.pk}/menu/", **PART).content.decode()
        offered[member.name] = [deed for deed in ("/edit/", "/removal/") if deed in part]
        assert "<html" not in part
    assert offered == {tanaka.name: ["/edit/", "/removal/"], miura.name: [], oonishi.name: ["/removal/"]}


def test_edit_changes_the_wording(cast):
    tanaka, _, post = cast
    client = signed_in(tanaka)
    assert client.get(f"/posts/{post.pk}/edit/").context["form"]["text"].value() == post.text
    answer = client.post(f"/posts/{post.pk}/edit/", {"text": "直しました"})
    assert (answer.status_code, answer["Location"]) == (303, f"/posts/{post.pk}/")
    post.refresh_from_db()
    assert (post.text, post.v, post.revisions.count()) == ("直しました", 2, 1)


def test_edit_answers_scripts_and_again_changes_nothing(cast):
    tanaka, _, post = cast
    client = signed_in(tanaka)
    told = [client.post(f"/posts/{post.pk}/edit/", {"text": "直しました"}, **JSON) for _ in range(2)]
    assert [answer.status_code for answer in told] == [200, 200]
    expected = {"id": post.pk, "v": 2, "html": fragments.post(post.pk).html}
    assert [answer.json() for answer in told] == [expected, expected]
    assert Post.objects.get().revisions.count() == 1


def test_edit_refuses_bad_text_and_keeps_it(cast):
    tanaka, _, post = cast
    client = signed_in(tanaka)
    answer = client.post(f"/posts/{post.pk}/edit/", {"text": "あ" * 10_001})
    assert (answer.status_code, answer.context["form"]["text"].value()) == (422, "あ" * 10_001)
    assert error_of(client.post(f"/posts/{post.pk}/edit/", {"text": " "}, **JSON))[::2] == (422, "text")
    post.refresh_from_db()
    assert (post.text, post.v) == ("窓口の待ち時間を測ってみました。", 1)


@pytest.mark.parametrize("place", ["edit/", "removal/"])
def test_other_peoples_posts_are_refused(cast, closed, place):
    tanaka, miura, post = cast
    client = signed_in(miura)
    assert client.get(f"/posts/{post.pk}/{place}").status_code == 403
    assert client.post(f"/posts/{post.pk}/{place}", {"text": "乗っ取り"}).status_code == 403
    assert client.post(f"/posts/{post.pk}/{place}", {"text": "乗っ取り"}, **JSON).status_code == 403
    assert client.post(f"/posts/{closed.pk}/{place}", {"text": "乗っ取り"}).status_code == 404
    assert_asks_to_sign_in(f"/posts/{post.pk}/{place}", "post")
    assert client.put(f"/posts/{post.pk}/{place}").status_code == 405
    assert set(Post.objects.values_list("text", "removed_at")) == {(post.text, None)}


def test_removal_asks_and_then_takes_the_post_back(cast):
    tanaka, _, post = cast
    client = signed_in(tanaka)
    assert client.get(f"/posts/{post.pk}/removal/").status_code == 200
    assert Post.objects.get().removed_at is None
    answer = client.post(f"/posts/{post.pk}/removal/")
    assert (answer.status_code, answer["Location"]) == (303, f"/posts/{post.pk}/")
    page = client.get("/channels/madoguchi-dx/").content.decode()
    assert ("待ち時間" in page, "投稿した人が取り消しました" in page) == (False, True)


def test_removal_again_changes_nothing(cast):
    tanaka, _, post = cast
    client = signed_in(tanaka)
    told = [client.post(f"/posts/{post.pk}/removal/", **JSON) for _ in range(2)]
    assert [answer.json() for answer in told] == [
        {"id": post.pk, "v": 2, "html": fragments.post(post.pk).html}
    ] * 2
    assert LiveEvent.objects.filter(kind=LiveEvent.Kind.POST_REMOVED).count() == 1
    assert client.get(f"/posts/{post.pk}/removal/")["Location"] == f"/posts/{post.pk}/"


def test_removal_by_the_secretariat(cast):
    post = cast[2]
    assert signed_in(person("oonishi")).post(f"/posts/{post.pk}/removal/").status_code == 303
    page = signed_in(cast[1]).get("/channels/madoguchi-dx/").content.decode()
    assert "事務局が取り消しました" in page


def test_a_removed_post_can_not_be_edited_or_stamped(cast):
    tanaka, miura, post = cast
    remove_post(tanaka, post)
    answer = signed_in(tanaka).post(f"/posts/{post.pk}/edit/", {"text": "もう一度"})
    assert (answer.status_code, answer.context["form"]["text"].value()) == (403, "もう一度")
    assert signed_in(miura).post(f"/posts/{post.pk}/reactions/onaji/", **JSON).status_code == 403
