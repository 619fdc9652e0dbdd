"""Views that do as little as a page can: the upper limits, and the sidebar's query alone."""

from functools import lru_cache

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse

from channels_app.views import shell


@login_not_required
def still(request, size: int):
    """`size` bytes that never change, through all of Django's middleware."""
    return HttpResponse(_bytes(size))


@lru_cache(maxsize=4)
def _bytes(size: int) -> bytes:
    return b"k" * size


def sidebar(request):
    """What the product asks for the list of channels, as JSON: session, member and the one query."""
    rows = shell.channels_of(request.user)
    return JsonResponse({row.slug: row.unread for row in rows})
