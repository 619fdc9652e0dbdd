"""What a visitor reads when something is refused or broken: kind words and a way back."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import render
from django.template.loader import get_template

RETRY_SECONDS = 3
SIGNED_OUT = "ログインの有効期限が切れました。もう一度ログインしてください。"


def _answer(request, status: int, template: str, sentence: str) -> HttpResponse:
    """A page for people, JSON for our own scripts (they send Accept: application/json)."""
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"error": sentence}, status=status)
    return render(request, template, {"sentence": sentence}, status=status)


def bad_request(request, exception=None) -> HttpResponse:
    """400: the request cannot be understood (broken encoding, too large, a wrong host).

    Not so when only its session could not be stored because the database has gone: 503, try again.
    """
    if is_database_away(exception):
        return _unavailable(request)
    return _answer(request, 400, "400.html", "送られた内容を読み取れませんでした。")


def refused(request, exception=None) -> HttpResponse:
    """403: the deed is not for this member."""
    sentence = str(exception) if exception else ""
    return _answer(request, 403, "403.html", sentence or "この操作はできません。")


def stale_form(request, reason="") -> HttpResponse:
    """403 for a missing or old CSRF token: the text typed is in the browser still.

    401 to a script of a member's page when nobody is logged in any more: log-out takes the token with it.
    """
    if request.headers.get("X-Kyoso-Member") and not request.user.is_authenticated:
        return _answer(request, 401, "403_csrf.html", SIGNED_OUT)
    sentence = "画面を開いてから時間がたったため、送信できませんでした。もう一度お試しください。"
    return _answer(request, 403, "403_csrf.html", sentence)


def not_found(request, exception=None) -> HttpResponse:
    """404, also for what the member may not see; what has moved knows where to (`exception.answer`)."""
    if lead_on := getattr(exception, "answer", None):
        return lead_on(request)
    return _answer(request, 404, "404.html", "お探しのページは見つかりませんでした。")


def broken(request) -> HttpResponse:
    """500: our fault; 503 while the database is away. Rendered without what may need it."""
    return _unavailable(request) if is_database_away(sys.exception()) else _failed(request)


def is_database_away(error: BaseException | None) -> bool:
    """Whether a lost database is what an error came from."""
    while error and not isinstance(error, OperationalError | InterfaceError):
        error = error.__cause__ or error.__context__
    return error is not None


def _unavailable(request) -> HttpResponse:
    answer = _failed(request)
    answer.status_code, answer["Retry-After"] = 503, str(RETRY_SECONDS)
    return answer


def _failed(request) -> HttpResponse:
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"error": "うまく処理できませんでした。少し待ってお試しください。"}, status=500)
    return HttpResponseServerError(get_template("500.html").render())
