"""The second factor: who must have one before anything privileged opens (docs/security.md M2)."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from accounts.models import Member
from accounts.requests import MemberRequest

DESK = "/secretariat/"
FIRST_OF_ALL = "共創を使い始める前に、2つ目の認証を設定してください。"
FIRST = "審査と事務局の仕事を始める前に、2つ目の認証を設定してください。"
# What stays open to a member without the factor that all must have: setting it up, what is asked even before
# that, and leaving. None of these pages has a sidebar, which would name channels.
WAY_THERE = {"account_reauthenticate", "account_session", "account_logout", "conduct_acceptance"}
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_second_factor(member: Member) -> bool:
    """Whether the member logs in with an app or a passkey (recovery codes alone are no factor)."""
    return _has_factor(member.pk)


def _has_factor(member_id: int) -> bool:
    return Authenticator.objects.filter(user_id=member_id, type__in=FACTORS).exists()


def lacks_demanded_factor(member_id: int) -> bool:
    """Whether the site demands a second factor of all and this member has none: then nothing is shown."""
    return settings.REQUIRE_SECOND_FACTOR_OF_ALL and not _has_factor(member_id)


def leads_to_factor(request: HttpRequest, view) -> bool:
    """Whether the page is open to everybody, or needed to set the factor up or to leave."""
    name = (request.resolver_match and request.resolver_match.url_name) or ""
    return not getattr(view, "login_required", True) or name.startswith("mfa_") or name in WAY_THERE


def is_privileged(request: MemberRequest, arguments: dict) -> bool:
    """Whether the page belongs to the desk, or changes something on another member's page."""
    if request.path.startswith(DESK):
        return True
    other = arguments.get("member_id")
    return other not in (None, request.user.pk) and request.method not in {"GET", "HEAD"}


class SecondFactorRequired:
    """Middleware: leads approvers and the secretariat to the set-up before anything privileged.

    With REQUIRE_SECOND_FACTOR off (the trial site) the desk says so instead. REQUIRE_SECOND_FACTOR_OF_ALL
    leads every member there before they see anything.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: MemberRequest, view, args, arguments) -> HttpResponse | None:
        """A redirect to the set-up, or None. Whether a page exists for a member is the page's own answer."""
        member = request.user
        if not member.is_authenticated:
            return None
        if lacks_demanded_factor(member.pk):
            request.second_factor_demanded = True
            return None if leads_to_factor(request, view) else set_up_first(request, FIRST_OF_ALL)
        if not (member.approves_registrations and is_privileged(request, arguments)):
            return None
        if not settings.REQUIRE_SECOND_FACTOR:
            request.second_factor_waived = not settings.REQUIRE_SECOND_FACTOR_OF_ALL
            return None
        return None if has_second_factor(member) else set_up_first(request, FIRST)


def set_up_first(request: HttpRequest, sentence: str) -> HttpResponse:
    """To the set-up; a script is told in words."""
    if request.headers.get("Accept", "").startswith("application/json") or "X-Kyoso" in request.headers:
        return JsonResponse({"error": sentence}, status=403)
    return redirect("mfa_index")
