"""Older and newer posts on scroll and by link; nothing jumps, nothing is lost, nothing comes twice."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from channels_app.actions.channels import mark_read
from channels_app.actions.imports import OldPost, import_posts
from channels_app.actions.posts import edit_post
from channels_app.models import Post
from tests import factories
from tests.browser.walker import walker
from tests.people import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOWN = "[...document.querySelectorAll('#timeline > article')].map((one) => Number(one.dataset.post))"
DAYS = "[...document.querySelectorAll('#timeline > .ky-day time')].map((one) => one.dateTime)"
# Where the first post in sight stands, in whole pixels.
PLACE = """() => {
    const top = document.getElementById("posts").getBoundingClientRect().top;
    const shown = [...document.querySelectorAll("#timeline > article")];
    const first = shown.find((one) => one.getBoundingClientRect().bottom > top);
    return [first.dataset.post, Math.round(first.getBoundingClientRect().top)];
}"""
TO_TOP = "document.getElementById('posts').scrollTop = 0"
TO_END = "document.getElementById('posts').scrollTop = 1e6"


@pytest.fixture
def talk():
    """(reader, writer, 120 posts of several days), read up to the last."""
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    posts = [factories.post(miura, channel, f"{number}件目") for number in range(120)]
    for age, post in enumerate(reversed(posts)):
        Post.objects.filter(pk=post.pk).update(posted_at=timezone.now() - timedelta(hours=age))
    mark_read(tanaka, channel)
    return tanaka, miura, posts


@pytest.fixture
def reading(live_site, chromium, talk):
    """A page of the channel; no script error may happen."""
    one = walker(chromium, live_site.origin)
    one.sign_in(talk[0])
    yield one
    one.context.close()
    assert one.complaints == []


def look(one, query: str = "") -> None:
    one.open(f"/channels/madoguchi-dx/{query}")
    one.page.wait_for_selector("body[data-live=live]")


def assert_complete(page, posts) -> None:
    assert page.evaluate(SHOWN) == [post.pk for post in posts]
    days = page.evaluate(DAYS)
    assert days == sorted(set(days))


def test_older_posts_come_on_scroll_and_the_reader_stays(reading, talk):
    posts = talk[2]
    look(reading)
    expect(reading.posts()).to_have_count(50)
    for count in (100, 120):
        reading.page.evaluate("document.getElementById('posts').scrollTop = 300")
        before = reading.page.evaluate(PLACE)
        expect(reading.posts()).to_have_count(count)
        after = reading.page.evaluate(PLACE)
        assert (after[0], abs(after[1] - before[1]) <= 1) == (before[0], True)
    assert_complete(reading.page, posts)
    expect(reading.page.locator("#posts [data-older]")).to_have_count(0)


def test_newer_posts_come_on_scroll_until_the_page_is_live_again(reading, talk):
    _, miura, posts = talk
    look(reading, f"?around={posts[0].pk}")
    expect(reading.posts()).to_have_count(25)
    late = factories.post(miura, posts[0].channel, "そのあいだに来た投稿")
    for count in (75, 121):
        reading.page.evaluate(TO_END)
        expect(reading.posts()).to_have_count(count)
    expect(reading.page.locator("#timeline")).to_have_attribute("data-newest", "1")
    assert_complete(reading.page, [*posts, late])
    last = factories.post(miura, posts[0].channel, "いま来た投稿")
    expect(reading.page.locator(f"#post-{last.pk}")).to_have_count(1)
    reading.page.reload()
    expect(reading.page.locator(f"#post-{last.pk}")).to_be_visible()


def test_the_link_turns_by_keyboard_too(reading, talk):
    look(reading)
    reading.page.evaluate("document.querySelector('#posts').scrollTop = 5000")
    reading.page.locator("#posts [data-older]").press("Enter")
    expect(reading.posts()).to_have_count(100)
    assert reading.page.url.endswith("/channels/madoguchi-dx/")


def test_what_changes_while_a_page_is_on_its_way_is_not_lost(reading, talk):
    _, miura, posts = talk
    look(reading)

    def late(route):
        answer = route.fetch()
        edit_post(miura, posts[60], text="いま直した文")
        last = factories.post(miura, posts[0].channel, "知らせ")
        expect(reading.page.locator(f"#post-{last.pk}")).to_have_count(1)
        route.fulfill(response=answer)

    reading.page.route("**/channels/madoguchi-dx/?before=*", late)
    reading.page.evaluate(TO_TOP)
    expect(reading.page.locator(f"#post-{posts[60].pk} .ky-text")).to_have_text("いま直した文")


def test_the_line_of_the_new_moves_up_and_the_first_unread_is_one_press_away(reading, talk):
    tanaka, miura, posts = talk
    channel = posts[0].channel
    unread = [factories.post(miura, channel, f"未読{number}") for number in range(70)]
    look(reading)  # opens at the line, which is near the top: what is older comes by itself
    expect(reading.posts()).to_have_count(100)
    expect(reading.page.locator(".ky-new")).to_have_count(1)
    after = "document.querySelector('.ky-new ~ article').dataset.post"
    assert reading.page.evaluate(after) == str(unread[0].pk)
    look(reading, "?unread=1")
    expect(reading.page.locator(".ky-new")).to_be_focused()
    assert reading.page.evaluate(after) == str(unread[0].pk)
    assert f"around={unread[0].pk}" in reading.page.url


def test_after_a_reset_the_page_is_the_fresh_one_and_turns_again(reading, talk):
    tanaka, miura, posts = talk
    look(reading)
    for count in (100, 120):
        reading.page.evaluate(TO_TOP)
        expect(reading.posts()).to_have_count(count)
    at = Post.objects.get(pk=posts[40].pk).posted_at + timedelta(minutes=1)
    (old,) = import_posts(posts[0].channel, [OldPost(miura, "あとから取り込んだ投稿", at)])
    expect(reading.posts()).to_have_count(50)
    for count in (100, 121):
        reading.page.evaluate(TO_TOP)
        expect(reading.posts()).to_have_count(count)
    assert_complete(reading.page, [*posts[:41], old, *posts[41:]])


def test_a_long_thread_turns_too(reading, talk):
    _, miura, posts = talk
    root = posts[-1]
    replies = [factories.post(miura, root.channel, f"返信{number}", root=root) for number in range(70)]
    reading.open(f"/posts/{root.pk}/thread/")
    reading.page.wait_for_selector("body[data-live=live]")
    expect(reading.page.locator("#thread-posts > article")).to_have_count(50)
    reading.page.locator("#thread [data-older]").press("Enter")
    expect(reading.page.locator("#thread-posts > article")).to_have_count(70)
    shown = reading.page.evaluate(SHOWN.replace("#timeline", "#thread-posts"))
    assert shown == [reply.pk for reply in replies]


def test_the_permalink_lights_up_its_post(reading, talk):
    posts = talk[2]
    reading.open(f"/posts/{posts[3].pk}/")
    expect(reading.page.locator(f"#post-{posts[3].pk}")).to_be_focused()
    expect(reading.page.locator(f"#post-{posts[3].pk}")).to_be_in_viewport()
