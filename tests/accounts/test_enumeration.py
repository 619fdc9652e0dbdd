"""No page and no statement tells whether an address belongs to a member (docs/security.md A8).

What else signing up and inviting tell is in test_registrations.py and test_invitations.py. Time itself is not
asserted: the work is, by its statements and by the one costly hash; `make bench` puts a clock to these doors.
"""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, Member
from accounts.shared_directory import shared_directory
from tests import hashing
from tests.applicants import handed_in
from tests.jobs import run_jobs
from tests.people import PASSWORD, person

pytestmark = pytest.mark.django_db
LOGIN, RESET, SIGN_UP = "/accounts/login/", "/accounts/password/reset/", "/accounts/signup/"
INVITE, SCRIPT = "/members/invitations/", {"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"}
EMAIL, BY_CODE = "/accounts/email/", "/accounts/login/code/"
CODE, PASSKEY = "/accounts/password/reset/confirm/", "/accounts/second-factor/webauthn/login/"
STRANGER = "nobody@town.nakatosa.lg.jp"
UNKNOWN = "nobody@example.lg.jp"  # at the host of the members: what a host tells is no secret


def seen(page: bytes, address: str) -> str:
    """What a person reads, without the address itself, tokens and hashes of the moment."""
    text = page.decode().replace(address, "")
    return re.sub(r'value="[\w-]{20,}"', "", text)


def bare(queries) -> list[str]:
    """The statements without their values: what the database was asked, in order."""
    return [re.sub(r"\d+|'[^']*'|NULL", "?", query["sql"]) for query in queries]


def done(browser, path: str, address: str, typed: dict):
    """Status, target and the page after it, and the statements, when a browser sends a form."""
    cache.clear()
    shared_directory()  # a process reads it once, whoever comes first
    with CaptureQueriesContext(connection) as queries:
        answer = browser.post(path, typed)
    statements = bare(queries)  # now: the next request empties the log
    assert statements
    onward = answer.headers.get("Location", "")
    page = browser.get(onward) if onward else answer
    return (answer.status_code, onward, seen(page.content, address)), statements


def asked(path: str, address: str, **typed):
    """What a fresh browser's form does."""
    browser = Client()
    browser.get(path)
    return done(browser, path, address, typed)


@pytest.fixture
def everybody():
    """Addresses of a member, a suspended one, an applicant who waits and a stranger."""
    member = person("tanaka")
    suspended = person("miura", suspended_at=member.joined_at)
    waiting = handed_in().email
    return [member.email, suspended.email, waiting, STRANGER]


def test_a_failed_log_in_says_the_same_to_all(everybody):
    answers = [asked(LOGIN, it, login=it, password="chigau-kotoba-9")[0] for it in everybody]
    assert answers[0][0] in {200, 422}
    assert [answer == answers[0] for answer in answers] == [True] * 4


def test_a_failed_log_in_hashes_once_for_all(everybody, settings):
    settings.PASSWORD_HASHERS = ["tests.accounts.test_enumeration.CountingHasher"]
    counts = []
    for address in everybody:
        CountingHasher.hashed = 0
        asked(LOGIN, address, login=address, password="chigau-kotoba-9")
        counts.append(CountingHasher.hashed)
    assert counts == [1] * 4


def test_a_failed_log_in_asks_the_database_the_same(everybody):
    """The very statements: the library by itself asks a second table when the first knows nothing."""
    work = [asked(LOGIN, it, login=it, password="chigau-kotoba-9")[1] for it in everybody]
    assert len([sql for sql in work[0] if "account_emailaddress" in sql]) == 1
    assert [statements == work[0] for statements in work] == [True] * 4


def test_a_forgotten_password_says_and_does_the_same_for_all(everybody):
    before = len(mail.outbox)
    answers, work = zip(*(asked(RESET, it, email=it) for it in everybody), strict=True)
    assert answers[0][:2] == (302, CODE)
    assert [answer == answers[0] for answer in answers] == [True] * 4
    assert [statements == work[0] for statements in work] == [True] * 4
    assert len(mail.outbox) == before  # mailing is the job's, which nobody waits for
    run_jobs()
    assert [letter.to for letter in mail.outbox[before:]] == [[it] for it in everybody]


def test_a_wrong_code_for_a_new_password_does_the_same_for_all(everybody):
    """Up to the last attempt, which sends all of them away."""
    tries = []
    for address in everybody:
        browser = Client()
        browser.post(RESET, {"email": address})
        tries.append([done(browser, CODE, address, {"code": "000000"}) for _ in range(3)])
    assert [status for (status, *_), _ in tries[0]] == [200, 200, 302]
    assert [tried == tries[0] for tried in tries] == [True] * 4
    entries = AuditEntry.objects.filter(deed="code.rejected").values_list("noun_id", flat=True)
    member = Member.objects.get(email=everybody[0])
    assert list(entries.order_by("id")) == [member.pk] * 3 + [None] * 9


