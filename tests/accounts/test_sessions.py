"""A member's sessions: their list, their end from afar, the idle and the absolute limit, shared terminals."""

import re
from datetime import UTC, datetime

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user
from django.contrib.messages.storage import default_storage
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client, RequestFactory

from accounts import sessions
from accounts.session_store import SessionStore
from channels_app.live.announce import session_fingerprint
from channels_app.models import LiveEvent
from tests.people import PASSWORD, person

pytestmark = pytest.mark.django_db

LIST, STATE = "/accounts/sessions/", "/accounts/session/"
HOUR, DAWN = 3600, 1_800_000_000
CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605.1 Version/18.0 Safari/604.1"
SCRIPT = {"Accept": "application/json"}


def log_in(member, agent=CHROME, **fields):
    browser = Client(headers={"User-Agent": agent})
    browser.post("/accounts/login/", {"login": member.email, "password": PASSWORD} | fields)
    assert get_user(browser) == member
    return browser


def row(browser):
    return UserSession.objects.get(session_key=browser.session.session_key)


def cut_sessions():
    return [event.aux["session"] for event in LiveEvent.objects.filter(kind=LiveEvent.Kind.SESSION_REVOKED)]


def test_the_list_shows_this_terminal_first_and_nobody_elses():
    tanaka, miura = person("tanaka"), person("miura")
    here, there = log_in(tanaka), log_in(tanaka, SAFARI, shared="on")
    log_in(miura)
    shown = here.get(LIST).context["sessions"]
    assert [(each["browser"], each["is_current"], each["is_shared"]) for each in shown] == [
        ("Chrome（Windows）", True, False),
        ("Safari（iPhone）", False, True),
    ]
    assert {each["place"] for each in shown} == {"127.0.x.x"}
    assert there.get(LIST).context["sessions"][0]["browser"] == "Safari（iPhone）"


def test_ending_a_session_logs_that_terminal_out_and_cuts_its_connections():
    tanaka = person("tanaka")
    here, there = log_in(tanaka), log_in(tanaka, SAFARI)
    key = there.session.session_key
    answer = here.post(f"{LIST}{row(there).pk}/end/")
    assert answer.url == LIST
    assert get_user(here) == tanaka
    assert not get_user(there).is_authenticated
    assert there.get("/home/").url == "/accounts/login/?next=/home/"
    assert cut_sessions() == [session_fingerprint(key)]
    assert len(here.get(LIST).context["sessions"]) == 1


def test_ending_it_twice_changes_nothing():
    tanaka = person("tanaka")
    here, there = log_in(tanaka), log_in(tanaka, SAFARI)
    page = f"{LIST}{row(there).pk}/end/"
    for sentence in ("ログインを終わらせました。", "そのログインは、すでに終わっています。"):
        answer = here.post(page, follow=True)
        assert [str(message) for message in answer.context["messages"]] == [sentence]
    assert len(cut_sessions()) == 1


def test_a_strangers_session_cannot_be_ended():
    tanaka, miura = person("tanaka"), person("miura")
    here, other = log_in(tanaka), log_in(miura)
    assert here.post(f"{LIST}{row(other).pk}/end/").url == LIST
    assert get_user(other) == miura
    assert cut_sessions() == []


def test_all_the_others_end_and_this_one_stays():
    tanaka, miura = person("tanaka"), person("miura")
    here, first, second, other = log_in(tanaka), log_in(tanaka), log_in(tanaka, SAFARI), log_in(miura)
    assert here.post(f"{LIST}others/end/").url == LIST
    assert [get_user(each).is_authenticated for each in (here, first, second, other)] == [
        True,
        False,
        False,
        True,
    ]
    assert len(cut_sessions()) == 2


def test_ending_is_a_post_and_needs_a_log_in():
    tanaka = person("tanaka")
    here = log_in(tanaka)
    for page in (f"{LIST}{row(here).pk}/end/", f"{LIST}others/end/"):
        assert here.get(page).status_code == 405
        assert Client().post(page).url.startswith("/accounts/login/")
    assert get_user(here) == tanaka


def test_a_new_password_ends_the_others_at_once():
    tanaka = person("tanaka")
    here, there = log_in(tanaka), log_in(tanaka, SAFARI)
    key, new = there.session.session_key, "kawa-no-mukou-no-yama"
    facts = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post("/accounts/password/change/", facts).url == "/home/"
    assert not Session.objects.filter(pk=key).exists()
    assert cut_sessions() == [session_fingerprint(key)]
    tanaka.refresh_from_db()
    assert get_user(here) == tanaka


class Clock:
    """A clock that a test turns."""

    def __init__(self):
        self.now = DAWN

    def __call__(self):
        return self.now


