"""Sign-in through an organisation's provider: it opens a member's account and never makes one."""

import json
import re

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts import sessions
from accounts.models import AuditEntry, Member, SignIn
from kyoso.lib import single_sign_on
from kyoso.lib.environment import WrongSetting
from tests.identity_provider import identity_provider
from tests.loopback import LOGIN, SignOnVisitor
from tests.people import person

BUTTON = "庁内アカウントでログイン"
IDP = {"id": "ken", "name": "県の認証基盤", "entity_id": "https://idp.example.jp/"}
SAML = IDP | {"sso_url": "https://idp.example.jp/sso", "certificate": "MIIB", "domains": ["example.lg.jp"]}


class Visitor(SignOnVisitor):
    """Comes back from the provider by redirects alone."""

    def sign_on(self, place="/accounts/oidc/chosha/login/", **fields):
        """Press the provider's button on the log-in page; gives the page at the end of the journey."""
        assert BUTTON in self.get(LOGIN).text
        return self.press(place, **fields)


@pytest.fixture
def provider():
    with identity_provider() as made:
        yield made


@pytest.fixture
def site(provider, start_site):
    return start_site(OIDC_PROVIDERS=provider.setting())


@pytest.mark.django_db(transaction=True)
def test_a_member_comes_in_by_their_proven_address(provider, site):
    tanaka = person("tanaka")
    provider.claims = {"sub": "t-1", "email": tanaka.email, "email_verified": True}
    visitor = Visitor(site)
    assert visitor.sign_on().url == f"{site.origin}/home/"
    assert visitor.is_in()
    assert SocialAccount.objects.get().user == tanaka
    assert [sign_in.member for sign_in in SignIn.objects.all()] == [tanaka]
    assert Member.objects.get().has_usable_password()
    again = Visitor(site)
    again.sign_on()
    assert again.is_in()
    assert SocialAccount.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("claims", ["unknown", "unverified", "unproven here", "suspended"])
def test_nobody_else_comes_in_and_no_account_is_made(provider, site, claims):
    suspended = {"suspended_at": timezone.now()} if claims == "suspended" else {}
    tanaka = person("tanaka", **suspended)
    email = "fremd@example.lg.jp" if claims == "unknown" else tanaka.email
    if claims == "unproven here":
        EmailAddress.objects.create(user=tanaka, email="neu@example.lg.jp", verified=False, primary=False)
        email = "neu@example.lg.jp"
    provider.claims = {"sub": "x-1", "email": email, "email_verified": claims != "unverified"}
    visitor = Visitor(site)
    page = visitor.sign_on()
    assert page.status_code == 200
    assert not visitor.is_in()
    assert Member.objects.count() == 1
    assert (SignIn.objects.count(), SocialAccount.objects.count()) == (0, 0)
    refused = AuditEntry.objects.filter(deed="login.refused").values_list("detail__refusal", "noun_id")
    assert list(refused) == [("inactive", tanaka.pk) if claims == "suspended" else ("unknown", None)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("ticked", "limit"), [({"shared": "on"}, 15 * 60), ({}, 60 * 60)])
def test_a_shared_terminal_stays_one_on_the_way_round(provider, site, ticked, limit):
    provider.claims = {"sub": "t-1", "email": person("tanaka").email, "email_verified": True}
    visitor = Visitor(site)
    visitor.sign_on(**ticked)
    assert visitor.is_in()
    kept = [row.get_decoded() for row in Session.objects.all()]
    (session,) = [session for session in kept if sessions.SEEN in session]
    assert (sessions.idle_limit(session), sessions.SAID_SHARED in session) == (limit, False)


@pytest.mark.django_db(transaction=True)
def test_of_several_attempts_the_last_word_about_the_terminal_counts(provider, site):
    provider.claims = {"sub": "x-1", "email": "fremd@example.lg.jp", "email_verified": True}
    visitor = Visitor(site)
    visitor.sign_on(shared="on")
    provider.claims |= {"sub": "t-1", "email": person("tanaka").email}
    visitor.sign_on()
    assert visitor.is_in()
    assert [sessions.SHARED in row.get_decoded() for row in Session.objects.all()] == [False]