@pytest.mark.parametrize("code", ["", "-", " ", "0", "000000", "\x00"])
def test_no_code_opens_the_account_of_nobody(code):
    browser = Client()
    browser.post(RESET, {"email": STRANGER})
    assert browser.post(CODE, {"code": code}).status_code == 200
    assert browser.get("/accounts/password/reset/complete/").url == CODE


def test_inviting_says_and_does_the_same_for_members_and_strangers(everybody):
    member, suspended, *_ = everybody
    browser = Client()
    browser.force_login(person("yamamoto"))
    typed = {"relation": "同じ課の後任です"}
    tries = [done(browser, INVITE, it, typed | {"email": it}) for it in (member, suspended, UNKNOWN)]
    assert tries[0][0][:2] == (302, INVITE)
    assert [work == tries[0][1] for _, work in tries] == [True] * 3


def test_there_is_no_log_in_by_a_mailed_code():
    """A door that takes an address, and is not open."""
    assert (Client().get(BY_CODE).status_code, Client().post(BY_CODE, {"email": UNKNOWN}).status_code) == (
        404,
        404,
    )


def test_another_address_of_ones_own_says_and_does_the_same(everybody):
    browser, member = Client(), person("yamamoto")
    browser.post(LOGIN, {"login": member.email, "password": PASSWORD})
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    browser.get(EMAIL)
    asked_for = (everybody[0], everybody[1], UNKNOWN)
    tries = [done(browser, EMAIL, it, {"email": it, "action_add": ""}) for it in asked_for]
    assert tries[0][0][:2] == (302, "/accounts/confirm-email/")
    assert [each == tries[0] for each in tries] == [True] * 3


def test_a_passkey_is_asked_of_nobody_in_particular(everybody):
    """The start takes no address and names no key, so there is nothing to compare."""
    answer = Client().get(f"{PASSKEY}?email={everybody[0]}&login={everybody[0]}", headers=SCRIPT)
    assert answer.json()["request_options"]["publicKey"].get("allowCredentials", []) == []


def test_signing_up_is_the_same_and_does_the_same_for_members_and_strangers(everybody):
    """The very statements, not only their number: who has an account is looked up in the job."""
    compared = [everybody[0], everybody[1], UNKNOWN]
    answers, work = zip(*(asked(SIGN_UP, it, email=it) for it in compared), strict=True)
    assert answers[0][:2] == (302, "/accounts/signup/code/")
    assert [answer == answers[0] for answer in answers] == [True] * 3
    assert [statements == work[0] for statements in work] == [True] * 3


def test_a_wrong_code_does_the_same_for_members_and_strangers(everybody):
    """Also after the job, which mails another letter to a member."""
    work = []
    for address in (everybody[0], everybody[1], UNKNOWN):
        browser = Client()
        browser.post(SIGN_UP, {"email": address})
        run_jobs()
        work.append(done(browser, "/accounts/signup/code/", address, {"code": "000000"}))
    assert [each == work[0] for each in work] == [True] * 3


def test_a_failed_log_in_leaves_the_same_trace_whoever_is_meant(everybody):
    """The audit log names the member to the secretariat, by the same statements for all."""
    traces = []
    for address in everybody:
        statements = asked(LOGIN, address, login=address, password="chigau-kotoba-9")[1]
        traces.append([sql for sql in statements if "accounts_audit" in sql])
    assert len(traces[0]) == 3
    assert traces == [traces[0]] * 4


@pytest.mark.parametrize(("path", "field"), [(LOGIN, "login"), (RESET, "email"), (SIGN_UP, "email")])
def test_the_heads_of_the_answers_are_alike(everybody, path, field):
    heads = []
    for address in (everybody[0], everybody[1], UNKNOWN):
        answer = Client().post(path, {field: address, "password": "chigau-kotoba-9"})
        heads.append((answer.status_code, sorted(answer.headers), sorted(answer.cookies)))
        cache.clear()
    assert heads == [heads[0]] * 3


class CountingHasher(hashing.QuickArgon2):
    """Counts how often a password is hashed or compared."""

    hashed = 0

    def encode(self, password, salt):
        type(self).hashed += 1
        return super().encode(password, salt)

    def verify(self, password, encoded):
        type(self).hashed += 1
        return super().verify(password, encoded)
