"""The second factor: who must have one before anything privileged opens (docs/security.md M2)."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from accounts.models import Member
from accounts.requests import MemberRequest

DESK = "/secretariat/"
FIRST = "審査と事務局の仕事を始める前に、2つ目の認証を設定してください。"
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_second_factor(member: Member) -> bool:
    """Whether the member logs in with an app or a passkey (recovery codes alone are no factor)."""
    return Authenticator.objects.filter(user_id=member.pk, type__in=FACTORS).exists()


def is_privileged(request: MemberRequest, arguments: dict) -> bool:
    """Whether the page belongs to the desk, or changes something on another member's page."""
    if request.path.startswith(DESK):
        return True
    other = arguments.get("member_id")
    return other not in (None, request.user.pk) and request.method not in {"GET", "HEAD"}


class SecondFactorRequired:
    """Middleware: leads approvers and the secretariat to the set-up before anything privileged.

    With REQUIRE_SECOND_FACTOR off (the trial site) the desk says so instead.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: MemberRequest, view, args, arguments) -> HttpResponse | None:
        """Nothing for members without a role: whether a page exists for them is the page's own answer."""
        member = request.user
        if not (
            member.is_authenticated and member.approves_registrations and is_privileged(request, arguments)
        ):
            return None
        if not settings.REQUIRE_SECOND_FACTOR:
            request.second_factor_waived = True
            return None
        return None if has_second_factor(member) else self.set_up_first(request)

    def set_up_first(self, request: HttpRequest) -> HttpResponse:
        """To the set-up; a script is told in words."""
        if request.headers.get("Accept", "").startswith("application/json") or "X-Kyoso" in request.headers:
            return JsonResponse({"error": FIRST}, status=403)
        return redirect("mfa_index")
