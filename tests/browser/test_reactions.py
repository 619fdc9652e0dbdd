"""Stamps in real browsers: the picker by mouse, keyboard and thumb, another view with its reason."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from channels_app.models import Notification, Post, Reaction
from tests import factories
from tests.browser.walker import DESKTOP, PHONE, walker
from tests.people import PASSWORD, person
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(live_site):
    """(Tanaka, Miura, Tanaka's post in 窓口DX, in which both are)."""
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    for number in range(4):
        factories.post(miura, channel, f"前からある投稿 {number}")
    return tanaka, miura, factories.post(tanaka, channel, "転出届の記入台は、立って書けるほうが速いです。")


def reading(chromium, live_site, member, **options):
    """A walker who reads 窓口DX."""
    one = walker(chromium, live_site.origin, **options)
    one.sign_in(member)
    one.open("/channels/madoguchi-dx/")
    one.page.wait_for_selector("body[data-awake]")
    return one


@pytest.fixture
def miura(chromium, live_site, cast):
    """Miura at a desk."""
    one = reading(chromium, live_site, cast[1])
    yield one
    one.context.close()
    assert one.complaints == []


def axe_complaints(page):
    found = Axe().run(page).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


def is_too_wide(page):
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def stamps():
    return list(Reaction.objects.order_by("id").values_list("member__name", "stamp"))


def test_a_stamp_is_searched_by_kana_and_pressed_with_the_keyboard_alone(miura, cast):
    page, post = miura.page, miura.page.locator(f"#post-{cast[2].pk}")
    post.locator("[data-picker]").focus()
    page.keyboard.press("Enter")
    field = page.get_by_role("searchbox", name="スタンプをさがす")
    expect(field).to_be_focused()
    field.type("おつかｒ")
    expect(page.locator(".ky-picker button[data-stamp]:visible")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="おつかれさま")).to_be_focused()
    page.keyboard.press("Enter")
    pressed = post.get_by_role("button", name="おつかれさま 1人、あなたも押しています")
    expect(pressed).to_have_attribute("aria-pressed", "true")
    expect(post.locator("[data-picker]")).to_be_focused()
    assert stamps() == [(cast[1].name, "otsukare")]
    pressed.focus()
    page.keyboard.press("Enter")
    expect(pressed).to_have_count(0)
    until(lambda: stamps() == [], what="it is taken off")


def test_arrows_walk_the_grid_and_escape_leads_back(miura, cast):
    page, sign = miura.page, miura.page.locator(f"#post-{cast[2].pk} [data-picker]")
    sign.click()
    expect(page.get_by_role("searchbox", name="スタンプをさがす")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="同じ悩み")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="うちもやってる")).to_be_focused()
    page.keyboard.press("End")
    last = page.locator(".ky-picker button[data-stamp]").last
    expect(last).to_be_focused()
    page.keyboard.press("Home")
    expect(page.get_by_role("button", name="同じ悩み")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".ky-picker")).to_have_count(0)
    expect(sign).to_be_focused()


def test_what_an_input_method_composes_is_searched_and_its_enter_presses_nothing(miura, cast):
    page = miura.page
    page.locator(f"#post-{cast[2].pk} [data-picker]").click()
    expect(page.get_by_role("searchbox", name="スタンプをさがす")).to_be_focused()
    keys = miura.context.new_cdp_session(page)
    keys.send("Input.imeSetComposition", {"text": "たすk", "selectionStart": 3, "selectionEnd": 3})
    expect(page.locator(".ky-picker button[data-stamp]:visible")).to_have_count(1)
    enter = {"key": "Enter", "code": "Enter"}
    keys.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, **enter})
    keys.send("Input.insertText", {"text": "助かった"})
    expect(page.locator(".ky-picker button[data-stamp]:visible")).to_have_count(1)
    assert stamps() == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="助かった 1団体")).to_be_visible()


def test_a_press_shows_at_once_and_is_taken_back_with_a_sentence(miura, cast):
    page, post = miura.page, miura.page.locator(f"#post-{cast[2].pk}")
    factories.react(cast[0], cast[2], "arigato")
    button = post.locator("[data-stamp=arigato]")
    expect(button).to_be_visible()
    waiting = []
    page.route("**/reactions/arigato/", lambda route: waiting.append(route))
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    until(lambda: waiting, what="the press is on its way")
    waiting[0].fulfill(status=403, json={"error": "このチャンネルの参加者だけが押せます。"})
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_role("alert")).to_have_text("このチャンネルの参加者だけが押せます。")
    assert stamps() == [(cast[0].name, "arigato")]


