"""What every request of a member passes: sign-in, and answers that nobody keeps."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import JsonResponse
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

SIGNED_OUT = "ログインの有効期限が切れました。もう一度ログインしてください。"


class SignInRequired(LoginRequiredMiddleware):
    """Sends visitors to the log-in, and tells scripts with 401, whose typed text then stays on the page."""

    def handle_no_permission(self, request, view_func):
        """A redirect for a page; 401 in JSON for our scripts.

        After logging in a form's address could not be opened again (it only takes POST): then the way back
        leads to the page the form stood on.
        """
        if request.headers.get("Accept", "").startswith("application/json"):
            return JsonResponse({"error": SIGNED_OUT}, status=401)
        if request.headers.get("X-Kyoso") == "fragment":
            return JsonResponse({"error": SIGNED_OUT}, status=401)
        if request.method in {"GET", "HEAD"}:
            return super().handle_no_permission(request, view_func)
        return redirect_to_login(_page_of_form(request), resolve_url(settings.LOGIN_URL))


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
