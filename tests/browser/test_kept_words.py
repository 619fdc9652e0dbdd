"""Words on their way, coming back and beside each other: none is lost, none is doubled, none goes astray."""

import re

import pytest
from playwright.sync_api import expect

from channels_app.models import Draft, Question
from tests import factories
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FIELD, TITLE, ASKS = "#composer textarea", "#composer [name=title]", "#composer [name=question]"
REPLY = "#reply-composer textarea"
ROWS = "[data-mentions-list] [role=option]"


def hold(one, address: str) -> list:
    """Requests to an address are not answered; what waits is collected."""
    waiting = []
    one.page.route(re.compile(address), lambda route: waiting.append(route))
    return waiting


def test_a_refused_text_leaves_the_question_that_was_begun_since(cast, arrive):
    one = arrive(cast[0])
    waiting = hold(one, r"/channels/madoguchi-dx/posts/$")
    one.say("あ" * 10_001)
    until(lambda: one.page.wait_for_timeout(20) or waiting, what="the text on its way")
    one.page.check(ASKS)
    one.page.fill(TITLE, "次の質問")
    one.page.fill(FIELD, "教えてください。")
    waiting[0].continue_()
    expect(one.page.locator("#composer .ky-field__error")).to_contain_text("10,000文字まで")
    assert one.page.input_value(FIELD) == "あ" * 10_001 + "\n\n教えてください。"
    assert (one.page.is_checked(ASKS), one.page.input_value(TITLE)) == (True, "次の質問")


def test_a_question_on_its_way_leaves_an_empty_field_after_a_reload(cast, arrive):
    tanaka, _, channel = cast
    one = arrive(tanaka)
    one.page.focus(FIELD)
    one.page.check(ASKS)
    one.page.fill(TITLE, "様式はどこに")
    one.page.fill(FIELD, "ご存じの方はいますか。")
    drafts = Draft.objects.filter(title="様式はどこに", text="ご存じの方はいますか。")
    until(drafts.exists, what="the draft is kept")
    waiting = hold(one, r"/channels/madoguchi-dx/posts/$")
    one.page.press(FIELD, "Control+Enter")
    until(lambda: one.page.wait_for_timeout(20) or waiting, what="the question on its way")
    one.open("/channels/madoguchi-dx/")
    until(lambda: one.page.wait_for_timeout(20) or len(waiting) > 1, what="the question on its way again")
    seen = (one.page.input_value(FIELD), one.page.is_checked(ASKS), one.page.input_value(TITLE))
    waiting[-1].continue_()
    expect(one.posts()).to_have_count(1)
    assert seen == ("", False, "")
    assert Question.objects.get().title == "様式はどこに"


def test_a_quote_stands_once_beside_what_was_typed(cast, arrive):
    tanaka, miura, channel = cast
    root = factories.post(miura, channel, "窓口の人数")
    Draft.objects.create(member=tanaka, channel=channel, root=root, text="書きかけ")
    one = arrive(tanaka)
    for turn in (1, 2):
        one.page.locator(f"#post-{root.pk} [data-menu]").click()
        one.page.locator("[data-pop] [data-quote]").click()
        expect(one.page.locator(REPLY)).to_have_value(re.compile(f"(窓口の人数[^人]*){{{turn}}}"))
    assert one.page.input_value(REPLY).count("書きかけ") == 1


def test_the_list_of_names_goes_with_the_text(cast, arrive):
    one = arrive(cast[0])
    one.page.type(FIELD, "@miu")
    expect(one.page.locator(ROWS)).to_have_count(1)
    one.page.keyboard.press("Control+Enter")
    expect(one.posts()).to_have_count(1)
    assert (one.page.locator(ROWS).count(), one.page.input_value(FIELD)) == (0, "")


def test_names_that_do_not_come_leave_the_keys_alone(cast, arrive):
    one = arrive(cast[0])
    one.page.type(FIELD, "@miu")
    expect(one.page.locator(ROWS)).to_have_count(1)
    one.page.route(re.compile("/mentions/"), lambda route: route.abort())
    one.page.type(FIELD, "ra")
    expect(one.page.locator(ROWS)).to_have_count(0)
    one.page.keyboard.press("Enter")
    assert one.page.input_value(FIELD) == "@miura\n"


def test_a_name_ends_with_the_part_of_the_sentence_however_slow_the_list(cast, arrive):
    one = arrive(cast[0])
    one.page.type(FIELD, "@miu")
    expect(one.page.locator(ROWS)).to_have_count(1)
    hold(one, "/mentions/")
    one.page.type(FIELD, "さん、お願いします")
    assert one.page.locator(ROWS).count() == 0
    one.page.keyboard.press("Enter")
    assert one.page.input_value(FIELD) == "@miuさん、お願いします\n"


def test_a_double_click_asks_once(cast, arrive):
    tanaka, _, channel = cast
    post = factories.post(tanaka, channel, "取り消す投稿")
    one = arrive(tanaka)
    menu, dialog = one.page.locator(f"#post-{post.pk} [data-menu]"), one.page.locator("dialog[open]")
    menu.click()
    one.page.locator("[data-pop] [data-remove]").click()  # from now on the script is there
    dialog.get_by_role("link").last.click()
    expect(dialog).to_have_count(0)
    waiting = hold(one, "/removal/$")
    menu.click()
    one.page.locator("[data-pop] [data-remove]").dblclick()
    until(lambda: one.page.wait_for_timeout(20) or len(waiting) == 2, what="both clicks")
    for route in waiting:
        route.continue_()
    expect(dialog).to_be_visible()
    one.page.wait_for_load_state("networkidle")
    expect(dialog).to_have_count(1)
    dialog.get_by_role("link").last.click()
    expect(dialog).to_have_count(0)
    assert one.page.evaluate("document.activeElement.dataset.menu") == ""


def test_where_a_script_cannot_be_fetched_the_press_leads_to_the_page_and_the_text_is_kept(cast, arrive):
    tanaka, _, channel = cast
    post = factories.post(tanaka, channel, "話の始まり")
    one = arrive(tanaka)
    one.page.route(re.compile(r"/js/threads[^/]*\.js$"), lambda route: route.abort())
    one.page.fill(FIELD, "書きかけの文")
    one.page.evaluate("document.body.dataset.former = ''")
    one.page.locator(f"#post-{post.pk} a[data-thread], #post-{post.pk} a[data-answer]").first.click()
    expect(one.page.locator("body:not([data-former]) #thread")).to_contain_text("話の始まり")
    one.open("/channels/madoguchi-dx/")
    expect(one.page.locator(FIELD)).to_have_value("書きかけの文")
