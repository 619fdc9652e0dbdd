"""No page, and no number of queries, tells whether an address belongs to a member (docs/security.md A8).

What else signing up and inviting tell is in test_registrations.py and test_invitations.py. Time itself is not
asserted: the work is, by its queries and by the one costly hash.
"""

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import hashing
from tests.applicants import handed_in
from tests.jobs import run_jobs
from tests.people import person

pytestmark = pytest.mark.django_db
LOGIN, RESET, SIGN_UP = "/accounts/login/", "/accounts/password/reset/", "/accounts/signup/"
STRANGER = "nobody@town.nakatosa.lg.jp"
UNKNOWN = "nobody@example.lg.jp"  # at the host of the members: what a host tells is no secret


def seen(page: bytes, address: str) -> str:
    """What a person reads, without the address itself, tokens and hashes of the moment."""
    text = page.decode().replace(address, "")
    return re.sub(r'value="[\w-]{20,}"', "", text)


def asked(path: str, address: str, **typed):
    """Status, target, the page after it, and how many queries a fresh browser's form costs."""
    browser = Client()
    browser.get(path)
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        answer = browser.post(path, typed)
    onward = answer.headers.get("Location", "")
    page = browser.get(onward) if onward else answer
    statements = [re.sub(r"\d+|'[^']*'", "?", query["sql"]) for query in queries]
    return (answer.status_code, onward, seen(page.content, address)), statements


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


def test_a_failed_log_in_costs_about_the_same(everybody):
    """The library looks an address up in a second table when the first has none: one query by an index."""
    costs = [len(asked(LOGIN, it, login=it, password="chigau-kotoba-9")[1]) for it in everybody]
    assert max(costs) - min(costs) <= 1, costs


def test_a_forgotten_password_says_the_same_to_all(everybody):
    answers = [asked(RESET, it, email=it)[0] for it in everybody]
    assert answers[0][0] == 302
    assert [answer == answers[0] for answer in answers] == [True] * 4


def test_a_forgotten_password_costs_the_same(everybody):
    costs = [len(asked(RESET, it, email=it)[1]) for it in everybody]
    run_jobs()
    assert len(set(costs)) == 1, costs


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
        with CaptureQueriesContext(connection) as queries:
            page = browser.post("/accounts/signup/code/", {"code": "000000"})
        statements = [re.sub(r"\d+|'[^']*'", "?", query["sql"]) for query in queries]
        work.append((page.status_code, seen(page.content, address), statements))
    assert [done == work[0] for done in work] == [True] * 3


def test_a_failed_log_in_leaves_the_same_trace_whoever_is_meant(everybody):
    """The audit log names the member to the secretariat, by the same statements for all."""
    traces = []
    for address in everybody:
        statements = asked(LOGIN, address, login=address, password="chigau-kotoba-9")[1]
        traces.append([sql.replace("NULL", "?") for sql in statements if "accounts_audit" in sql])
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
