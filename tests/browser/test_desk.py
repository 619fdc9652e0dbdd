"""The approvers' desk in a real browser: by keyboard alone, on a phone, without script, and for axe."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from accounts.actions.decisions import ask_for_more, decline
from accounts.actions.registrations import answer_question
from accounts.models import EmailDomain, Member, Registration
from tests.applicants import handed_in
from tests.browser.walker import DESKTOP, PHONE, walker
from tests.people import organisation, person
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
QUEUE = "/secretariat/registrations/"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def rows(transactional_db):
    """Two that fit, one of an unknown domain, one more that fits; oldest first."""
    organisation("394017"), organisation("390003")
    names = [("一ノ瀬 葵", "a"), ("二宮 蓮", "b"), ("三好 凛", "c"), ("四方 湊", "d")]
    hosts = ["town.nakatosa.lg.jp", "town.nakatosa.lg.jp", "shichigahama.com", "town.nakatosa.lg.jp"]
    return [
        handed_in(f"{key}@{host}", name=name, kana="なまえ")
        for (name, key), host in zip(names, hosts, strict=True)
    ]


@pytest.fixture
def site(rows, start_site):
    """A site that has these applications from its start."""
    return start_site(REQUIRE_SECOND_FACTOR="0")


def at_desk(chromium, site, viewport=DESKTOP):
    desk = walker(chromium, site.origin, viewport)
    desk.sign_in(person("hasegawa"))
    desk.open(QUEUE)
    return desk


def outcome(registration):
    return Registration.objects.get(pk=registration.pk).outcome


def beside(desk):
    return desk.page.locator(".ky-application h2")


def axe_complaints(page):
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


def pick_two_and_ask(desk):
    """x on two that fit and one that does not; then a question to the second."""
    keys, picked = desk.page.keyboard, desk.page.locator("#picked")
    keys.press("x")
    keys.press("j")
    expect(beside(desk)).to_have_text("二宮 蓮")
    keys.press("x")
    expect(picked).to_have_text("2件を選択。すべて証拠あり")
    keys.press("j")
    expect(beside(desk)).to_have_text("三好 凛")
    keys.press("x")
    expect(picked).to_contain_text("まとめて承認できません")
    keys.press("k")
    expect(beside(desk)).to_have_text("二宮 蓮")
    keys.press("q")
    field = desk.page.get_by_label("本人に確かめたいこと")
    expect(field).to_be_focused()
    keys.type("ajkd")  # letters that are deeds elsewhere are letters here
    expect(field).to_have_value("ajkd")
    keys.press("Tab")
    keys.press("Enter")
    expect(desk.page.get_by_text("確かめるメールを送ります")).to_be_visible()


def approve_with_evidence(desk):
    """a leads to what is missing, then approves."""
    keys = desk.page.keyboard
    keys.press("a")
    expect(desk.page.get_by_label("団体の公式サイト")).to_be_focused()
    keys.press("Space")
    keys.press("a")
    expect(desk.page.get_by_label("根拠")).to_be_focused()
    keys.type("公式サイトの問い合わせ先にある。")
    keys.press("Tab")
    keys.press("a")
    expect(desk.page.get_by_text("三好 凛さんを承認しました")).to_be_visible()


def test_a_morning_by_keyboard_alone(site, rows, chromium):
    desk = at_desk(chromium, site)
    keys = desk.page.keyboard
    expect(desk.page.locator("body")).to_have_attribute("data-awake", "")
    expect(beside(desk)).to_have_text("一ノ瀬 葵")
    pick_two_and_ask(desk)
    keys.press("a")
    expect(desk.page.get_by_text("一ノ瀬 葵さんを承認しました")).to_be_visible()
    keys.press("j")
    expect(beside(desk)).to_have_text("三好 凛")
    approve_with_evidence(desk)
    keys.press("j")
    expect(beside(desk)).to_have_text("四方 湊")
    keys.press("d")
    expect(desk.page.get_by_label("お断りする理由")).to_be_focused()
    keys.type("在籍を確かめられませんでした。")
    keys.press("Tab")
    keys.press("Enter")
    expect(desk.page.get_by_text("四方 湊さんにお断りの理由を")).to_be_visible()
    assert [outcome(row) for row in rows] == ["approved", "", "approved", "declined"]
    assert Registration.objects.get(pk=rows[1].pk).question == "ajkd"
    assert EmailDomain.objects.get(kind="exception").domain == "shichigahama.com"
    assert desk.complaints == []


def test_a_batch_by_mouse_keeps_what_was_picked(site, rows, chromium):
    desk = at_desk(chromium, site)
    desk.page.get_by_label("一ノ瀬 葵さんを選ぶ").check()
    desk.page.get_by_role("link", name="三好 凛").click()
    expect(beside(desk)).to_have_text("三好 凛")
    desk.page.get_by_label("四方 湊さんを選ぶ").check()
    desk.page.get_by_role("button", name="2件をまとめて承認").click()
    expect(desk.page.get_by_text("2件を承認しました。")).to_be_visible()
    assert [outcome(row) for row in rows] == ["approved", "", "", "approved"]
    assert desk.complaints == []


def test_single_keys_can_be_switched_off_and_the_input_method_has_them_first(site, rows, chromium):
    desk = at_desk(chromium, site)
    composing = "new KeyboardEvent('keydown', {key: 'j', isComposing: true, bubbles: true})"
    desk.page.evaluate(f"document.body.dispatchEvent({composing})")
    desk.page.keyboard.press("Control+j")
    desk.page.get_by_role("button", name="キー操作を切る").click()
    desk.page.keyboard.press("j")
    desk.open(QUEUE)
    expect(desk.page.get_by_role("button", name="キー操作を使う")).to_be_visible()
    desk.page.keyboard.press("j")
    desk.page.get_by_role("button", name="キー操作を使う").click()
    expect(beside(desk)).to_have_text("一ノ瀬 葵")
    desk.page.keyboard.press("j")
    expect(beside(desk)).to_have_text("二宮 蓮")


def test_on_a_phone_queue_and_case_are_two_screens(site, rows, chromium):
    desk = at_desk(chromium, site, PHONE)
    expect(beside(desk)).to_be_hidden()
    assert axe_complaints(desk.page) == []
    desk.page.get_by_role("link", name="三好 凛").click()
    desk.page.wait_for_url(f"**{QUEUE}{rows[2].pk}/")
    expect(beside(desk)).to_be_visible()
    expect(desk.page.get_by_role("link", name="四方 湊")).to_be_hidden()
    assert axe_complaints(desk.page) == []
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert desk.page.evaluate(wide) is False
    desk.page.get_by_role("link", name="一覧へ").click()
    desk.page.get_by_role("link", name="一ノ瀬 葵").click()
    desk.page.get_by_role("button", name="承認する").click()
    until(lambda: outcome(rows[0]) == "approved", what="the first is approved")
    assert desk.complaints == []


def test_without_script_buttons_and_boxes_do_it(site, rows, chromium):
    context = chromium.new_context(viewport=DESKTOP, locale="ja-JP", java_script_enabled=False)
    page = context.new_page()
    page.goto(site.origin + "/accounts/login/")
    page.fill("[name=login]", person("hasegawa").email)
    page.fill("[name=password]", "yamagoe-no-michi-3")
    page.click("main button[type=submit]")
    page.goto(site.origin + QUEUE)
    expect(page.locator(".ky-keys")).to_be_hidden()
    page.get_by_label("二宮 蓮さんを選ぶ").check()
    page.get_by_role("button", name="まとめて承認").click()
    expect(page.get_by_text("1件を承認しました。")).to_be_visible()
    page.get_by_role("link", name="四方 湊").click()
    page.get_by_text("お断りする").first.click()
    page.get_by_label("お断りする理由").fill("確認できませんでした。")
    page.get_by_role("button", name="理由を送って断る").click()
    until(lambda: outcome(rows[3]) == "declined", what="the last is declined")
    assert outcome(rows[1]) == "approved"
    context.close()


def test_axe_finds_nothing_in_any_state(site, rows, chromium):
    desk = at_desk(chromium, site)
    for path in (QUEUE, f"{QUEUE}{rows[2].pk}/", f"{QUEUE}?show=waiting"):
        desk.open(path)
        assert (path, axe_complaints(desk.page)) == (path, [])
    desk.open(QUEUE)
    desk.page.keyboard.press("d")
    desk.page.get_by_role("button", name="理由を送って断る").click()
    expect(desk.page.get_by_role("alert")).to_be_visible()
    assert axe_complaints(desk.page) == []
    Registration.objects.all().delete()
    desk.open(QUEUE)
    expect(desk.page.get_by_text("審査を待っている申し込みはありません")).to_be_visible()
    assert axe_complaints(desk.page) == []
    assert Member.objects.count() == 1


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_in_an_open_question_and_a_decided_case(site, rows, chromium, viewport):
    desk = at_desk(chromium, site, viewport)
    oonishi, (fits, *_) = person("oonishi"), rows
    ask_for_more(oonishi, fits, question="何課ですか。")
    fits.refresh_from_db()
    answer_question(fits, answer="住民係です。")
    desk.open(f"{QUEUE}{fits.pk}/")
    desk.page.locator("#ask > summary").click()
    expect(desk.page.get_by_label("本人に確かめたいこと")).to_be_visible()
    assert axe_complaints(desk.page) == []
    desk.page.get_by_role("button", name="本人に尋ねる").click()
    expect(desk.page.get_by_role("alert")).to_be_visible()
    expect(desk.page.get_by_label("本人に確かめたいこと")).to_be_visible()
    assert axe_complaints(desk.page) == []
    decline(oonishi, fits, reason="在籍を確かめられませんでした。")
    desk.open(f"{QUEUE}{fits.pk}/")
    expect(desk.page.get_by_role("heading", name="決定")).to_be_visible()
    assert axe_complaints(desk.page) == []
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert desk.page.evaluate(wide) is False


def test_until_the_next_case_is_there_nobody_can_decide_on_the_one_before(site, rows, chromium):
    desk = at_desk(chromium, site)
    held = []
    desk.page.route(f"**{QUEUE}{rows[1].pk}/", lambda route: held.append(route))
    desk.page.get_by_role("link", name="二宮 蓮").click()
    expect(desk.page.locator(".ky-application[inert]")).to_have_count(1)
    expect(beside(desk)).to_have_text("一ノ瀬 葵")
    desk.page.keyboard.press("a")
    desk.page.keyboard.press("d")
    held[0].continue_()
    expect(beside(desk)).to_have_text("二宮 蓮")
    assert [outcome(row) for row in rows] == ["", "", "", ""]
