"""さがす: words in what was said, within bounds that the page tells."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from channels_app import search
from channels_app.forms.search import SearchForm
from channels_app.views import answers

BAD_INPUT = 422


@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """Channels and posts that hold the words; ?before= looks further back, ?page= goes on in one look."""
    form = SearchForm(request.GET)
    before, page = answers.number(request.GET.get("before")), answers.number(request.GET.get("page")) or 1
    if not form.is_valid():
        return render(request, "search/show.html", {"form": form}, status=BAD_INPUT)
    words = search.words_of(form.cleaned_data["q"])
    if not words:
        return render(request, "search/show.html", {"form": form})
    only = form.cleaned_data["questions"]
    found = search.posts(request.user, words, only_questions=only, before=before, page=page)
    context = {
        "form": form,
        "found": found,
        "before": before,
        "channels": [] if before or page > 1 or only else search.channels(request.user, words),
        "asked": urlencode({"q": form.cleaned_data["q"]} | ({"questions": "on"} if only else {})),
    }
    return render(request, "search/show.html", context)
