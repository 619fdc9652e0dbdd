"""The safety of an account in a real browser: passkeys, the app, the end of a session, shared terminals."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from accounts import sessions
from accounts.session_store import SessionStore
from tests import factories
from tests.browser.walker import DESKTOP, PHONE, walker
from tests.people import PASSWORD, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HOUR = 3600
ASKED = 2 * 60 - 2  # seconds before the end: the page has just asked, and its own time limit has not run out


def with_passkeys(browser, site, **options):
    """A person with a built-in authenticator; passkeys need a name, so the site is localhost."""
    made = walker(browser, site.origin.replace("127.0.0.1", "localhost"), **options)
    devtools = made.context.new_cdp_session(made.page)
    devtools.send("WebAuthn.enable")
    abilities = {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    abilities |= {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": abilities})
    return made


def prove(visitor) -> None:
    """Type the password before an important change."""
    visitor.page.fill("[name=password]", PASSWORD)
    visitor.page.get_by_role("button", name="確かめる").click()


def log_out(visitor) -> None:
    """Leave by the page of one's sessions."""
    visitor.open("/accounts/sessions/")
    visitor.page.get_by_role("button", name="この端末からログアウト").click()
    visitor.page.wait_for_url(visitor.origin + "/")


def test_a_passkey_is_registered_and_opens_the_account_without_a_password(chromium, live_site):
    tanaka = person("tanaka")
    visitor = with_passkeys(chromium, live_site)
    visitor.sign_in(tanaka)
    visitor.open("/accounts/second-factor/webauthn/add/")
    prove(visitor)
    visitor.page.get_by_role("button", name="登録する").click()
    visitor.page.wait_for_url("**/recovery-codes/")
    expect(visitor.page.locator(".ky-codes li")).to_have_count(10)
    log_out(visitor)
    visitor.open("/accounts/login/")
    visitor.page.get_by_role("button", name="パスキーでログイン").click()
    visitor.page.wait_for_url("**/home/")
    assert visitor.complaints == []
    assert Authenticator.objects.filter(user=tanaka, type="webauthn").count() == 1


def test_a_passkey_is_the_second_factor_after_the_password_on_a_shared_terminal(chromium, live_site):
    tanaka = person("tanaka")
    visitor = with_passkeys(chromium, live_site)
    visitor.sign_in(tanaka)
    visitor.open("/accounts/second-factor/webauthn/add/")
    prove(visitor)
    visitor.page.uncheck("[name=passwordless]")
    visitor.page.get_by_role("button", name="登録する").click()
    visitor.page.wait_for_url("**/recovery-codes/")
    log_out(visitor)
    visitor.open("/accounts/login/")
    visitor.page.fill("[name=login]", tanaka.email)
    visitor.page.fill("[name=password]", PASSWORD)
    visitor.page.check("[name=shared]")
    visitor.page.get_by_role("button", name="ログイン", exact=True).click()
    visitor.page.get_by_role("button", name="パスキーで確かめる").click()
    visitor.page.wait_for_url("**/home/")
    expect(visitor.page.locator("body")).to_have_attribute("data-terminal", "shared")
    assert visitor.complaints == []


def test_a_passkey_that_is_refused_leaves_a_sentence_and_the_page(chromium, live_site):
    person("tanaka")
    visitor = walker(chromium, live_site.origin)  # an address without a name: the browser refuses
    visitor.open("/accounts/login/")
    visitor.page.get_by_role("button", name="パスキーでログイン").click()
    expect(visitor.page.get_by_role("alert")).to_have_text(
        "このブラウザーかアドレスでは、パスキーを使えません。httpsのアドレスで開いてください。"
    )
    assert visitor.page.url.endswith("/accounts/login/")


def test_an_approver_sets_up_the_app_on_a_phone_before_the_desk_opens(chromium, start_site):
    site = start_site(REQUIRE_SECOND_FACTOR="yes")
    desk = walker(chromium, site.origin, PHONE)
    desk.sign_in(person("hasegawa"))
    desk.open("/secretariat/registrations/")
    desk.page.get_by_role("link", name="アプリを設定する").click()
    prove(desk)
    secret = desk.page.locator("code").inner_text()
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    width = desk.page.evaluate("document.querySelector('.ky-qr').naturalWidth")
    assert width > 0
    desk.page.get_by_label("アプリに出た6桁").fill(code)
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**/recovery-codes/")
    desk.open("/secretariat/registrations/")
    expect(desk.page.get_by_role("heading", name="登録の審査")).to_be_visible()
    assert desk.complaints == []


def row_of(member) -> str:
    """The key of the member's only session."""
    return UserSession.objects.get(user=member).session_key


def grow_old(key: str, seconds: int) -> None:
    """Move the last use of a session back, as if nobody had touched the page."""
    store = SessionStore(key)
    store[sessions.SEEN] -= seconds
    store.save()


def reader(chromium, site):
    """A member who writes in a channel, at a clock that the test turns."""
    tanaka = person("tanaka")
    factories.channel("madoguchi-dx", tanaka)
    made = walker(chromium, site.origin)
    made.sign_in(tanaka)
    made.page.clock.install()
    made.read_channel("madoguchi-dx")
    made.page.locator("#composer [name=text]").fill("書きかけの相談")
    return tanaka, made


