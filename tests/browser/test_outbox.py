"""What a member sends through faults: it waits in sight, arrives once, in order, or comes back as a draft."""

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from channels_app.models import Draft, Post
from tests import factories
from tests.browser.walker import walker
from tests.people import PASSWORD
from tests.proxy import running_proxy
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FIELD = "#composer textarea"
PENDING = "[data-pending-cid]"
POSTS = re.compile(r"/channels/madoguchi-dx/posts/$")


@pytest.fixture
def proxy(start_site):
    """A proxy in front of a site of its own that trusts only pages that came through it."""
    with running_proxy() as proxy:
        site = start_site(SITE_URL=proxy.origin)
        proxy.target_port = int(site.origin.rsplit(":", 1)[1])
        yield proxy


@pytest.fixture
def behind(proxy, chromium, cast):
    """Tanaka in 窓口DX, behind the proxy."""
    one = walker(chromium, proxy.origin)
    one.sign_in(cast[0])
    one.read_channel("madoguchi-dx")
    yield one
    one.context.close()
    assert one.complaints == []


def texts() -> list[str]:
    """What is stored, in the order of its numbers."""
    return list(Post.objects.order_by("n").values_list("text", flat=True))


def states(page) -> list[tuple[str, str]]:
    """(state, what is said of it) of each post on its way."""
    shown = "one => [one.dataset.state, one.querySelector('.ky-sending span').textContent]"
    return [
        tuple(pair) for pair in page.evaluate(f"[...document.querySelectorAll('{PENDING}')].map({shown})")
    ]


def hold(page) -> list:
    """Posts are not answered; what waits is collected."""
    waiting = []
    page.route(POSTS, lambda route: waiting.append(route))
    return waiting


def log_in_again(one, member) -> None:
    """In another tab, as after a session that ended."""
    tab = one.context.new_page()
    tab.goto(f"{one.origin}/accounts/login/")
    tab.fill("[name=login]", member.email)
    tab.fill("[name=password]", PASSWORD)
    tab.click("main button[type=submit]")
    tab.wait_for_url("**/home/")
    tab.close()


def test_each_state_is_said_in_words_and_a_press_sends_again(cast, arrive):
    one = arrive(cast[0])
    waiting = hold(one.page)
    one.say("一つ目")
    one.say("二つ目")
    until(lambda: one.page.wait_for_timeout(20) or waiting, what="the first on its way")
    assert states(one.page) == [("sending", "送信中"), ("queued", "送信待ち")]
    waiting[0].fulfill(status=403, json={"error": "いまは書けません。"})
    failed = one.page.locator(f"{PENDING}[data-state=failed]")
    expect(failed.get_by_role("alert")).to_contain_text(
        "送れませんでした。文章は残っています。いまは書けません。"
    )
    # What needs the person holds up nothing else.
    until(lambda: one.page.wait_for_timeout(20) or len(waiting) == 2, what="the second on its way")
    waiting[1].continue_()
    expect(one.page.locator(PENDING)).to_have_count(1)
    one.page.unroute(POSTS)
    again = failed.get_by_role("button", name="再送")
    again.focus()
    one.page.keyboard.press("Enter")
    expect(one.page.locator(PENDING)).to_have_count(0)
    assert texts() == ["二つ目", "一つ目"]


def test_an_answer_lost_after_the_commit_makes_one_post(behind, proxy):
    proxy.path, proxy.method, proxy.mode = "/channels/madoguchi-dx/posts/", "POST", "drop-answer"
    behind.say("返事の来ない投稿")
    until(lambda: behind.page.wait_for_timeout(20) or proxy.spoiled, what="the answer is dropped")
    until(lambda: texts() == ["返事の来ない投稿"], what="it is stored all the same")
    proxy.mode = "pass"
    expect(behind.page.locator(PENDING)).to_have_count(0)
    expect(behind.posts()).to_have_count(1)
    behind.read_channel("madoguchi-dx")
    expect(behind.posts()).to_have_count(1)
    assert texts() == ["返事の来ない投稿"]


