"""Moving, searching, settings and help in a real browser: keys, IME, a phone, dark pages; clean for axe."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from accounts.models import Member
from tests import factories
from tests.browser.walker import PHONE
from tests.people import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 320, "height": 640}
ZOOMED = {"width": 683, "height": 384}  # 1366 × 768 at 200 %
PAGES = ("/home/", "/search/?q=国保", "/switch/?q=窓口", "/help/", "/accounts/preferences/", "/nowhere/")


@pytest.fixture
def cast():
    """Tanaka, Miura and two channels, one of them with something new."""
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura, kana="まどぐちでぃーえっくす")
    factories.channel("zatsudan", miura, name="雑談", kana="ざつだん")
    for number in range(3):
        factories.post(miura, channel, f"国保の話 {number}", title="国保の様式は" if number == 1 else "")
    return tanaka, miura, channel


def awake(one, path: str):
    """Open a page and wait for its scripts."""
    one.open(path)
    one.page.wait_for_selector("body[data-awake]")
    return one.page


def complaints_of(page) -> list[str]:
    """What axe finds, as the rule's name and the first place."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']} {one['nodes'][0]['target']}" for one in found]


def is_too_wide(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_ctrl_k_leads_to_a_channel_by_latin_letters_and_enter(at_desk, cast):
    page = awake(at_desk(cast[0]), "/home/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("dialog").get_by_role("searchbox")
    expect(field).to_be_focused()
    page.keyboard.type("madog")
    expect(page.get_by_role("dialog").get_by_role("link").first).to_have_text("窓口DX")
    page.keyboard.press("Enter")
    page.wait_for_url("**/channels/madoguchi-dx/")


def test_arrows_walk_along_the_places_and_escape_leaves_nothing(at_desk, cast):
    page = awake(at_desk(cast[0]), "/home/")
    page.locator("a[data-switch]").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("link").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("link").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    assert complaints_of(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_enter_that_ends_a_composition_goes_nowhere(at_desk, cast):
    page = awake(at_desk(cast[0]), "/home/")
    page.keyboard.press("Control+k")
    line = page.context.new_cdp_session(page)
    expect(page.get_by_role("dialog").get_by_role("link").first).to_be_visible()
    line.send("Input.imeSetComposition", {"text": "ざつ", "selectionStart": 2, "selectionEnd": 2})
    key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    line.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **key})
    line.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})
    line.send("Input.insertText", {"text": "雑談"})
    expect(page.get_by_role("dialog").get_by_role("link").first).to_have_text("雑談")
    assert page.url.endswith("/home/")
    page.keyboard.press("Enter")
    page.wait_for_url("**/channels/zatsudan/")


