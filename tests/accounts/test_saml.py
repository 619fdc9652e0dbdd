"""Sign-in by SAML, all the way round: AuthnRequest, signed answer, the site's ACS, the member's page."""

import re

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import sessions
from accounts.models import AuditEntry, Member, SignIn
from tests.loopback import SignOnVisitor
from tests.people import person
from tests.saml_provider import pair, saml_provider

pytestmark = pytest.mark.django_db(transaction=True)
UNPROVEN = "確かめられませんでした"


class Visitor(SignOnVisitor):
    """Carries the provider's answer by hand: the provider's page needs a press."""

    def leave(self, **fields):
        """Press the provider's button on the log-in page; gives the provider's page."""
        return self.press("/accounts/saml/ken/login/", **fields)

    def bring(self, told):
        """Send the provider's form; the answer comes from elsewhere, without our token."""
        fields = {name: value for name, value in told.items() if name != "action"}
        return self.session.post(told["action"], data=fields, timeout=20)


@pytest.fixture
def provider():
    with saml_provider() as made:
        yield made


@pytest.fixture
def site(provider, start_site):
    return start_site(SAML_PROVIDERS=provider.setting())


def refusals():
    """(what was refused, of whom) in the audit log."""
    entries = AuditEntry.objects.filter(deed="login.refused").order_by("id")
    return [(entry.detail["refusal"], entry.noun_id) for entry in entries]


def nothing_changed(member) -> bool:
    """No account, no tie to the provider, no log-in."""
    same = Member.objects.values_list("pk", "password", "email").get()
    counts = SocialAccount.objects.count(), SignIn.objects.count()
    return same == (member.pk, member.password, member.email) and counts == (0, 0)


def test_a_member_comes_in_by_their_proven_address(provider, site):
    tanaka = person("tanaka")
    provider.email = tanaka.email
    visitor = Visitor(site)
    assert visitor.leave().url.startswith(f"{provider.origin}/sso?SAMLRequest=")
    assert visitor.bring(provider.told).url == f"{site.origin}/home/"
    assert visitor.is_in()
    assert SocialAccount.objects.get().user == tanaka
    assert [sign_in.member for sign_in in SignIn.objects.all()] == [tanaka]
    assert Member.objects.get().has_usable_password()
    again = Visitor(site)
    again.leave()
    again.bring(provider.told)
    assert again.is_in()
    assert SocialAccount.objects.count() == 1
    assert refusals() == []


FORGED = {
    "audience": {"audience": "https://another.example.jp/metadata"},
    "question": {"request": "ONELOGIN_another"},
    "expired": {"since": "2020-01-01T00:00:00Z", "until": "2020-01-01T00:05:00Z"},
    "too early": {"since": "2099-01-01T00:00:00Z", "until": "2099-01-01T00:05:00Z"},
    "place": {"acs": "https://another.example.jp/acs/"},
    "issuer": {"issuer": "https://idp.another.example.jp/"},
    "unsigned": {},
    "other key": {},
}


@pytest.mark.parametrize("forged", FORGED)
def test_an_answer_that_does_not_fit_is_refused_and_recorded(provider, site, forged):
    tanaka = person("tanaka")
    provider.email, provider.wrong = tanaka.email, FORGED[forged]
    provider.signer = {"unsigned": None, "other key": pair()}.get(forged, provider.own)
    visitor = Visitor(site)
    visitor.leave()
    page = visitor.bring(provider.told | {"action": f"{site.origin}/accounts/saml/ken/acs/"})
    assert (page.status_code, UNPROVEN in page.text) == (401, True)
    assert not visitor.is_in()
    assert nothing_changed(tanaka)
    assert refusals() == [("unproven", None)]


def test_an_answer_works_once_and_only_in_the_browser_that_asked(provider, site):
    tanaka = person("tanaka")
    provider.email = tanaka.email
    visitor, thief = Visitor(site), Visitor(site)
    visitor.leave()
    told = provider.told
    assert UNPROVEN in thief.bring(told).text
    assert visitor.bring(told).url == f"{site.origin}/home/"
    visitor.session.cookies.clear()
    for replaying in (visitor, thief):
        page = replaying.bring(told)
        assert (page.status_code, UNPROVEN in page.text) == (401, True)
        assert not replaying.is_in()
    assert SignIn.objects.count() == 1
    assert refusals() == [("unproven", None)]  # the same within a minute is recorded once


def test_a_replay_in_the_same_browser_is_refused_too(provider, site):
    provider.email = person("tanaka").email
    visitor = Visitor(site)
    visitor.leave()
    visitor.bring(provider.told)
    token = visitor.session.cookies.get_dict()
    page = visitor.get("/accounts/logout/").text
    csrf = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    visitor.session.post(f"{site.origin}/accounts/logout/", data={"csrfmiddlewaretoken": csrf}, timeout=20)
    assert visitor.session.cookies.get_dict() != token
    assert UNPROVEN in visitor.bring(provider.told).text
    assert not visitor.is_in()
    assert refusals() == [("unproven", None)]


@pytest.mark.parametrize("email", ["fremd@example.lg.jp", "tanaka@another.example.jp"])
def test_nobody_else_comes_in_and_no_account_is_made(provider, site, email):
    tanaka = person("tanaka", email=email) if "another" in email else person("tanaka")
    provider.email = email
    visitor = Visitor(site)
    visitor.leave()
    page = visitor.bring(provider.told)
    assert (page.status_code, "このアカウントの会員はいません" in page.text) == (200, True)
    assert not visitor.is_in()
    assert nothing_changed(tanaka)
    assert refusals() == [("unknown", None)]


def test_a_suspended_member_stays_out(provider, site):
    tanaka = person("tanaka", suspended_at=timezone.now())
    provider.email = tanaka.email
    visitor = Visitor(site)
    visitor.leave()
    page = visitor.bring(provider.told)
    assert (page.status_code, "このアカウントは、いま利用できません" in page.text) == (200, True)
    assert not visitor.is_in()
    assert nothing_changed(tanaka)
    assert refusals() == [("inactive", tanaka.pk)]


@pytest.mark.parametrize(("ticked", "limit"), [({"shared": "on"}, 15 * 60), ({}, 60 * 60)])
def test_a_shared_terminal_stays_one_on_the_way_round(provider, site, ticked, limit):
    provider.email = person("tanaka").email
    visitor = Visitor(site)
    visitor.leave(**ticked)
    visitor.bring(provider.told)
    assert visitor.is_in()
    kept = [row.get_decoded() for row in Session.objects.all()]
    (session,) = [session for session in kept if sessions.SEEN in session]
    assert sessions.idle_limit(session) == limit
    assert sessions.SAID_SHARED not in session
