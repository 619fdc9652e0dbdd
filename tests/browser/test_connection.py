"""What a member sees of the connection: the word, what it means, and 接続診断."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.walker import PHONE
from tests.people import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = "/help/connection/"
LIVE = "[data-live-state]"


def states(page) -> dict[str, str]:
    """The state shown for each check."""
    shown = "one => [one.dataset.check, one.querySelector('[data-state]:not([hidden])').dataset.state]"
    return dict(page.evaluate(f"[...document.querySelectorAll('[data-check]')].map({shown})"))


def checked(one):
    """Open 接続診断 and wait for its verdict."""
    one.open(PAGE)
    return settled(one.page)


def settled(page):
    """Wait until everything has been tried; gives the page."""
    expect(page.locator("[data-verdict]")).to_have_text(
        re.compile("問題はありません|使えます|自動では|送信ができ|サーバーに")
    )
    return page


def complaints_of(page) -> list[str]:
    """What axe finds, as the rule's name and the first place."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']} {one['nodes'][0]['target']}" for one in found]


def test_everything_works_and_the_page_says_so(at_desk):
    page = checked(at_desk(person("tanaka")))
    expect(page.locator("[data-verdict]")).to_have_text(
        "問題はありません。新しい投稿はすぐに届き、投稿も送れます。"
    )
    found = states(page)
    assert {found[name] for name in ("page", "socket", "poll", "sending", "storage", "clock")} == {"good"}
    expect(page.locator("[data-fact=way]")).to_have_text("即時の受信（WebSocket）")
    expect(page.locator("[data-fact=gaps]")).to_have_text("0件")
    expect(page.locator("[data-fact=off]")).to_have_text("ありません")
    assert "まだ" not in page.locator("[data-fact=since]").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_clean_for_axe_and_fits_a_phone(at_desk, scheme):
    one = at_desk(person("tanaka"), PHONE)
    one.page.emulate_media(color_scheme=scheme)
    page = checked(one)
    assert complaints_of(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_the_report_can_be_copied_and_names_nobody(at_desk):
    one = at_desk(person("tanaka"))
    one.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=one.origin)
    page = checked(one)
    page.get_by_role("button", name="結果をコピー").click()
    expect(page.locator("[data-verdict]")).to_have_text("結果をコピーしました。")
    text = page.evaluate("navigator.clipboard.readText()")
    lines = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
    assert lines["サイト"] == one.origin
    assert lines["即時の受信（WebSocket）"].startswith("できます（")
    assert lines["番号の抜け"] == "0件"
    assert [word for word in ("田中", "tanaka", "@", "中土佐") if word in text] == []


def test_where_no_clipboard_is_the_text_is_chosen(at_desk):
    page = checked(at_desk(person("tanaka")))
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    button = page.get_by_role("button", name="結果をコピー")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-report]")).to_be_focused()
    assert page.evaluate("getSelection().toString().trim()") == page.inner_text("[data-report]").strip()


def test_what_is_blocked_is_named_and_the_next_way_is_used(at_desk):
    one = at_desk(person("tanaka"))
    one.page.route_web_socket(re.compile("/live/ws$"), lambda ws: ws.close())
    page = checked(one)
    assert (states(page)["socket"], states(page)["poll"]) == ("bad", "good")
    expect(page.locator("[data-check=socket] [data-means=bad]")).to_be_visible()


def test_a_lost_session_shows_as_sending_that_fails(at_desk):
    one = at_desk(person("tanaka"))
    page = checked(one)
    page.route("**" + PAGE, lambda route: route.fulfill(status=403) if is_post(route) else route.continue_())
    page.get_by_role("button", name="もう一度調べる").click()
    expect(page.locator("[data-verdict]")).to_have_text(re.compile("^送信ができません"))
    assert states(page)["sending"] == "bad"


def is_post(route) -> bool:
    return route.request.method == "POST"


def test_without_a_server_the_first_row_says_so_and_ends_it(at_desk, live_site):
    page = checked(at_desk(person("tanaka")))
    live_site.whole[0].stop()
    page.get_by_role("button", name="もう一度調べる").click()
    expect(page.locator("[data-verdict]")).to_have_text(re.compile("^サーバーに届きません"))
    assert states(page) == {"page": "bad"} | dict.fromkeys(list(states(page))[1:], "none")
    expect(page.locator("[data-fact=way]")).to_have_text("切断中")
    assert page.locator("[data-fact=off]").inner_text() != "ありません"


def test_the_word_leads_to_the_check_and_says_what_it_means(at_desk):
    one = at_desk(person("tanaka"))
    link = one.page.locator(f"{LIVE} a")
    expect(link).to_have_text("即時")
    expect(link).to_have_attribute("title", "即時：新しい投稿がすぐに届きます")
    link.focus()
    one.page.keyboard.press("Enter")
    one.page.wait_for_url(f"**{PAGE}")
