"""What the audit log notices by itself in the answers of the site: refusals and limits (security D2)."""

from collections.abc import Callable

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse

from accounts.actions.audit import record_alone, record_once
from accounts.models import Member
from accounts.whereabouts import address_of, coming_from
from kyoso.lib.deeds import Busy

DESK = "secretariat/"
LONGEST_ROUTE = 120


def watch(get_response: Callable) -> Callable:
    """Middleware: deeds know from where they were done, and what was refused to a member is recorded."""

    def answer(request: HttpRequest) -> HttpResponse:
        with coming_from(request):
            response = get_response(request)
            if response.status_code == 429:
                note_limit(request)
            elif is_refusal(request, response):
                _note(request, "access.refused", status=response.status_code, method=request.method)
        return response

    return answer


def is_refusal(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether a member was refused something: 403 anywhere; 404 for a deed or at the desk, which is hidden.

    A visitor is only sent to the log-in, and a 404 for a page is mostly an old link.
    """
    if response.status_code not in {403, 404} or request.resolver_match is None:
        return False
    if not request.user.is_authenticated:
        return False
    hidden = request.method not in {"GET", "HEAD"} or request.resolver_match.route.startswith(DESK)
    return response.status_code == 403 or hidden


def within_limit(request: HttpRequest, action: str, key: str | None = None) -> bool:
    """Count one use of an action of ACCOUNT_RATE_LIMITS; one too many is recorded and answered with False."""
    if ratelimit.consume(request, action=action, key=key):
        return True
    note_limit(request, action)
    return False


def note_limit(request: HttpRequest, limit: str = "") -> None:
    """Record that a rate limit was reached; `limit` is its name where the answer is not a 429."""
    _note(request, "limit.reached", limit=limit)


def note_refused_sign_on(request: HttpRequest, provider, refusal: str, member: Member | None = None) -> None:
    """Record that a sign-in through a provider was refused: "unknown", "inactive" or "unproven".

    Where a member is named, the provider has vouched for each attempt: then every one is recorded.
    """
    facts = {"provider": str(provider.name), "refusal": refusal}
    if member is None:
        _note(request, "login.refused", **facts)
    else:
        record_alone(None, "login.refused", member, address_of(request), **facts)


def _note(request: HttpRequest, deed: str, **detail) -> None:
    """One entry per member (or terminal), address pattern and minute; a busy log loses it, not the page."""
    user = getattr(request, "user", None)
    actor = user if isinstance(user, Member) else None
    match = request.resolver_match
    route = match.route[:LONGEST_ROUTE] if match else ""
    try:
        record_once(actor, deed, route=route, **detail)
    except Busy:
        return
