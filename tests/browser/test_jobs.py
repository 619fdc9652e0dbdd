"""処理の状況 in a real browser: warned, tried again, called off; by keyboard, on a phone, without scripts."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from procrastinate.contrib.django.models import ProcrastinateJob

from kyoso.models import JobFailure
from tests.browser.walker import DESKTOP, PHONE, walker
from tests.jobs import given_up_job
from tests.people import person
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BOARD = "/secretariat/jobs/"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LONG = "SMTPServerDisconnected: Connection unexpectedly closed: " + "x" * 120


@pytest.fixture
def oonishi(transactional_db):
    return person("oonishi")


@pytest.fixture
def failures(transactional_db):
    """The numbers of four given-up jobs, of two tasks; nobody has a post or a member with these ids."""
    numbers = [given_up_job("tell_of_post", post_id=999) for _ in range(3)]
    numbers.append(given_up_job("end_sessions", post_id=None, member_id=999))
    JobFailure.objects.bulk_create(JobFailure(job_id=number, error=LONG) for number in numbers[:3])
    return numbers


def axe_complaints(page):
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


def is_too_wide(page):
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def status(number: int) -> str:
    return ProcrastinateJob.objects.values_list("status", flat=True).get(pk=number)


def test_the_secretariat_is_warned_and_puts_things_right(oonishi, failures, live_site, chromium):
    desk = walker(chromium, live_site.origin, DESKTOP)
    desk.sign_in(oonishi)
    desk.open("/secretariat/registrations/")
    assert axe_complaints(desk.page) == []
    desk.page.get_by_role("link", name="処理の状況を見る").click()
    expect(desk.page.get_by_role("heading", name="失敗した処理 4")).to_be_visible()
    for scheme in ("light", "dark"):
        desk.page.emulate_media(color_scheme=scheme)
        assert (scheme, axe_complaints(desk.page)) == (scheme, [])
    assert is_too_wide(desk.page) is False
    again = desk.page.get_by_role("button", name="「新しい投稿の通知を配る」3件をもう一度試す")
    again.focus()
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_text("3件を、まもなくもう一度試します。")).to_be_visible()
    until(lambda: [status(number) for number in failures[:3]] == ["succeeded"] * 3, what="they were done")
    desk.page.get_by_role("link", name=f"利用を止めた人をログアウトさせる、番号{failures[3]}").click()
    assert axe_complaints(desk.page) == []
    desk.page.get_by_role("button", name="取り消す").click()
    expect(desk.page.get_by_text("失敗した処理はありません。")).to_be_visible()
    assert status(failures[3]) == "cancelled"
    until(lambda: "順調です" in refreshed(desk.page), what="all is well again")
    assert desk.complaints == []


def refreshed(page) -> str:
    page.get_by_role("link", name="最新の状況にする").click()
    return page.locator("#state").inner_text()


def test_the_board_fits_a_phone_and_needs_no_script(oonishi, failures, live_site, chromium):
    context = chromium.new_context(viewport=PHONE, locale="ja-JP", java_script_enabled=False)
    page = context.new_page()
    watched = walker(chromium, live_site.origin, PHONE)
    watched.sign_in(oonishi)
    watched.open(BOARD)
    assert (axe_complaints(watched.page), is_too_wide(watched.page)) == ([], False)
    watched.open(f"{BOARD}{failures[0]}/cancellation/")
    assert (axe_complaints(watched.page), is_too_wide(watched.page)) == ([], False)
    context.add_cookies(watched.context.cookies())
    page.goto(live_site.origin + BOARD)
    page.get_by_role("button", name=f"新しい投稿の通知を配る、番号{failures[0]}").click()
    expect(page.get_by_text(f"（番号{failures[0]}）を、まもなくもう一度試します。")).to_be_visible()
    context.close()
