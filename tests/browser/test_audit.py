"""記録 in a real browser: read, narrow down, verify, take away; on a desk and on a phone, clean for axe."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from accounts.actions import audit
from tests.browser.walker import DESKTOP, PHONE, walker
from tests.people import person
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOG = "/secretariat/audit/"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def site(start_site):
    return start_site(REQUIRE_SECOND_FACTOR="0")


@pytest.fixture
def oonishi(transactional_db):
    oonishi, tanaka = person("oonishi"), person("tanaka")
    for turn in range(60):
        audit.record(oonishi, "member.role", tanaka, before="member", after="approver", turn=turn)
    audit.record(oonishi, "member.suspended", tanaka, reason="他団体の資料を外部に転載したため。")
    audit.record(None, "login.failed", tanaka, "2001:db8:85a3::8a2e:370:7334", mark="0123456789ab")
    audit.record(tanaka, "access.refused", route="secretariat/audit/", status=404, method="GET")
    return oonishi


def axe_complaints(page):
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


def is_too_wide(page):
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def chain(page):
    return page.locator("#chain h2").inner_text()


def verify(desk):
    """Ask for a verification and reload until its result is there."""
    desk.page.get_by_role("button", name="いま検証する").click()
    expect(desk.page.get_by_text("検証を始めました。")).to_be_visible()

    def shown():
        desk.page.reload()
        return chain(desk.page) == "検証済み"

    until(shown, what="the result of the verification")


def test_the_secretariat_reads_verifies_and_takes_the_log_away(oonishi, site, chromium):
    desk = walker(chromium, site.origin, DESKTOP)
    desk.sign_in(oonishi)
    desk.open("/secretariat/registrations/")
    desk.page.get_by_role("link", name="記録").click()
    verify(desk)
    assert axe_complaints(desk.page) == []
    assert desk.page.locator("tbody tr").count() == 50
    desk.page.get_by_role("link", name="前の記録を見る").click()
    expect(desk.page.get_by_role("link", name="いちばん新しい記録へ")).to_be_visible()
    desk.page.get_by_label("できごと").select_option("member.suspended")
    desk.page.get_by_role("button", name="しぼり込む").click()
    assert desk.page.locator("tbody tr").count() == 1
    with desk.page.expect_download() as download:
        desk.page.get_by_role("button", name="CSVで書き出す").click()
    with open(download.value.path(), encoding="utf-8-sig") as file:
        assert len(file.read().splitlines()) == 2
    assert (desk.complaints, is_too_wide(desk.page)) == ([], False)


def test_the_log_fits_a_phone_and_tells_what_is_wrong(oonishi, site, chromium):
    desk = walker(chromium, site.origin, PHONE)
    desk.sign_in(oonishi)
    desk.open(LOG)
    assert (axe_complaints(desk.page), is_too_wide(desk.page)) == ([], False)
    desk.open(f"{LOG}?since=2026-04-02&until=2026-04-01")
    expect(desk.page.get_by_text("「いつから」より後の日付にしてください。").first).to_be_visible()
    assert (axe_complaints(desk.page), is_too_wide(desk.page)) == ([], False)
    assert desk.complaints == []
