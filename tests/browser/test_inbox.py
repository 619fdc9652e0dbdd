"""The inbox in real browsers: a mention is seen at once, opens in its place, and is read everywhere."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from channels_app.models import Membership, Notification
from tests import factories
from tests.browser.walker import PHONE
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CALL = "@田中 里奈（高知県 中土佐町） さん、この表を見てください。"


def live(one, path: str) -> None:
    """Open a page and wait until it hears."""
    one.open(path)
    heard = "[data-live-state=instant], [data-live-state=near]"
    one.page.wait_for_selector(heard, state="attached")


def number(one):
    """The number beside お知らせ."""
    return one.page.locator("[data-inbox] .ky-count")


def test_a_mention_is_counted_without_a_reload_and_opens_in_its_place(at_desk, cast):
    tanaka, miura, _ = cast
    one, two, second_screen = at_desk(tanaka), at_desk(miura), at_desk(tanaka)
    live(one, "/home/")
    live(second_screen, "/members/")
    expect(number(one)).to_be_hidden()
    two.read_channel("madoguchi-dx")
    two.say(CALL)
    expect(number(one)).to_have_text("未読1件")
    expect(one.page).to_have_title("(2) ホーム｜共創")  # the post in the channel, and the row of the inbox
    expect(number(second_screen)).to_have_text("未読1件")
    one.page.locator("[data-inbox]").focus()
    one.page.keyboard.press("Enter")
    row = one.page.locator(".ky-inbox__item")
    expect(row.locator(".ky-inbox__what a")).to_have_text(
        "三浦 健太（岩手県 盛岡市・情報企画課）さんがあなたを呼んでいます"
    )
    expect(row).to_have_attribute("data-unread", "")
    row.locator("a").focus()
    one.page.keyboard.press("Enter")
    post = one.page.locator("#timeline .ky-post", has_text="この表を見てください")
    expect(post).to_be_in_viewport()
    expect(number(one)).to_be_hidden()
    expect(number(second_screen)).to_be_hidden()
    assert Notification.objects.unread().count() == 0


def test_replies_in_the_open_thread_are_not_counted_and_others_are_also_after_an_outage(at_desk, cast):
    tanaka, miura, channel = cast
    root, other = factories.post(tanaka, channel, "一つ目"), factories.post(tanaka, channel, "二つ目")
    one = at_desk(tanaka)
    one.open(f"/posts/{root.pk}/thread/")
    one.page.wait_for_selector("[data-live-state=instant], [data-live-state=near]")
    reply = factories.post(miura, channel, "見えています", root)
    expect(one.page.locator(f"#thread-posts [data-post='{reply.pk}']")).to_be_visible()
    until(lambda: Notification.objects.filter(post=reply).exists(), what="the job has run")
    until(lambda: not Notification.objects.unread().exists(), what="the reply counts as seen")
    expect(number(one)).to_be_hidden()
    one.context.set_offline(True)
    factories.post(miura, channel, "見えていません", other)
    until(lambda: Notification.objects.unread().exists(), what="the job has run")
    one.context.set_offline(False)
    expect(number(one)).to_have_text("未読1件", timeout=60_000)


def test_new_rows_are_offered_on_the_page_of_the_inbox(at_desk, cast):
    tanaka, miura, channel = cast
    root = factories.post(tanaka, channel, "どうしていますか")
    one = at_desk(tanaka)
    live(one, "/inbox/")
    expect(one.page.locator("[data-inbox-new]")).to_be_hidden()
    one.page.locator(".ky-tabs a").first.focus()
    factories.post(miura, channel, "うちではこうです", root)
    expect(one.page.locator("[data-inbox-new]")).to_be_visible()
    expect(one.page.locator("[data-inbox-lead]")).to_have_text("未読1件")
    expect(one.page.locator(".ky-tabs a").first).to_be_focused()
    one.page.get_by_role("link", name="新しいお知らせがあります。読み込む").click()
    expect(one.page.locator(".ky-inbox__item")).to_have_count(1)


def test_a_row_is_read_and_unread_again_by_keyboard_without_a_new_page(at_desk, cast):
    tanaka, miura, channel = cast
    post = factories.post(miura, channel, "投稿です")
    Notification.objects.create(member=tanaka, kind="mention", post=post, actor=miura)
    one = at_desk(tanaka)
    live(one, "/inbox/")
    deed = one.page.locator(".ky-inbox__deed")
    one.page.evaluate("document.body.dataset.same = 'page'")
    for word, state, text in (("未読に戻す", "read", None), ("既読にする", "unread", "未読1件")):
        deed.focus()
        one.page.keyboard.press("Enter")
        expect(deed).to_contain_text(word)
        if text:
            expect(number(one)).to_have_text(text)
        else:
            expect(number(one)).to_be_hidden()
        assert Notification.objects.get().is_unread == (state == "unread")
    expect(one.page.locator("[data-inbox-lead]")).to_have_text("未読1件")
    expect(one.page.locator("[data-inbox-new]")).to_be_hidden()
    expect(one.page.locator(".ky-tabs a").last).to_have_text("未読 1件未読")
    one.page.get_by_role("button", name="すべて既読にする").press("Enter")
    expect(number(one)).to_be_hidden()
    expect(deed).to_contain_text("未読に戻す")
    expect(one.page.locator(".ky-tabs a").last).to_have_text("未読")
    assert one.page.evaluate("document.body.dataset.same") == "page"


def test_unread_from_here_stays_until_the_channel_is_opened_again(at_desk, cast):
    tanaka, miura, channel = cast
    posts = [factories.post(miura, channel, f"投稿 {n}") for n in range(3)]
    one = at_desk(tanaka)
    one.read_channel("madoguchi-dx")
    row = one.page.locator('.ky-list__item[href="/channels/madoguchi-dx/"]')
    expect(row).to_have_attribute("data-unread", "0")
    one.page.locator(f"#post-{posts[1].pk} [data-menu]").focus()
    one.page.keyboard.press("Enter")
    one.page.get_by_role("menuitem", name="ここから未読にする").press("Enter")
    expect(row).to_have_attribute("data-unread", "2")
    expect(one.page.locator(f".ky-new + #post-{posts[1].pk}")).to_be_visible()
    one.page.mouse.wheel(0, -50)
    one.page.mouse.wheel(0, 50)
    last = factories.post(miura, channel, "もう一つ")
    expect(one.page.locator(f"#post-{last.pk}")).to_be_visible()
    expect(row).to_have_attribute("data-unread", "3")
    one.read_channel("madoguchi-dx")
    expect(row).to_have_attribute("data-unread", "0")
    until(lambda: Membership.objects.get(member=tanaka).last_read_n >= last.n, what="read up to the end")


def test_a_post_is_kept_from_its_menu_and_found_again(at_desk, cast):
    tanaka, miura, channel = cast
    post = factories.post(miura, channel, "あとで試す手順です")
    one = at_desk(tanaka)
    one.read_channel("madoguchi-dx")
    article = one.page.locator(f"#post-{post.pk}")
    article.hover()
    article.locator("[data-menu]").click()
    one.page.get_by_role("menuitem", name="あとで読む").click()
    expect(article).to_have_attribute("data-kept", "")
    one.read_channel("madoguchi-dx")
    expect(article).to_have_attribute("data-kept", "")
    one.page.get_by_role("link", name="あとで", exact=True).click()
    expect(one.page.locator(".ky-inbox__text")).to_have_text("あとで試す手順です")
    one.page.get_by_role("button", name="済みにする").click()
    expect(one.page.locator(".ky-empty__title")).to_have_text("「あとで」は空です")


@pytest.mark.parametrize("path", ["/inbox/", "/inbox/?tab=unread", "/bookmarks/"])
def test_pages_fit_a_phone_and_keep_the_rules_of_access(at_desk, cast, path):
    tanaka, miura, channel = cast
    post = factories.post(miura, channel, "とても長い言葉" * 30)
    for kind in ("mention", "stamp", "doubt"):
        facts = {"stamp": "tasukatta", "count": 5} if kind == "stamp" else {}
        Notification.objects.create(member=tanaka, kind=kind, post=post, actor=miura, **facts)
    tanaka.bookmarks.create(post=post)
    one = at_desk(tanaka, viewport=PHONE)
    live(one, path)
    assert one.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    found = Axe().run(one.page)
    assert [violation["id"] for violation in found.response["violations"]] == []
    deed = one.page.locator(".ky-inbox__deed").first.bounding_box()
    assert deed["height"] >= 44
