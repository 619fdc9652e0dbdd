"""The channel page at work: writing, sending, reading, with real people in real browsers."""

import pytest
from playwright.sync_api import expect

from channels_app.models import Post
from tests import factories
from tests.browser.walker import walker
from tests.people import person
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NO_SOCKETS = "window.WebSocket = class { constructor() { throw new Error('blocked by the network'); } };"


@pytest.fixture
def stage(live_site, chromium):
    """Tanaka and Miura, both reading 窓口DX; closes their browsers and looks for complaints at the end."""
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    for number in range(30):
        factories.post(miura, channel, f"前からある投稿 {number}")
    walkers = [walker(chromium, live_site.origin) for _ in range(2)]
    for one, member in zip(walkers, (tanaka, miura), strict=True):
        one.sign_in(member)
        one.read_channel("madoguchi-dx")
    yield walkers
    complaints = [complaint for one in walkers for complaint in one.complaints]
    for one in walkers:
        one.context.close()
    assert complaints == []


def send(one, text: str) -> None:
    """Type into the composer and press Ctrl+Enter."""
    one.page.fill("#composer textarea", text)
    one.page.press("#composer textarea", "Control+Enter")


def test_enter_while_composing_and_enter_alone_never_send(stage):
    page = stage[0].page
    keys = stage[0].context.new_cdp_session(page)
    page.focus("#composer textarea")
    keys.send("Input.imeSetComposition", {"text": "まどぐち", "selectionStart": 4, "selectionEnd": 4})
    enter = {"key": "Enter", "code": "Enter", "modifiers": 2}
    keys.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, **enter})
    keys.send("Input.dispatchKeyEvent", {"type": "keyUp", "windowsVirtualKeyCode": 13, **enter})
    keys.send("Input.insertText", {"text": "窓口"})
    page.keyboard.press("Enter")
    page.keyboard.type("DX")
    assert page.input_value("#composer textarea") == "窓口\nDX"
    assert Post.objects.filter(text__startswith="窓口").count() == 0
    page.keyboard.press("Control+Enter")
    expect(stage[1].posts().last.locator(".ky-text")).to_have_text("窓口\nDX")
    assert page.input_value("#composer textarea") == ""


def test_new_posts_move_neither_scroll_nor_focus(stage):
    writer, reader = stage
    reader.page.evaluate("document.getElementById('posts').scrollTop = 40")
    reader.page.focus("#composer textarea")
    send(writer, "一つ目です")
    send(writer, "二つ目です")
    bar = reader.page.locator("#main [data-newbar]")
    expect(bar).to_have_text("新着2件")
    assert reader.page.evaluate("document.getElementById('posts').scrollTop") == 40
    assert reader.page.evaluate("document.activeElement.name") == "text"
    bar.click()
    expect(bar).to_be_hidden()
    expect(reader.posts().last).to_be_in_viewport()


def test_a_double_click_sends_once(stage):
    writer, reader = stage
    writer.page.fill("#composer textarea", "一度だけ")
    writer.page.locator("#composer").get_by_role("button", name="送信", exact=True).click(click_count=2)
    expect(reader.posts().last).to_contain_text("一度だけ")
    send(writer, "そのあと")
    expect(reader.posts().last).to_contain_text("そのあと")
    assert Post.objects.filter(text="一度だけ").count() == 1
    expect(writer.page.locator("#composer .ky-field__error")).to_have_count(0)


def test_a_refused_text_stands_in_the_field_with_the_reason(stage):
    page = stage[0].page
    long = "長い" * 6_000
    send(stage[0], long)
    error = page.locator("#composer .ky-field__error")
    expect(error).to_have_text("本文は10,000文字までです（いま12,000文字）。分けて投稿してください。")
    assert page.input_value("#composer textarea") == long
    expect(page.locator("[data-pending-cid]")).to_have_count(0)
    page.fill("#composer textarea", "短くしました")
    expect(error).to_have_count(0)