def test_another_view_needs_a_reason_and_stands_as_a_reply(miura, cast):
    page, post = miura.page, miura.page.locator(f"#post-{cast[2].pk}")
    post.locator("[data-picker]").click()
    page.get_by_role("button", name="違うかも").click()
    sheet = page.get_by_role("dialog", name="ほかの見方を伝える")
    sheet.get_by_role("button", name="伝える").click()
    expect(sheet.get_by_role("alert")).to_have_text("理由を入力してください。ひとことでもかまいません。")
    assert stamps() == []
    sheet.get_by_label("理由").fill("うちでは座って書く方が、書き直しが減りました。")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    post.locator("[data-picker]").click()
    page.get_by_role("button", name="違うかも").click()
    expect(sheet.get_by_label("理由")).to_have_value("うちでは座って書く方が、書き直しが減りました。")
    sheet.get_by_role("button", name="伝える").click()
    expect(sheet).to_have_count(0)
    button = post.get_by_role("button", name="違うかも 1団体")
    expect(button).to_have_attribute("aria-pressed", "true")
    reply = Post.objects.get(root=cast[2])
    assert (reply.text, Reaction.objects.get().reason) == (
        "うちでは座って書く方が、書き直しが減りました。",
        reply,
    )
    post.get_by_role("link", name="理由").click()
    page.get_by_role("link", name="理由を読む").click()
    expect(page.locator(f"#post-{reply.pk}")).to_be_visible()


def test_a_private_view_is_seen_by_the_author_alone(miura, cast):
    page, post = miura.page, miura.page.locator(f"#post-{cast[2].pk}")
    post.locator("[data-picker]").click()
    page.get_by_role("button", name="違うかも").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("理由").fill("数字の単位が逆かもしれません。")
    sheet.get_by_label("投稿した人だけに伝える").check()
    sheet.get_by_role("button", name="伝える").click()
    expect(page.get_by_role("status").filter(has_text="投稿した人に伝えました")).to_be_visible()
    expect(post.locator("[data-stamp=chigau]")).to_have_count(0)
    until(lambda: Notification.objects.filter(kind="doubt").exists(), what="the author is told")
    assert Notification.objects.get(kind="doubt").member == cast[0]


def test_another_view_without_scripts(chromium, live_site, cast):
    context = chromium.new_context(java_script_enabled=False, base_url=live_site.origin, locale="ja-JP")
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", cast[1].email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="ログイン").click()
    page.wait_for_url("**/home/")
    page.goto(f"/posts/{cast[2].pk}/reactions/")
    picker = page.locator(".ky-picker")
    picker.get_by_role("searchbox").fill("ちがう")
    picker.get_by_role("button", name="さがす").click()
    page.locator(".ky-picker").get_by_role("button", name="違うかも").click()
    page.get_by_label("理由").fill("うちでは座って書く方が、書き直しが減りました。")
    page.get_by_role("button", name="伝える").click()
    expect(page.locator(f"#post-{cast[2].pk} [data-stamp=chigau]")).to_have_text("違うかも 1団体")
    expect(page.get_by_text("理由をスレッドに書きました。")).to_be_visible()
    page.locator(f"#post-{cast[2].pk}").get_by_label("その他の操作").click()
    page.get_by_role("link", name="スタンプを押した人").click()
    expect(page.locator(".ky-tell li")).to_have_count(1)
    context.close()


@pytest.mark.parametrize(("viewport", "scheme"), [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")])
def test_picker_sheet_and_lists_are_clean_for_axe(chromium, live_site, cast, viewport, scheme):
    factories.react(person("yamamoto"), cast[2])
    factories.react(person("ito"), cast[2], "u1f44d")
    one = walker(chromium, live_site.origin, viewport)
    one.page.emulate_media(color_scheme=scheme)
    one.sign_in(cast[1])
    one.open("/channels/madoguchi-dx/")
    one.page.wait_for_selector("body[data-awake]")
    one.page.locator(f"#post-{cast[2].pk} [data-picker]").click()
    one.page.wait_for_selector(".ky-picker")
    found = {"picker": axe_complaints(one.page)}
    one.page.locator(".ky-picker__row[data-stamp=chigau]").click()
    one.page.wait_for_selector("dialog textarea")
    found["sheet"] = axe_complaints(one.page)
    for path in ("", "members/", "onaji/members/", "chigau/reason/"):
        one.open(f"/posts/{cast[2].pk}/reactions/{path}")
        found[path] = [*axe_complaints(one.page), *([path] if is_too_wide(one.page) else [])]
    one.context.close()
    assert ({name for name, wrong in found.items() if wrong}, one.complaints) == (set(), [])


def test_on_a_phone_the_picker_is_a_sheet_from_below(chromium, live_site, cast):
    one = reading(chromium, live_site, cast[1], viewport=PHONE)
    one.page.locator(f"#post-{cast[2].pk} [data-picker]").click()
    sheet = one.page.locator(".ky-picker")
    box = sheet.bounding_box()
    assert (box["x"], box["width"], round(box["y"] + box["height"])) == (0, PHONE["width"], PHONE["height"])
    sizes = sheet.locator("button[data-stamp]").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).map(r => Math.min(r.width, r.height))"
    )
    assert min(sizes) >= 44
    sheet.get_by_role("button", name="ありがとう").click()
    expect(one.page.get_by_role("button", name="ありがとう 1人、あなたも押しています")).to_be_visible()
    one.context.close()
    assert one.complaints == []
