"""Which application this browser is working on, and which step it may see."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import Registration

SESSION_KEY = "registration"


@dataclass(frozen=True)
class Visit:
    """An application in a browser. `proven`: this browser gave the mailed code, not merely the address."""

    registration: Registration
    proven: bool

    @property
    def due_step(self) -> str:
        """The name of the page on which the application stands for this browser."""
        if not self.proven:
            return "signup_code"
        if self.registration.decided_at:
            return "account_login"
        if self.registration.submitted_at:
            return "signup_received"
        return "signup_conduct" if self.registration.is_filled_in else "signup_details"


def visit_of(request: HttpRequest) -> Visit | None:
    """The application of this browser's session, or None."""
    kept = request.session.get(SESSION_KEY)
    if not kept:
        return None
    rows = Registration.objects.select_related("organisation")
    registration = rows.filter(pk=kept["id"]).first()
    return Visit(registration, kept["proven"]) if registration else None


def remember(request: HttpRequest, registration: Registration, *, proven: bool) -> None:
    """Tie the session to an application; its key changes when the code was given, as at a log-in."""
    if proven:
        request.session.cycle_key()
    request.session[SESSION_KEY] = {"id": registration.pk, "proven": proven}


def forget(request: HttpRequest) -> None:
    """Untie the session from its application."""
    request.session.pop(SESSION_KEY, None)


def step(*allowed: str) -> Callable:
    """A page of the application that is shown only while it stands on one of the steps `allowed`.

    The view gets the visit; any other visitor is sent to the step that is due, a member to the home page.
    """

    def declare(view: Callable) -> Callable:
        @login_not_required
        @never_cache
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            if request.user.is_authenticated:
                return redirect("/home/")
            visit = visit_of(request)
            if visit is None:
                return redirect("account_signup")
            if visit.due_step not in allowed:
                return send_on(request, visit)
            return view(request, visit)

        return guarded

    return declare


def send_on(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A redirect to the step that is due; once decided, to the log-in page with a word why."""
    if visit.proven and visit.registration.decided_at:
        forget(request)
        messages.info(request, "この申し込みの審査は終わりました。結果はメールでお知らせしています。")
    return redirect(visit.due_step)
