"""「田中さんが書いています」: seen by those who look, spoken to nobody, gone when the post is there."""

import pytest
from playwright.sync_api import expect

from tests.browser.walker import PHONE
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FIELD, LINE = "#composer textarea", "#composer [data-typing]"
HEAR = """async (frames) => {
    const { say } = await import(performance.getEntriesByType("resource").map(({ name }) => name)
        .find((name) => /\\/signals\\.[0-9a-f]*\\.?js$/.test(name)));
    for (const frame of frames) say("eph", frame);
}"""


def test_who_writes_is_named_until_the_post_is_there(cast, arrive):
    writer, reader = arrive(cast[0]), arrive(cast[1])
    box = reader.page.locator("#composer .ky-composer__box")
    before = box.bounding_box()
    writer.page.type(FIELD, "こん")
    expect(reader.page.locator(LINE)).to_have_text("田中 里奈さんが書いています")
    assert box.bounding_box() == before
    assert reader.page.locator(f"[aria-live] {LINE}, [role=status] {LINE}").count() == 0
    expect(writer.page.locator(LINE)).to_have_text("")
    writer.page.press(FIELD, "Control+Enter")
    expect(reader.posts()).to_have_count(1)
    expect(reader.page.locator(LINE)).to_have_text("")


def test_several_are_counted_only_here_and_forgotten_after_a_moment(cast, arrive):
    one = arrive(cast[0], PHONE)
    here, me = one.page.get_attribute(LINE, "data-typing"), cast[0].pk
    frames = [{"s": here, "m": 901, "name": "三浦"}, {"s": here, "m": me, "name": "田中"}]
    one.page.evaluate(HEAR, frames)
    expect(one.page.locator(LINE)).to_have_text("三浦さんが書いています")
    one.page.evaluate(HEAR, [{"s": "c0", "m": 902, "name": "佐藤"}])
    expect(one.page.locator(LINE)).to_have_text("三浦さんが書いています")
    one.page.evaluate(HEAR, [{"s": here, "m": 902, "name": "佐藤"}])
    expect(one.page.locator(LINE)).to_have_text("2人が書いています")
    expect(one.page.locator(LINE)).to_be_in_viewport()
    assert not one.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    expect(one.page.locator(LINE)).to_have_text("")


def test_a_second_press_of_a_key_says_nothing_more_for_three_seconds(cast, arrive):
    sent = []
    one = arrive(cast[0])
    one.page.on("websocket", lambda ws: ws.on("framesent", lambda frame: sent.append(str(frame))))
    one.page.reload()
    one.page.wait_for_selector("body[data-live=live]")
    sent.clear()
    # In one go, because a slow machine may need more than three seconds for the keys; then a sign of life,
    # which leaves after everything that was said.
    one.page.locator(FIELD).evaluate(
        """(field) => {
            for (const letter of "こんにちは") {
                field.value += letter;
                field.dispatchEvent(new Event("input", { bubbles: true }));
            }
            dispatchEvent(new Event("online"));
        }"""
    )
    until(
        lambda: one.page.wait_for_timeout(20) or '"ping"' in "".join(sent), what="the sign of life was sent"
    )
    assert "".join(sent).count('"typing"') == 1
