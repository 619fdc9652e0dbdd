"""Mentions: the list that opens after an @."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from channels_app import addressees
from channels_app.views import channel_page, composers

LONGEST = 40  # characters: nobody types more of a name


@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """Who may be meant by what was typed (`q`) in a `channel`, in its thread `root`; 404 for strangers."""
    slug, typed = (request.GET.get(name, "").replace("\x00", "") for name in ("channel", "q"))
    visit = channel_page.visit_or_404(request.user, slug)
    root, typed = composers.root_or_404(visit, request.GET.get("root")), typed[:LONGEST]
    rows = addressees.suggestions(request.user, visit.channel, typed, root)
    return render(request, "mentions/_list.html", {"rows": rows, "typed": typed})
