"""What arrives live makes the same page as a reload, reaches every place, and stops when access is lost."""

import signal
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Member
from channels_app.actions import channels, posts, questions, reactions
from channels_app.models import Post
from kyoso.lib import eras
from tests import factories
from tests.people import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DRAWN = (
    "[...document.querySelectorAll('#timeline > article, #timeline > .ky-day')].map((one) => one.outerHTML)"
)
PANE = "[...document.querySelectorAll('#thread article')].map((one) => one.outerHTML)"


@pytest.fixture
def cast():
    """Tanaka, who looks on, and Miura, who acts."""
    return person("tanaka"), person("miura")


@pytest.fixture
def looking(at_desk, cast):
    """Opens a channel as Tanaka."""

    def look(slug: str):
        one = at_desk(cast[0])
        one.read_channel(slug)
        return one

    return look


def test_a_page_with_its_frames_equals_the_page_drawn_afresh(looking, cast):
    tanaka, miura = cast
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    asked, edited, removed, pressed = (factories.post(miura, channel, f"投稿 {n}") for n in range(4))
    one = looking("madoguchi-dx")
    factories.post(tanaka, channel, "返信です", root=asked)
    posts.edit_post(miura, edited, text="直した投稿")
    posts.remove_post(miura, removed)
    reactions.react(miura, pressed, stamp="onaji", on=True)
    reactions.react(tanaka, pressed, stamp="onaji", on=True)
    reactions.react(miura, pressed, stamp="onaji", on=False)
    last = factories.post(miura, channel, "最後の投稿")
    expect(one.page.locator(f"#post-{last.pk}")).to_be_visible()
    stamp = one.page.locator(f"#post-{pressed.pk} [data-stamp=onaji]")
    expect(stamp).to_have_attribute("aria-pressed", "true")
    live = one.page.evaluate(DRAWN)
    assert one.page.evaluate("document.body.dataset.liveGaps") == "0"
    one.read_channel("madoguchi-dx")
    assert one.page.evaluate(DRAWN) == live
    assert len(live) == 6


def test_questions_and_replies_in_both_places_equal_the_page_drawn_afresh(looking, cast):
    tanaka, miura = cast
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    solved, closed = (factories.post(tanaka, channel, title=f"質問 {n}") for n in range(2))
    first = factories.post(miura, channel, "前からの返信", root=solved)
    one = looking("madoguchi-dx")
    one.page.locator(f"#post-{solved.pk} .ky-replies").click()
    expect(one.page.locator("#thread-posts article")).to_have_count(1)
    both = factories.post(miura, channel, "皆さんにも", root=solved, in_channel=True)
    questions.accept_answer(tanaka, first)
    questions.accept_answer(tanaka, both)
    posts.edit_post(miura, both, text="皆さんにも見てほしい")
    questions.close_question(tanaka, closed)
    questions.reopen_question(tanaka, closed)
    questions.close_question(tanaka, closed)
    factories.post(miura, channel, "別のスレッドから", root=closed, in_channel=True)
    last = factories.post(miura, channel, "最後の投稿")
    expect(one.page.locator(f"#post-{last.pk}")).to_be_visible()
    expect(one.page.locator("#thread-posts .ky-solved")).to_have_count(1)
    expect(one.page.locator(f"#timeline #post-{both.pk} .ky-solved")).to_have_text("採用された答え")
    live, pane = one.page.evaluate(DRAWN), one.page.evaluate(PANE)
    one.page.reload()
    one.page.wait_for_selector("[data-live-state=instant], [data-live-state=near]")
    assert one.page.evaluate(DRAWN) == live
    assert one.page.evaluate(PANE) == pane
    assert (len(live), len(pane)) == (6, 3)


def test_a_day_that_begins_live_is_written_in_the_readers_years(looking, cast):
    tanaka, miura = cast
    Member.objects.filter(pk=tanaka.pk).update(era="wareki")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    old = factories.post(miura, channel, "先日の投稿")
    Post.objects.filter(pk=old.pk).update(posted_at=old.posted_at - timedelta(days=3))
    one = looking("madoguchi-dx")
    day = eras.heading(timezone.localdate(), "wareki")
    factories.post(miura, channel, "今日の投稿")
    expect(one.page.locator("#timeline .ky-day").last).to_have_text(day)
    assert day.startswith("令和")
    live = one.page.evaluate(DRAWN)
    one.read_channel("madoguchi-dx")
    assert one.page.evaluate(DRAWN) == live


def test_a_reply_shown_in_the_channel_counts_as_unread_elsewhere(looking, cast):
    tanaka, miura = cast
    factories.channel("madoguchi-dx", tanaka, miura)
    other = factories.channel("zatsudan", tanaka, miura, name="雑談")
    root = factories.post(tanaka, other, "自分の投稿")
    one = looking("madoguchi-dx")
    row = one.page.locator('.ky-list__item[href="/channels/zatsudan/"]')
    expect(row).to_have_attribute("data-unread", "0")
    factories.post(miura, other, "返信は数えない", root=root)
    factories.post(miura, other, "こちらは数える", root=root, in_channel=True)
    expect(row).to_have_attribute("data-unread", "1")
    one.page.reload()
    expect(row).to_have_attribute("data-unread", "1")


