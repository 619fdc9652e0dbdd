"""Asking, answering and accepting in the browser: by mouse, by keyboard, on a phone; open pages follow."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from channels_app.actions import questions
from channels_app.models import Post, Question
from tests import factories
from tests.browser.walker import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TITLE = "転入の聞き取りを1回で終えられますか"


def violations(page) -> list[str]:
    return [found["id"] for found in Axe().run(page).response["violations"]]


def test_a_question_is_asked_answered_and_solved_before_everybodys_eyes(cast, arrive):
    tanaka, miura, channel = cast
    asker, colleague = arrive(tanaka), arrive(miura)
    asker.page.locator("#composer textarea").focus()
    asker.page.get_by_label("質問として投稿").check()
    asker.page.get_by_label("質問の見出し").fill(TITLE)
    asker.say("いまは2回聞いています。")
    asked = colleague.page.locator("#timeline article")
    expect(asked.locator(".ky-post__title")).to_contain_text(TITLE)
    expect(asked.locator(".ky-chip", has_text="未回答")).to_be_visible()
    expect(asker.page.get_by_label("質問として投稿")).not_to_be_checked()
    root = Post.objects.get(root=None)
    assert Question.objects.get(post=root).title == TITLE
    reply = factories.post(miura, channel, "うちは1回です。", root=root)
    expect(asker.posts().locator(".ky-chip", has_text="回答あり")).to_be_visible()
    asker.page.locator(f"#post-{root.pk} .ky-replies").click()
    asker.page.locator(f"#post-{reply.pk}").hover()
    asker.page.locator(f"#post-{reply.pk} [data-menu]").click()
    asker.page.get_by_role("menuitem", name="答えとして採用する").click()
    expect(asker.page.locator(f"#post-{reply.pk} .ky-solved")).to_have_text("採用された答え")
    expect(colleague.posts().locator(".ky-chip", has_text="解決済み")).to_be_visible()
    assert violations(asker.page) == []
    colleague.posts().locator("a.ky-solved").click()
    expect(colleague.page.locator(f"#post-{reply.pk}")).to_be_focused()
    live = colleague.page.locator("#timeline article").evaluate("one => one.outerHTML")
    colleague.read_channel("madoguchi-dx")
    assert colleague.page.locator("#timeline article").evaluate("one => one.outerHTML") == live


def test_a_title_that_is_missing_is_asked_for_and_the_words_stay(cast, arrive):
    asker = arrive(cast[0])
    asker.page.locator("#composer textarea").focus()
    asker.page.get_by_label("質問として投稿").check()
    asker.say("本文だけ書きました。")
    expect(asker.page.locator("#composer .ky-field__error")).to_contain_text("質問の見出しを入力してください")
    expect(asker.page.locator("#composer textarea")).to_have_value("本文だけ書きました。")
    expect(asker.page.get_by_label("質問として投稿")).to_be_checked()
    asker.page.get_by_label("質問の見出し").fill(TITLE)
    asker.page.locator("#composer textarea").press("Control+Enter")
    expect(asker.posts().locator(".ky-post__title")).to_contain_text(TITLE)


def test_the_board_on_a_phone_by_keyboard(cast, arrive):
    tanaka, miura, channel = cast
    root = factories.post(tanaka, channel, title=TITLE)
    reply = factories.post(miura, channel, "うちは1回です。", root=root)
    questions.accept_answer(tanaka, reply)
    phone = arrive(miura, viewport=PHONE)
    phone.page.get_by_role("link", name="質問", exact=True).press("Enter")
    phone.page.wait_for_url("**/questions/")
    expect(phone.page.get_by_role("heading", name="待っている質問はありません")).to_be_visible()
    phone.page.get_by_role("link", name="解決済み").press("Enter")
    expect(phone.page.get_by_role("link", name=TITLE, exact=True)).to_be_visible()
    assert violations(phone.page) == []
    width = phone.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    phone.page.get_by_role("link", name=TITLE, exact=True).press("Enter")
    expect(phone.page.locator("#thread")).to_contain_text("採用された答え")


def test_without_scripts_an_answer_is_accepted_by_the_menus_page(cast, live_site, chromium):
    tanaka, miura, channel = cast
    root = factories.post(tanaka, channel, title=TITLE)
    reply = factories.post(miura, channel, "うちは1回です。", root=root)
    context = chromium.new_context(java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    page.goto(f"{live_site.origin}/accounts/login/")
    page.fill("[name=login]", tanaka.email)
    page.fill("[name=password]", "yamagoe-no-michi-3")
    page.click("main button[type=submit]")
    page.goto(f"{live_site.origin}/posts/{reply.pk}/menu/")
    page.get_by_role("button", name="答えとして採用する").click()
    expect(page.locator(f"#post-{reply.pk} .ky-solved")).to_have_text("採用された答え")
    assert Question.objects.get(post=root).answer_id == reply.pk
    context.close()
