"""What every request of a member passes: sign-in, the code of conduct, and answers that nobody keeps."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponseRedirect, JsonResponse
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from accounts.conduct import CONDUCT_VERSION
from accounts.views import carried_over

CONDUCT_PAGES = {"conduct", "conduct_acceptance", "account_logout"}
CONDUCT_CHANGED = "行動規範が新しくなりました。画面を読み直して、同意してから続けてください。"
SIGNED_OUT = "ログインの有効期限が切れました。もう一度ログインしてください。"
SOMEBODY_ELSE = "この端末では、別の人がログインしています。画面を読み直してください。"


class SignInRequired(LoginRequiredMiddleware):
    """Sends visitors to the log-in, and tells scripts with 401, whose typed text then stays on the page."""

    def process_view(self, request, view_func, args, kwargs):
        """Our scripts say for whom their page was made: nothing typed there is sent as somebody else."""
        whose = request.headers.get("X-Kyoso-Member")
        if whose and request.user.is_authenticated and whose != str(request.user.pk):
            return JsonResponse({"error": SOMEBODY_ELSE}, status=401)
        return super().process_view(request, view_func, args, kwargs)

    def handle_no_permission(self, request, view_func):
        """A redirect for a page; 401 in JSON for our scripts.

        After logging in a form's address could not be opened again (it only takes POST): then the way back
        leads to the page the form stood on.
        """
        if _is_of_script(request):
            return JsonResponse({"error": SIGNED_OUT}, status=401)
        if request.method in {"GET", "HEAD"}:
            return super().handle_no_permission(request, view_func)
        return redirect_to_login(_page_of_form(request), resolve_url(settings.LOGIN_URL))


class ConductRequired:
    """Middleware: asks a member to agree to the present code of conduct before anything else.

    Live connections do not pass here and go on. Pages for visitors stay open, so do logging out and reading.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view_func, args, kwargs):
        """A redirect for a page, with the way back; 403 in JSON for our scripts, whose text then stays.

        A form that was sent is not lost: the page that asks carries it and sends it on after the agreement.
        """
        if not request.user.is_authenticated or request.user.conduct_version == CONDUCT_VERSION:
            return None
        if not getattr(view_func, "login_required", True) or request.resolver_match.url_name in CONDUCT_PAGES:
            return None
        if _is_of_script(request):
            return JsonResponse({"error": CONDUCT_CHANGED}, status=403)
        if carried_over.fits(request):
            return carried_over.ask(request)
        onward = request.get_full_path() if request.method in {"GET", "HEAD"} else _page_of_form(request)
        return HttpResponseRedirect(f"{reverse('conduct_acceptance')}?{urlencode({'next': onward})}")


def _is_of_script(request) -> bool:
    wants_json = request.headers.get("Accept", "").startswith("application/json")
    return wants_json or request.headers.get("X-Kyoso") == "fragment"


def _page_of_form(request) -> str:
    referer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referer, allowed_hosts={request.get_host()}):
        return resolve_url(settings.LOGIN_REDIRECT_URL)
    return urlsplit(referer)._replace(scheme="", netloc="", fragment="").geturl()


def keep_no_copy(get_response):
    """Middleware: what a member sees is not kept by browsers or proxies (docs/security.md S9)."""

    def answer(request):
        response = get_response(request)
        if request.user.is_authenticated and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store, private"
        return response

    return answer
