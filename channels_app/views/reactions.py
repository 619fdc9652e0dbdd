"""Reactions: the grid of stamps, and pressing one."""

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import MemberRequest
from channels_app import viewer
from channels_app.actions.reactions import react
from channels_app.models.reactions import stamps
from channels_app.views import answers, channel_page, posts

# The five that say something about the work stand first, with what they mean.
MEANINGS = {
    "onaji": "うちも困っている",
    "yatteru": "すでに取り組んでいる",
    "tasukatta": "読んで役に立った",
    "chigau": "ほかの見方がある",
    "arigato": "お礼を伝える",
}
ON = {"1": True, "0": False}  # anything else, or nothing, turns the stamp round


@require_safe
def index(request: MemberRequest, post_id: int) -> HttpResponse:
    """The stamps to choose from for one post: a page, or the grid alone for the page's picker."""
    post = channel_page.post_or_404(request.user, post_id)
    mine = viewer.reactions_of(request.user, [post.pk]).get(post.pk, [])
    context = {
        "post": post,
        "meanings": [(stamps()[code], meaning) for code, meaning in MEANINGS.items()],
        "others": [stamp for code, stamp in stamps().items() if code not in MEANINGS],
        "mine": mine,
    }
    if answers.wants_part(request):
        return render(request, "reactions/_picker.html", context)
    page = {"heading": "スタンプを押す", "fragment": channel_page.fragment_of(post).html}
    return render(request, "reactions/index.html", context | page)


@require_POST
def press(request: MemberRequest, post_id: int, stamp: str) -> HttpResponse:
    """Press a stamp or take it off; `on` = 1 or 0 says which, so that a repeated press changes nothing."""
    post = channel_page.post_or_404(request.user, post_id)
    if stamp not in stamps():
        raise Http404
    on = ON.get(request.POST.get("on", ""))
    _, refusal = answers.attempt(request, react, request.user, post, stamp=stamp, on=on)
    if refusal:
        return refusal
    if answers.wants_json(request):
        mine = viewer.reactions_of(request.user, [post.pk]).get(post.pk, [])
        return JsonResponse(posts.shown(post) | {"mine": mine})
    return answers.back(request, post.get_absolute_url(), f"post-{post.pk}")
