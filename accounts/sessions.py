"""How long a member's session lasts: an idle limit, an absolute limit, and what a shared terminal keeps.

docs/security.md S1. Live connections and what scripts ask by themselves never count as use.
"""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

BEGAN, SEEN, SHARED = "began_at", "seen_at", "shared_terminal"
SAID_SHARED = "said_shared_terminal"  # of a visitor who is at a provider now
NOTED_EVERY = 30  # seconds; a busy member does not cost a write per page
LEAVE_NOTHING = '"cache", "storage"'


def begin(session, now: float) -> None:
    """Start both clocks of a session; `now` in seconds since 1970."""
    session[BEGAN] = session[SEEN] = int(now)


@receiver(user_logged_in)
def start(sender, request: HttpRequest, **_) -> None:
    """The clocks of the new session begin. (The session engine imports this file before any log-in.)"""
    begin(request.session, time.time())


def touch(session, now: float) -> None:
    """A person has done something."""
    session[SEEN] = int(now)


def remember_terminal(request: HttpRequest) -> None:
    """Note in the session that begins whether its terminal is shared.

    A form of ours says it itself; who comes back from a provider (by GET) said it before leaving.
    """
    said = request.session.pop(SAID_SHARED, False)
    if "shared" in request.POST if request.method == "POST" else said:
        request.session[SHARED] = True


def idle_limit(session) -> int:
    """Seconds without use after which the session ends: 15 minutes on a shared terminal."""
    return settings.SHARED_IDLE_SECONDS if session.get(SHARED) else settings.SESSION_IDLE_SECONDS


def ends_at(session) -> int | None:
    """The moment the session ends unless it is used, in seconds since 1970; None for a visitor's."""
    if SEEN not in session or BEGAN not in session:
        return None
    return min(session[SEEN] + idle_limit(session), session[BEGAN] + settings.SESSION_COOKIE_AGE)


def used_by_a_person(request: HttpRequest) -> bool:
    """Whether somebody opened this page or sent this form, and not a script by itself."""
    mode = request.headers.get("Sec-Fetch-Mode")
    if mode:
        return mode == "navigate"
    wants_json = request.headers.get("Accept", "").startswith("application/json")
    return not wants_json and "X-Kyoso" not in request.headers


class SessionLimits:
    """Middleware: ends sessions that are over, notes use, and leaves nothing in the browser after logout.

    `clock` gives seconds since 1970.
    """

    def __init__(self, get_response: Callable, clock: Callable[[], float] = time.time):
        self.get_response, self.clock = get_response, clock

    def __call__(self, request: HttpRequest) -> HttpResponse:
        was_in = request.user.is_authenticated
        if was_in:
            self.watch(request)
        response = self.get_response(request)
        if was_in and not request.user.is_authenticated:
            response["Clear-Site-Data"] = LEAVE_NOTHING
        return response

    def watch(self, request) -> None:
        """Log out whose time is over; note the use of others."""
        now, session = self.clock(), request.session
        ends = ends_at(session)
        if ends is None:
            begin(session, now)
        elif now >= ends:
            logout(request)
            return
        elif used_by_a_person(request) and now - session[SEEN] >= NOTED_EVERY:
            touch(session, now)
        request.session_left = seconds_left(session, now)


def seconds_left(session, now: float) -> int:
    """How long the session lasts if nobody uses it."""
    return max(0, int((ends_at(session) or now) - now))
