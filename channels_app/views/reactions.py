"""Reactions: the grid of stamps, and pressing one."""

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import MemberRequest
from channels_app import picker, viewer
from channels_app.actions.reactions import ReasonWanted, UnknownStamp, react
from channels_app.models import Post
from channels_app.models.stamps import DOUBT
from channels_app.views import answers, channel_page, posts

LONGEST_SEARCH = 40  # characters
ON = {"1": True, "0": False}  # anything else, or nothing, turns the stamp round


@require_safe
def index(request: MemberRequest, post_id: int) -> HttpResponse:
    """The stamps to choose from for one post: a page, or the grid alone for the page's picker."""
    post = channel_page.post_or_404(request.user, post_id)
    words = request.GET.get("q", "")[:LONGEST_SEARCH].strip()
    context = {"post": post, "picker": picker.of(request.user, post, words)}
    if answers.wants_part(request):
        return render(request, "reactions/_picker.html", context)
    return render(request, "reactions/index.html", context | about(request, post, "スタンプを押す"))


def about(request: MemberRequest, post: Post, heading: str) -> dict:
    """What a page about one post prints: its fragment, and which stamps on it are the visitor's."""
    marks = viewer.marks_of(request.user, [post.pk])
    return {"heading": heading, "fragment": channel_page.fragment_of(post).html, "viewer": marks}


@require_POST
def press(request: MemberRequest, post_id: int, stamp: str) -> HttpResponse:
    """Press a stamp or take it off; `on` = 1 or 0 says which, so that a repeated press changes nothing."""
    post = channel_page.post_or_404(request.user, post_id)
    on = ON.get(request.POST.get("on", ""))
    try:
        _, refusal = answers.attempt(request, react, request.user, post, stamp=stamp, on=on)
    except UnknownStamp:
        raise Http404 from None
    except ReasonWanted as wanted:
        return reason_first(request, post, str(wanted))
    return refusal or pressed(request, post)


def reason_first(request: MemberRequest, post: Post, sentence: str) -> HttpResponse:
    """To the page that asks why; scripts open it themselves."""
    if answers.wants_json(request):
        return answers.error(sentence, 409)
    return answers.SeeOther(f"/posts/{post.pk}/reactions/{DOUBT}/reason/")


def pressed(request: MemberRequest, post: Post, told: str = "") -> HttpResponse:
    """The answer to a press: the fragment and what is mine for scripts, the post's place for people.

    `told` is a sentence for what the fragment does not show.
    """
    if answers.wants_json(request):
        mine = viewer.reactions_of(request.user, [post.pk]).get(post.pk, [])
        return JsonResponse(posts.shown(post) | {"mine": mine} | ({"told": told} if told else {}))
    if told:
        messages.success(request, told)
    return answers.back(request, post.get_absolute_url(), f"post-{post.pk}")
