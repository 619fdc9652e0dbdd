"""How the pages answer: a browser's form is sent back to a page, our own scripts get JSON."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from channels_app.actions.posts import Refused
from kyoso.lib.deeds import Busy

BUSY = "ただいま混み合っています。少し待ってから、もう一度お試しください。"
RETRY_AFTER = 2  # seconds: the lock timeout of a deed


class SeeOther(HttpResponseRedirect):
    """303: the answer to a form that was accepted is another page."""

    status_code = 303


def wants_json(request: HttpRequest) -> bool:
    """Whether one of our own scripts asks (it sends Accept: application/json)."""
    return request.headers.get("Accept", "").startswith("application/json")


def wants_part(request: HttpRequest) -> bool:
    """Whether only the partial is wanted: by one of our own scripts (X-Kyoso: fragment)."""
    return request.headers.get("X-Kyoso") == "fragment"


def error(sentence: str, status: int, field: str = "") -> JsonResponse:
    """A refusal for scripts: a Japanese sentence, and the field it belongs to if there is one."""
    told = {"error": sentence} | ({"field": field} if field else {})
    headers = {"Retry-After": str(RETRY_AFTER)} if status == 503 else None
    return JsonResponse(told, status=status, headers=headers)


def form_error(form) -> JsonResponse:
    """The first thing wrong with a form, with the status the form asks for."""
    field, sentences = next(iter(form.errors.items()))
    return error(sentences[0], form.status, "" if field == "__all__" else field)


def back(request: HttpRequest, default: str, anchor: str = "") -> SeeOther:
    """Back to the page the form stood on (its `next`, only within this site), at the element `anchor`."""
    wanted = request.POST.get("next", "")
    inside = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    place = urlsplit(wanted)._replace(fragment="").geturl() if inside else default
    return SeeOther(f"{place}#{anchor}" if anchor else place)


def attempt(
    request: HttpRequest, action: Callable, *args: Any, **kwargs: Any
) -> tuple[Any, HttpResponse | None]:
    """(result, None) of an action that has no form to show, or (None, answer) when it refused or was busy."""
    try:
        return action(*args, **kwargs), None
    except Refused as refusal:
        return None, refused(request, str(refusal))
    except Busy:
        return None, refused(request, BUSY, 503)


def refused(request: HttpRequest, sentence: str, status: int = 403) -> HttpResponse:
    """A page for people, JSON for scripts; 503 says when to try again."""
    if wants_json(request):
        return error(sentence, status)
    answer = render(request, "403.html", {"sentence": sentence}, status=status)
    if status == 503:
        answer["Retry-After"] = str(RETRY_AFTER)
    return answer


def number(text: str | None) -> int | None:
    """An id out of the address, None when it is not given; anything else is a page that does not exist."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return int(text)
