"""Mentions: the list that opens after an @."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from channels_app import addressees
from channels_app.views import channel_page

LONGEST = 40  # characters: nobody types more of a name


@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """Who may be meant by what was typed (`q`) in a channel; 404 for one the member may not see."""
    channel = channel_page.visit_or_404(request.user, request.GET.get("channel", "")).channel
    typed = request.GET.get("q", "").replace("\x00", "")[:LONGEST]
    rows = addressees.suggestions(request.user, channel, typed)
    return render(request, "mentions/_list.html", {"rows": rows, "typed": typed})