class Visit:
    """A member with a session and the middleware, at a clock that a test turns."""

    def __init__(self, member, shared=False):
        self.clock, self.session = Clock(), SessionStore()
        self.member = member
        if shared:
            self.session[sessions.SHARED] = True
        sessions.begin(self.session, DAWN)
        self.session.create()

    def ask(self, after, **headers):
        """A request so many seconds after the last; gives whether the member is still logged in."""
        self.clock.now += after
        request = RequestFactory().get("/home/", headers=headers)
        request.user, request.session = self.member, self.session
        request._messages = default_storage(request)
        sessions.SessionLimits(lambda _: HttpResponse(), self.clock)(request)
        self.left = getattr(request, "session_left", None)
        return request.user.is_authenticated


def test_an_hour_without_use_ends_the_session():
    visit = Visit(person("tanaka"))
    assert visit.ask(HOUR - 1)
    assert visit.ask(HOUR - 1)
    assert not visit.ask(HOUR)


def test_on_a_shared_terminal_fifteen_minutes_end_it():
    visit = Visit(person("tanaka"), shared=True)
    assert visit.ask(899)
    assert not visit.ask(900)


def test_twelve_hours_end_it_however_busy_the_member_is():
    visit = Visit(person("tanaka"))
    assert [visit.ask(HOUR - 60) for _ in range(12)] == [True] * 12
    assert visit.left == 12 * 60
    assert visit.ask(12 * 60 - 1)
    assert not visit.ask(1)


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Mode": "cors"}, {"Accept": "application/json"}, {"X-Kyoso": "fragment"}],
)
def test_what_scripts_ask_by_themselves_does_not_extend(headers):
    visit = Visit(person("tanaka"))
    assert visit.ask(HOUR // 2, **headers)
    assert visit.left == HOUR // 2
    assert not visit.ask(HOUR // 2, **headers)


def test_opening_a_page_extends():
    visit = Visit(person("tanaka"))
    assert visit.ask(HOUR // 2, **{"Sec-Fetch-Mode": "navigate"})
    assert visit.left == HOUR


def test_the_row_in_the_database_ends_with_the_session():
    store = SessionStore()
    sessions.begin(store, DAWN)
    store.create()
    assert Session.objects.get(pk=store.session_key).expire_date == datetime.fromtimestamp(DAWN + HOUR, UTC)
    store[sessions.SHARED] = True
    store.save()
    assert Session.objects.get(pk=store.session_key).expire_date == datetime.fromtimestamp(DAWN + 900, UTC)


def grow_old(browser, seconds):
    """Move the last use of a session back."""
    session = browser.session
    session[sessions.SEEN] -= seconds
    session.save()


def test_an_ended_session_is_told_to_scripts_in_words():
    browser = log_in(person("tanaka"))
    grow_old(browser, HOUR)
    answer = browser.get(STATE, headers=SCRIPT)
    assert (answer.status_code, answer.json()) == (
        401,
        {"error": "ログインの有効期限が切れました。もう一度ログインしてください。"},
    )


def test_asking_how_long_does_not_extend_and_the_button_does():
    tanaka = person("tanaka")
    browser = log_in(tanaka)
    grow_old(browser, HOUR - 100)
    for _ in range(2):
        state = browser.get(STATE, headers=SCRIPT).json()
        assert 80 < state["left"] <= 100
        assert state["member"] == tanaka.pk
    assert browser.post(STATE, headers=SCRIPT).json()["left"] in {HOUR - 1, HOUR}
    assert browser.get(STATE, headers=SCRIPT).json()["left"] > HOUR - 20
    assert browser.put(STATE).status_code == 405


def test_the_page_says_how_long_and_whether_the_terminal_is_shared():
    tanaka = person("tanaka")
    said = re.compile(r'data-left="(\d+)"( data-terminal="shared")?')
    pages = [log_in(tanaka), log_in(tanaka, shared="on")]
    (own, plain), (short, shared) = (
        said.search(page.get("/home/").content.decode()).groups() for page in pages
    )
    assert HOUR - 20 < int(own) <= HOUR
    assert 880 < int(short) <= 900
    assert (plain, shared) == (None, ' data-terminal="shared"')


def test_the_cookie_never_outlives_the_browser():
    tanaka = person("tanaka")
    for fields in ({}, {"shared": "on"}):
        browser = log_in(tanaka, **fields)
        cookie = next(
            value
            for name, value in browser.cookies.items()
            if name.startswith("kyoso-") and "csrf" not in name
        )
        assert (cookie["max-age"], cookie["expires"]) == ("", "")


def test_logging_out_clears_the_browser():
    browser = log_in(person("tanaka"))
    assert "Clear-Site-Data" not in browser.get("/home/")
    answer = browser.post("/accounts/logout/")
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert "Clear-Site-Data" not in browser.get("/")
