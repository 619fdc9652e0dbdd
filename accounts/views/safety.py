"""A member's own account: the overview, the sessions, and how long the present one lasts."""

import time
from importlib import import_module

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import sessions
from accounts.actions.sessions import end_other_sessions, end_session
from accounts.browsers import browser_name
from accounts.models import SignIn
from accounts.requests import MemberRequest
from accounts.second_factor import has_second_factor

SHOWN = 5
GONE = "そのログインは、すでに終わっています。"


@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """Address, password, second factor, sessions, and the way out."""
    member = request.user
    facts = {
        "factors": _factors(member),
        "has_second_factor": has_second_factor(member),
        "sessions": len(_rows(request)),
        "sign_ins": SignIn.objects.filter(member=member)[:SHOWN],
        "must_have_factor": settings.REQUIRE_SECOND_FACTOR and member.approves_registrations,
    }
    return render(request, "account/show.html", facts)


def _factors(member) -> dict[str, int]:
    """How many of each kind of second factor the member has."""
    kinds = list(Authenticator.objects.filter(user=member).values_list("type", flat=True))
    return {kind: kinds.count(kind) for kind in set(kinds)}


@require_safe
def session_list(request: MemberRequest) -> HttpResponse:
    """Where the member is logged in now, this terminal first."""
    rows = _rows(request)
    rows.sort(key=lambda row: (not row["is_current"], -row["began"].timestamp()))
    return render(request, "usersessions/usersession_list.html", {"sessions": rows})


def _rows(request: MemberRequest) -> list[dict]:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    living = UserSession.objects.purge_and_list(request.user)
    return [
        {
            "id": row.pk,
            "is_current": row.session_key == request.session.session_key,
            "is_shared": bool(store(row.session_key).get(sessions.SHARED)),
            "began": row.created_at,
            "browser": browser_name(row.user_agent),
            "place": SignIn(address=row.ip).place,
        }
        for row in living
    ]


@require_POST
def session_end(request: MemberRequest, row_id: int) -> HttpResponse:
    """End one session. A stranger's or an ended one changes nothing, and both are told alike."""
    ended = end_session(request.user, row_id)
    (messages.success if ended else messages.info)(request, "ログインを終わらせました。" if ended else GONE)
    return redirect("account_sessions")


@require_POST
def others_end(request: MemberRequest) -> HttpResponse:
    """End all the other sessions."""
    number = end_other_sessions(request.user, but=request.session.session_key or "")
    messages.success(request, f"ほかの端末のログイン（{number}件）を終わらせました。")
    return redirect("account_sessions")


@require_http_methods(["GET", "POST"])
def session(request: MemberRequest) -> HttpResponse:
    """How many seconds the session still lasts; POST 延長する extends it, as far as the absolute limit."""
    now = time.time()
    if request.method == "POST":
        sessions.touch(request.session, now)
    return JsonResponse({"left": sessions.seconds_left(request.session, now), "member": request.user.pk})