def written(visitor):
    return visitor.page.locator("#composer [name=text]")


def test_the_end_is_said_before_and_a_button_extends_it(chromium, live_site):
    tanaka, visitor = reader(chromium, live_site)
    grow_old(row_of(tanaka), HOUR - 90)
    visitor.page.clock.run_for((HOUR - ASKED) * 1000)
    warning = visitor.page.locator('[data-banner="session"]')
    expect(warning).to_have_attribute("role", "alert")
    expect(warning).to_contain_text("まもなくログインが終わります")
    expect(written(visitor)).to_be_focused()
    expect(written(visitor)).to_have_value("書きかけの相談")
    warning.get_by_role("button", name="延長する").click()
    expect(warning).to_have_count(0)
    assert SessionStore(row_of(tanaka))[sessions.SEEN] > 0
    assert visitor.complaints == []


def test_after_the_end_the_text_is_there_and_a_new_log_in_continues(chromium, live_site):
    tanaka, visitor = reader(chromium, live_site)
    key = row_of(tanaka)
    grow_old(key, HOUR)
    visitor.page.clock.run_for((HOUR - ASKED) * 1000)
    over = visitor.page.locator('[data-banner="session"]')
    expect(over).to_contain_text("ログインが終わりました。")
    expect(written(visitor)).to_have_value("書きかけの相談")
    with visitor.context.expect_page() as opened:
        over.get_by_role("link", name="ログインし直す").click()
    tab = opened.value
    tab.fill("[name=login]", tanaka.email)
    tab.fill("[name=password]", PASSWORD)
    tab.click("main button[type=submit]")
    tab.wait_for_url("**/channels/madoguchi-dx/")
    tab.close()
    visitor.page.bring_to_front()
    visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(over).to_have_count(0)
    written(visitor).press("Control+Enter")
    expect(visitor.posts()).to_contain_text(["書きかけの相談"])


def test_open_pages_that_only_listen_do_not_extend(chromium, live_site):
    tanaka, visitor = reader(chromium, live_site)
    key = row_of(tanaka)
    before = SessionStore(key)[sessions.SEEN]
    grow_old(key, 600)
    visitor.page.clock.run_for(10 * 60 * 1000)
    miura, channel = person("miura"), tanaka.memberships.get().channel
    factories.channels.admit(miura, channel)
    factories.post(miura, channel, "新しい投稿です。")
    expect(visitor.posts()).to_have_count(1)
    assert SessionStore(key)[sessions.SEEN] == before - 600


def test_a_session_ended_elsewhere_stops_the_open_page_at_once(chromium, live_site):
    tanaka, visitor = reader(chromium, live_site)
    other = walker(chromium, live_site.origin, PHONE)
    other.sign_in(tanaka)
    other.open("/accounts/sessions/")
    other.page.get_by_role("button", name="ほかの端末をすべて終わらせる").click()
    expect(other.page.get_by_role("status")).to_contain_text("1件")
    expect(visitor.page.locator('[data-banner="live"]')).to_contain_text("もう一度ログインしてください")
    expect(written(visitor)).to_have_value("書きかけの相談")


def test_a_shared_terminal_keeps_nothing(chromium, live_site):
    tanaka = person("tanaka")
    factories.channel("madoguchi-dx", tanaka)
    visitor = walker(chromium, live_site.origin)
    visitor.open("/accounts/login/")
    visitor.page.fill("[name=login]", tanaka.email)
    visitor.page.fill("[name=password]", PASSWORD)
    visitor.page.check("[name=shared]")
    visitor.page.get_by_role("button", name="ログイン", exact=True).click()
    visitor.page.wait_for_url("**/home/")
    visitor.read_channel("madoguchi-dx")
    visitor.say("共用の端末から書いています。")
    expect(visitor.posts()).to_have_count(1)
    kept = "[...Object.keys(localStorage), ...Object.keys(sessionStorage)]"
    assert visitor.page.evaluate(kept) == []
    assert visitor.page.evaluate("indexedDB.databases()") == []
    assert {cookie["expires"] for cookie in visitor.context.cookies() if "csrf" not in cookie["name"]} == {-1}


PAGES = [
    "/accounts/",
    "/accounts/sessions/",
    "/accounts/email/",
    "/accounts/second-factor/",
    "/accounts/second-factor/totp/activate/",
    "/accounts/second-factor/webauthn/add/",
    "/accounts/password/change/",
]


def axe_complaints(page) -> list[str]:
    """What axe finds on the page as it stands."""
    return [violation["id"] for violation in Axe().run(page).response["violations"]]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_on_the_pages_of_an_account(chromium, live_site, viewport):
    visitor = walker(chromium, live_site.origin, viewport)
    visitor.open("/accounts/login/")
    assert axe_complaints(visitor.page) == []
    visitor.sign_in(person("tanaka"))
    visitor.open("/accounts/second-factor/totp/activate/")
    assert axe_complaints(visitor.page) == []
    prove(visitor)
    for path in PAGES:
        visitor.open(path)
        assert (path, axe_complaints(visitor.page)) == (path, [])
        wide = visitor.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert (path, wide) == (path, False)
    assert visitor.complaints == []