def test_a_session_that_ends_keeps_the_text_and_sends_it_once_after_the_login(cast, arrive):
    one = arrive(cast[0])
    Session.objects.all().delete()
    one.say("期限が切れたあとの投稿")
    failed = one.page.locator(f"{PENDING}[data-state=failed]")
    expect(failed).to_contain_text("ログインし直すと送ります。")
    expect(failed.get_by_role("link", name="ログインする")).to_have_attribute("target", "_blank")
    expect(one.page.locator("[data-banner=session]")).to_contain_text("書きかけの文章は残っています")
    one.say("続けて書いた投稿")
    cid = failed.get_attribute("data-pending-cid")
    assert (texts(), states(one.page)[1]) == ([], ("queued", "送信待ち"))
    log_in_again(one, cast[0])
    one.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(one.page.locator(PENDING)).to_have_count(0)
    expect(one.page.locator("[data-banner=session]")).to_have_count(0)
    assert texts() == ["期限が切れたあとの投稿", "続けて書いた投稿"]
    assert str(Post.objects.get(text="期限が切れたあとの投稿").cid) == cid


def test_whoever_logs_in_next_sends_nothing_of_the_one_before(cast, arrive):
    tanaka, miura, _ = cast
    one = arrive(tanaka)
    one.page.route(POSTS, lambda route: route.abort())
    one.say("田中の書いた投稿")
    expect(one.page.locator(f"{PENDING}[data-state=failed]")).to_have_count(1)
    one.context.clear_cookies()
    one.page.unroute(POSTS)
    expect(one.page.locator('[data-banner="session"]')).to_have_count(1)
    log_in_again(one, miura)
    one.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(one.page.locator(f"body[data-member='{miura.pk}']")).to_have_count(1)
    expect(one.page.locator(PENDING)).to_have_count(0)
    assert texts() == []


def test_eight_tabs_of_a_member_show_and_store_an_entry_once(cast, arrive):
    one = arrive(cast[0])
    one.page.route(POSTS, lambda route: route.abort())
    one.say("八つの画面")
    expect(one.page.locator(f"{PENDING}[data-state=failed]")).to_have_count(1)
    tabs = [one.context.new_page() for _ in range(7)]
    for tab in tabs:
        tab.goto(f"{one.origin}/channels/madoguchi-dx/", wait_until="commit")
    one.page.unroute(POSTS)
    for tab in [*tabs, one.page]:
        expect(tab.locator("#timeline .ky-post")).to_have_count(1)
        expect(tab.locator(PENDING)).to_have_count(0)
    assert texts() == ["八つの画面"]


def test_what_one_tab_takes_back_no_other_sends(cast, arrive):
    one = arrive(cast[0])
    one.context.route(POSTS, lambda route: route.abort())
    one.say("やめた投稿")
    expect(one.page.locator(f"{PENDING}[data-state=failed]")).to_have_count(1)
    other = one.context.new_page()
    other.goto(f"{one.origin}/channels/madoguchi-dx/")
    expect(other.locator(f"{PENDING}[data-state=failed]")).to_have_count(1)
    one.page.get_by_role("button", name="下書きに戻す").click()
    expect(other.locator(PENDING)).to_have_count(0)
    one.context.unroute(POSTS)
    other.evaluate("dispatchEvent(new Event('online'))")
    # Posts of a channel leave in order: what still waited would arrive before this one.
    other.fill(FIELD, "次の投稿")
    other.press(FIELD, "Control+Enter")
    until(lambda: other.wait_for_timeout(20) or texts(), what="the next one has arrived")
    expect(other.locator(PENDING)).to_have_count(0)
    assert (one.page.input_value(FIELD), texts()) == ("やめた投稿", ["次の投稿"])


