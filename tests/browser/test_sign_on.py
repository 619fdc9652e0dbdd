"""Sign-in through an organisation's provider in a real browser, by keyboard, under the real policy."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.walker import PHONE, walker
from tests.identity_provider import identity_provider
from tests.people import person
from tests.saml_provider import saml_provider

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def at_the_door(chromium, site, button: str):
    """A person on the log-in page who has ticked 共用の端末です and stands on the provider's button."""
    visitor = walker(chromium, site.origin, PHONE)
    visitor.open("/accounts/login/?next=/members/")
    assert Axe().run(visitor.page).response["violations"] == []
    visitor.page.get_by_label("共用の端末です").focus()
    visitor.page.keyboard.press("Space")
    visitor.page.get_by_role("button", name=button).focus()
    return visitor


def test_a_shared_terminal_is_ticked_before_leaving_for_openid(chromium, start_site):
    with identity_provider() as provider:
        provider.claims = {"sub": "t-1", "email": person("tanaka").email, "email_verified": True}
        site = start_site(OIDC_PROVIDERS=provider.setting())
        visitor = at_the_door(chromium, site, "庁内アカウントでログイン")
        visitor.page.keyboard.press("Enter")
        visitor.page.wait_for_url(f"{site.origin}/members/")
    expect(visitor.page.locator("body")).to_have_attribute("data-terminal", "shared")
    assert visitor.complaints == []


def test_a_shared_terminal_is_ticked_before_leaving_for_saml(chromium, start_site):
    with saml_provider() as provider:
        provider.email = person("tanaka").email
        site = start_site(SAML_PROVIDERS=provider.setting())
        visitor = at_the_door(chromium, site, "県の認証基盤でログイン")
        visitor.page.keyboard.press("Enter")
        visitor.page.wait_for_url(f"{provider.origin}/sso**")
        visitor.page.get_by_role("button").click()
        visitor.page.wait_for_url(f"{site.origin}/members/")
    expect(visitor.page.locator("body")).to_have_attribute("data-terminal", "shared")
    assert visitor.complaints == []