def test_what_is_written_without_a_network_is_sent_later_in_order(stage):
    writer, reader = stage
    writer.context.set_offline(True)
    send(writer, "圏外の一つ目")
    send(writer, "圏外の二つ目")
    expect(writer.page.locator("[data-pending-cid]")).to_have_count(2)
    expect(writer.page.locator("[data-pending-cid][data-state=failed]")).to_have_count(1)
    writer.context.set_offline(False)
    expect(writer.page.locator("[data-pending-cid]")).to_have_count(0)
    expect(reader.posts().last).to_contain_text("圏外の二つ目")
    texts = list(Post.objects.order_by("n").values_list("text", flat=True))
    assert texts[-2:] == ["圏外の一つ目", "圏外の二つ目"]


def test_unsent_posts_are_sent_after_a_reload(stage):
    writer, reader = stage
    writer.page.route("**/posts/", lambda route: route.abort())
    send(writer, "読み直しても残る")
    expect(writer.page.locator("[data-pending-cid][data-state=failed]")).to_have_count(1)
    writer.page.unroute("**/posts/")
    writer.read_channel("madoguchi-dx")
    expect(reader.posts().last).to_contain_text("読み直しても残る")
    until(lambda: Post.objects.filter(text="読み直しても残る").count() == 1, what="it is stored once")


def test_after_a_logout_elsewhere_the_text_is_kept_and_the_way_back_is_shown(stage):
    writer = stage[0]
    writer.page.fill("#composer textarea", "書きかけ")
    other = writer.context.new_page()
    other.goto(f"{writer.origin}/home/")
    other.locator(".ky-me__menu summary").click()
    other.get_by_role("button", name="ログアウト").click()
    expect(writer.page.locator("[data-banner=live] a")).to_have_attribute(
        "href", "/accounts/login/?next=%2Fchannels%2Fmadoguchi-dx%2F"
    )
    writer.page.press("#composer textarea", "Control+Enter")
    bubble = writer.page.locator("[data-pending-cid][data-state=failed]")
    expect(bubble.get_by_role("link", name="ログインする")).to_have_count(1)
    bubble.get_by_role("button", name="下書きに戻す").click()
    assert writer.page.input_value("#composer textarea") == "書きかけ"


def test_the_menu_is_walked_with_the_keyboard(stage):
    page = stage[0].page
    sign = stage[0].posts().last.locator("[data-menu]")
    sign.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem").nth(1)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(sign).to_be_focused()


def test_without_sockets_posts_arrive_by_the_streamed_answer(stage):
    writer, reader = stage
    reader.page.add_init_script(NO_SOCKETS)
    reader.read_channel("madoguchi-dx")
    expect(reader.page.locator("body[data-live=live][data-live-rung=stream]")).to_have_count(1)
    expect(reader.page.locator("[data-live-state]")).to_have_text("即時")
    for text in ("ストリームの一つ目", "ストリームの二つ目"):
        send(writer, text)
        expect(reader.posts().last).to_contain_text(text)
    send(reader, "こちらからも")
    expect(writer.posts().last).to_contain_text("こちらからも")
    assert reader.page.evaluate("document.body.dataset.liveGaps") == "0"


PASTE = """(field) => {
    const clipboard = new DataTransfer();
    clipboard.setData("text/html", "<table><tr><td>課</td><td>件数</td></tr></table>");
    clipboard.setData("text/plain", "課\\t件数\\n窓口\\t12\\n");
    field.focus();
    const how = { clipboardData: clipboard, bubbles: true, cancelable: true };
    field.dispatchEvent(new ClipboardEvent("paste", how));
}"""


def test_pasted_cells_are_posted_as_a_table(stage):
    writer, reader = stage
    writer.page.fill("#composer textarea", "今月の件数です。")
    writer.page.locator("#composer textarea").evaluate(PASTE)
    assert writer.page.input_value("#composer textarea") == (
        "今月の件数です。\n\n| 課 | 件数 |\n| --- | --- |\n| 窓口 | 12 |\n\n"
    )
    writer.page.press("#composer textarea", "Control+Enter")
    expect(reader.posts().last.locator("td")).to_have_text(["窓口", "12"])