def test_single_keys_move_search_and_explain_but_not_while_writing(at_desk, cast):
    page = awake(at_desk(cast[0]), "/channels/madoguchi-dx/")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    here = "document.activeElement.dataset.post"
    first = page.evaluate(here)
    page.keyboard.press("j")
    assert page.evaluate(here) != first
    page.keyboard.press("k")
    assert page.evaluate(here) == first
    page.keyboard.press("/")
    expect(page.locator("#side-q")).to_be_focused()
    page.keyboard.type("?/jk")
    expect(page.locator("#side-q")).to_have_value("?/jk")
    expect(page.locator("dialog")).to_have_count(0)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="キーボードの操作")).to_be_visible()
    assert complaints_of(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_have_count(0)


def test_who_turned_single_keys_off_keeps_only_ctrl_k(at_desk, cast):
    Member.objects.filter(pk=cast[0].pk).update(single_keys=False)
    page = awake(at_desk(cast[0]), "/channels/madoguchi-dx/")
    page.evaluate("document.activeElement.blur()")
    for key in ("j", "/", "?"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement === document.body")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_search_from_the_side_opens_a_post_in_its_place(at_desk, cast):
    page = awake(at_desk(cast[0]), "/home/")
    page.fill("#side-q", "こくほ 国保")
    page.press("#side-q", "Enter")
    expect(page.locator(".ky-hit")).to_have_count(0)
    page.fill("#id_q", "国保")
    page.get_by_role("main").get_by_role("button", name="さがす").click()
    expect(page.locator(".ky-hit")).to_have_count(3)
    page.locator(".ky-hit a", has_text="国保の様式は").click()
    expect(page.locator("#timeline .ky-post", has_text="国保の話 1")).to_be_in_viewport()


def test_settings_turn_years_brightness_and_sending(at_desk, cast):
    one = at_desk(cast[0])
    page = awake(one, "/accounts/preferences/")
    for label in ("元号（令和8年）", "暗い", "Enterで送信する（Shift＋Enterは改行）"):
        page.get_by_label(label, exact=True).check()
    page.get_by_role("button", name="保存する").click()
    expect(page.get_by_text("設定を保存しました。")).to_be_visible()
    one.read_channel("madoguchi-dx")
    expect(page.locator("#timeline .ky-day").first).to_contain_text("令和")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(26, 26, 26)"
    page.locator("#composer [name=text]").fill("Enterで送ります")
    page.locator("#composer [name=text]").press("Enter")
    expect(page.locator("#timeline .ky-post", has_text="Enterで送ります")).to_be_visible()


def test_new_posts_are_read_out_as_the_member_likes(at_desk, cast):
    tanaka, miura, channel = cast
    Member.objects.filter(pk=tanaka.pk).update(announcing="full")
    one = at_desk(tanaka)
    one.read_channel("madoguchi-dx")
    two = at_desk(miura)
    two.read_channel("madoguchi-dx")
    two.say("読み上げてください")
    expect(one.page.locator("[data-announcer]")).to_have_text("三浦 健太さん。読み上げてください。")
    expect(two.page.locator("[data-announcer]")).to_have_text("")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_light_and_dark(at_desk, cast, scheme):
    one = at_desk(cast[0])
    one.page.emulate_media(color_scheme=scheme)
    found = {}
    for path in (*PAGES, "/"):
        one.open(path)
        found[path] = complaints_of(one.page)
    assert found == {path: [] for path in (*PAGES, "/")}


@pytest.mark.parametrize("viewport", [PHONE, NARROW, ZOOMED], ids=["phone", "320", "200%"])
def test_nothing_is_lost_on_a_narrow_screen(at_desk, cast, viewport):
    one = at_desk(cast[0], viewport=viewport)
    wide = []
    for path in (*PAGES, "/channels/madoguchi-dx/", "/channels/", "/members/", "/inbox/", "/drafts/"):
        one.open(path)
        wide += [path] if is_too_wide(one.page) else []
    assert wide == []


def test_a_phone_reaches_the_search_from_a_page_and_from_a_channel(at_desk, cast):
    one = at_desk(cast[0], viewport=PHONE)
    one.open("/home/")
    one.page.get_by_role("link", name="さがす", exact=True).click()
    one.page.wait_for_url("**/search/")
    one.open("/channels/madoguchi-dx/")
    one.page.get_by_label("チャンネルの操作").click()
    one.page.get_by_role("link", name="投稿をさがす").click()
    one.page.wait_for_url("**/search/")


def test_paper_shows_posts_and_where_links_lead(at_desk, cast):
    tanaka, miura, channel = cast
    factories.post(miura, channel, "[手引き](https://www.example.go.jp/tebiki)を見てください")
    one = at_desk(tanaka)
    one.open("/channels/madoguchi-dx/")
    one.page.emulate_media(media="print", color_scheme="dark")
    for gone in ("#channels", "#composer", ".ky-head__end", ".ky-skip"):
        expect(one.page.locator(gone).first).to_be_hidden()
    link = one.page.locator("#timeline a", has_text="手引き")
    shown = link.evaluate("node => getComputedStyle(node, '::after').content")
    assert "tebiki" in shown
    assert one.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
