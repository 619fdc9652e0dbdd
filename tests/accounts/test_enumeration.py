"""No page, and no number of queries, tells whether an address belongs to a member (docs/security.md A8).

Signing up and inviting are compared in test_registrations.py and test_invitations.py. Time itself is not
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
LOGIN, RESET = "/accounts/login/", "/accounts/password/reset/"
STRANGER = "nobody@town.nakatosa.lg.jp"


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


class CountingHasher(hashing.QuickArgon2):
    """Counts how often a password is hashed or compared."""

    hashed = 0

    def encode(self, password, salt):
        type(self).hashed += 1
        return super().encode(password, salt)

    def verify(self, password, encoded):
        type(self).hashed += 1
        return super().verify(password, encoded)