@pytest.mark.django_db(transaction=True)
def test_a_provider_in_trouble_is_a_page_and_not_an_error(provider, site):
    person("tanaka")
    provider.claims = {"sub": "t-1", "email": "tanaka@example.lg.jp", "email_verified": True, "iss": "else"}
    visitor = Visitor(site)
    assert visitor.sign_on().status_code < 500
    assert not visitor.is_in()


@pytest.mark.django_db(transaction=True)
def test_a_provider_that_does_not_answer_is_a_page_too(start_site):
    """Neither the OpenID discovery nor SAML metadata can be fetched: nothing listens at these addresses."""
    saml = {name: SAML[name] for name in ("id", "name", "entity_id", "domains")}
    with identity_provider() as gone:
        oidc, nowhere = gone.setting(), f"{gone.origin}/metadata"
    site = start_site(OIDC_PROVIDERS=oidc, SAML_PROVIDERS=json.dumps([saml | {"metadata_url": nowhere}]))
    visitor = Visitor(site)
    for address in ("oidc/chosha", "saml/ken"):
        page = visitor.sign_on(f"/accounts/{address}/login/")
        assert (page.status_code, "団体のアカウントを確かめられませんでした" in page.text) == (401, True)


@pytest.mark.django_db
def test_without_a_provider_there_are_no_addresses_and_no_buttons(settings):
    assert settings.SIGN_ON == {}
    for page in (
        "/accounts/oidc/chosha/login/",
        "/accounts/saml/ken/metadata/",
        "/accounts/elsewhere/signup/",
    ):
        assert Client().get(page).status_code == 404
    assert "でログイン</button>" not in re.sub("パスキーでログイン", "", Client().get(LOGIN).content.decode())


@pytest.mark.django_db(transaction=True)
def test_saml_publishes_its_metadata_and_leads_to_the_provider(start_site):
    site = start_site(SAML_PROVIDERS=json.dumps([SAML]))
    visitor = Visitor(site)
    metadata = visitor.get("/accounts/saml/ken/metadata/")
    assert metadata.status_code == 200
    assert f'Location="{site.origin}/accounts/saml/ken/acs/"' in metadata.text
    assert "県の認証基盤でログイン" in visitor.get(LOGIN).text
    assert visitor.get("/accounts/saml/nobody/metadata/").status_code == 404


def test_the_settings_become_providers(monkeypatch):
    entry = {
        "id": "a",
        "name": "甲",
        "client_id": "c",
        "secret": "s",
        "server_url": "https://login.example.jp/x",
    }
    monkeypatch.setenv("OIDC_PROVIDERS", json.dumps([entry]))
    monkeypatch.setenv("SAML_PROVIDERS", json.dumps([SAML]))
    found = single_sign_on.providers()
    assert single_sign_on.apps(found) == [
        "allauth.socialaccount.providers.openid_connect",
        "allauth.socialaccount.providers.saml",
    ]
    assert single_sign_on.origins(found) == ["https://idp.example.jp", "https://login.example.jp"]
    assert found["saml"]["APPS"][0]["settings"]["verified_email"] == ["example.lg.jp"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OIDC_PROVIDERS", "{"),
        ("OIDC_PROVIDERS", "{}"),
        ("OIDC_PROVIDERS", "[1]"),
        ("OIDC_PROVIDERS", '[{"id": "a"}]'),
        ("SAML_PROVIDERS", json.dumps([IDP | {"domains": ["example.lg.jp"]}])),
        ("SAML_PROVIDERS", json.dumps([{**SAML, "domains": []}])),
        ("SAML_PROVIDERS", json.dumps([{**SAML, "domains": "lg.jp"}])),
    ],
)
def test_a_wrong_setting_stops_the_start(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSetting, match=f"^Kyoso cannot start: {name} "):
        single_sign_on.providers()
