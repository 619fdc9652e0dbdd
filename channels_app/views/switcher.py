"""The quick switcher: a page of its own, and the list that the script shows in a dialog."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from channels_app import switcher
from channels_app.views import answers, shell

LONGEST = 60


@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """Places that fit ?q=; the list alone for the script. What is longer than a name fits nothing."""
    sidebar = shell.sidebar(request)["sidebar"]
    typed = request.GET.get("q", "").replace("\x00", "")[:LONGEST]
    unread = frozenset(channel.id for channel in sidebar.channels if channel.unread)
    context = {
        "sidebar": sidebar,
        "typed": typed,
        "groups": switcher.groups_for(request.user, typed, unread),
    }
    name = "switcher/_results.html" if answers.wants_part(request) else "switcher/show.html"
    return render(request, name, context)
