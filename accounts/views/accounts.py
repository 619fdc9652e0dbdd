"""What is not offered among the account pages."""

from django.http import Http404, HttpRequest, HttpResponse


def not_offered(request: HttpRequest) -> HttpResponse:
    """An account page of the library that Kyoso does not have (yet)."""
    raise Http404
