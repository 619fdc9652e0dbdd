"""One's own account: where /accounts/ leads, and what is not offered there."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect


def own_page(request: HttpRequest) -> HttpResponse:
    """The member's own profile."""
    return redirect("member", request.user.pk)


def not_offered(request: HttpRequest) -> HttpResponse:
    """An account page of the library that Kyoso does not have (yet)."""
    raise Http404