def test_posts_of_the_time_without_a_connection_are_caught_up(looking, cast, live_site):
    tanaka, miura = cast
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    first = factories.post(miura, channel, "前の投稿")
    one = looking("madoguchi-dx")
    port = int(live_site.origin.rsplit(":", 1)[1])
    live_site.whole.pop().stop(signal.SIGKILL)
    expect(one.page.locator("[data-live-state]")).to_have_text("切断中")
    expect(one.page.locator("[data-live-retry]")).to_be_visible()
    for number in range(3):
        factories.post(miura, channel, f"留守の間 {number}")
    posts.edit_post(miura, first, text="留守の間に直した")
    live_site.start(port=port)
    # The page waits up to half a minute between two attempts (full jitter).
    expect(one.posts()).to_have_count(4, timeout=60_000)
    expect(one.posts().first.locator(".ky-text")).to_have_text("留守の間に直した")
    live = one.page.evaluate(DRAWN)
    one.read_channel("madoguchi-dx")
    assert one.page.evaluate(DRAWN) == live


def test_unread_numbers_rise_elsewhere_and_fall_when_the_channel_is_read(looking, cast):
    tanaka, miura = cast
    factories.channel("madoguchi-dx", tanaka, miura)
    other = factories.channel("zatsudan", tanaka, miura, name="雑談")
    one = looking("madoguchi-dx")
    row = one.page.locator('.ky-list__item[href="/channels/zatsudan/"]')
    factories.post(miura, other, "一つ")
    post = factories.post(miura, other, "二つ")
    factories.post(miura, other, "返信は数えない", root=post)
    expect(row).to_have_attribute("data-unread", "2")
    expect(row.locator(".ky-count")).to_have_text("未読2件")
    expect(one.page).to_have_title("(2) #窓口DX｜共創")
    two = looking("zatsudan")
    expect(two.page.locator('.ky-list__item[href="/channels/zatsudan/"]')).to_have_attribute(
        "data-unread", "0"
    )
    expect(row).to_have_attribute("data-unread", "0")
    expect(one.page).to_have_title("#窓口DX｜共創")


def test_an_open_thread_takes_its_replies_and_keeps_its_count(looking, cast):
    tanaka, miura = cast
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    root = factories.post(miura, channel, "どうしていますか")
    one = looking("madoguchi-dx")
    one.page.locator(f"#post-{root.pk} [data-thread]").focus()
    one.page.keyboard.press("Enter")
    expect(one.page.locator("#thread")).to_be_focused()
    factories.post(miura, channel, "補足です", root=root)
    expect(one.page.locator("#thread-posts article")).to_have_count(1)
    expect(one.page.locator("#thread [data-reply-count]")).to_have_text("返信1件")
    one.page.fill("#reply-composer textarea", "うちではこうです")
    one.page.press("#reply-composer textarea", "Control+Enter")
    expect(one.page.locator("#thread-posts article[data-mine]")).to_have_count(1)
    assert Post.objects.get(text="うちではこうです").root_id == root.pk
    expect(one.posts()).to_have_count(1)
    one.page.go_back()
    expect(one.page.locator("#thread")).to_have_count(0)


def test_whoever_loses_a_closed_channel_loses_its_text(looking, cast):
    tanaka, miura = cast
    closed = factories.channel("kaigi", tanaka, miura, name="会議", kind="private")
    factories.post(miura, closed, "内密の話")
    one = looking("kaigi")
    expect(one.posts()).to_have_count(1)
    channels.leave_channel(tanaka, closed)
    expect(one.page.locator("[data-banner=gone]")).to_be_visible()
    expect(one.posts()).to_have_count(0)
    expect(one.page.locator('.ky-list__item[href="/channels/kaigi/"]')).to_have_count(0)
    factories.post(miura, closed, "そのあとの話")
    other = factories.channel("zatsudan", tanaka, miura, name="雑談")
    factories.post(miura, other, "あとから届く投稿")
    expect(one.page.locator("body")).not_to_contain_text("そのあとの話")


def test_logging_out_leaves_no_unsent_text_behind(looking, cast):
    tanaka, miura = cast
    factories.channel("madoguchi-dx", tanaka, miura)
    one = looking("madoguchi-dx")
    one.page.route("**/posts/", lambda route: route.abort())
    one.page.fill("#composer textarea", "送れなかった文")
    one.page.press("#composer textarea", "Control+Enter")
    expect(one.page.locator("[data-pending-cid][data-state=failed]")).to_have_count(1)
    one.page.locator(".ky-me__menu summary").click()
    one.page.get_by_role("button", name="ログアウト").click()
    one.page.wait_for_url(f"{one.origin}/")
    left = one.page.evaluate("""() => new Promise((resolve) => {
        const opening = indexedDB.open("kyoso-outbox", 1);
        opening.onsuccess = () => {
            if (!opening.result.objectStoreNames.contains("posts")) return resolve([]);
            const all = opening.result.transaction("posts").objectStore("posts").getAll();
            all.onsuccess = () => resolve(all.result);
        };
    })""")
    assert left == []