def test_a_logout_without_a_server_loses_nothing_and_says_why_it_stays(cast, arrive, live_site):
    one = arrive(cast[0])
    one.page.route(POSTS, lambda route: route.abort())
    one.say("まだ送れない投稿")
    expect(one.page.locator(f"{PENDING}[data-state=failed]")).to_have_count(1)
    live_site.whole[0].stop()
    log_out(one.page)
    expect(one.page.locator("[data-banner=leaving]")).to_contain_text("ログアウトできません")
    expect(one.page.locator(f"{PENDING}[data-state=failed]")).to_have_count(1)


def test_a_logout_makes_drafts_of_what_waits_elsewhere(cast, arrive):
    tanaka, miura, _ = cast
    one = arrive(tanaka)
    one.context.route(POSTS, lambda route: route.abort())
    one.say("ほかの画面の投稿")
    expect(one.page.locator(f"{PENDING}[data-state=failed]")).to_have_count(1)
    one.open("/home/")
    one.page.wait_for_selector("body[data-awake]")
    log_out(one.page)
    one.page.wait_for_url(f"{one.origin}/")
    assert [(one.text, one.channel.slug) for one in Draft.objects.filter(member=tanaka)] == [
        ("ほかの画面の投稿", "madoguchi-dx")
    ]
    assert texts() == []


def log_out(page) -> None:
    page.locator(".ky-me__menu summary").click()
    page.get_by_role("button", name="ログアウト").click()


def test_a_stamp_pressed_without_a_line_arrives_later_and_counts_once(cast, arrive):
    tanaka, miura, channel = cast
    post = factories.post(miura, channel, "押される投稿")
    one = arrive(tanaka)
    stamp = one.page.locator(f"#post-{post.pk} button[data-stamp=arigato]")
    factories.react(miura, post, "arigato")
    expect(stamp).to_have_attribute("aria-pressed", "false")
    one.context.set_offline(True)
    stamp.click()
    expect(one.page.locator("[data-notice]")).to_contain_text("まだ届いていません。")
    expect(stamp).to_have_attribute("aria-pressed", "true")
    assert post.reactions.count() == 1
    one.context.set_offline(False)
    until(lambda: one.page.wait_for_timeout(20) or post.reactions.count() == 2, what="it has arrived")
    expect(one.page.locator("[data-notice]")).to_have_count(0)
    expect(stamp).to_have_attribute("aria-pressed", "true")
    expect(stamp).to_contain_text("2")


def test_a_refused_stamp_is_taken_back(cast, arrive):
    tanaka, miura, channel = cast
    post = factories.post(miura, channel, "押される投稿")
    factories.react(miura, post, "arigato")
    one = arrive(tanaka)
    stamp = one.page.locator(f"#post-{post.pk} button[data-stamp=arigato]")
    one.page.route("**/reactions/arigato/", lambda route: route.fulfill(status=403))
    stamp.click()
    expect(one.page.locator("[data-notice]")).to_contain_text("許可されていません")
    expect(stamp).to_have_attribute("aria-pressed", "false")
    expect(stamp).to_contain_text("1")


def test_a_draft_that_found_no_server_is_kept_when_the_line_is_back(cast, arrive):
    one = arrive(cast[0])
    one.context.set_offline(True)
    one.page.fill(FIELD, "圏外で書いた下書き")
    expect(one.page.locator("#composer [data-state]")).to_have_text("下書きを保存できません")
    one.context.set_offline(False)
    drafts = Draft.objects.filter(text="圏外で書いた下書き")
    until(lambda: one.page.wait_for_timeout(20) or drafts.exists(), what="the draft is kept", limit=60)


def test_a_reload_in_the_middle_of_a_word_shows_the_word(cast, arrive):
    one = arrive(cast[0])
    one.page.fill(FIELD, "読み直す直前の文")
    one.page.reload()
    expect(one.page.locator(FIELD)).to_have_value("読み直す直前の文")
