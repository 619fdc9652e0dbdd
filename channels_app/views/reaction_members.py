"""Who pressed the stamps of a post: everybody, or those of one stamp."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from channels_app.models import Post, Reaction
from channels_app.models.reactions import ReactionQuerySet
from channels_app.models.stamps import Stamp, stamps_by_code
from channels_app.views import channel_page
from channels_app.views.reactions import about
from channels_app.who_reacted import lines_of, sizes_of

ON_A_PAGE = 50


@require_safe
def index(request: MemberRequest, post_id: int) -> HttpResponse:
    """Everybody who pressed a stamp on the post, the last one first."""
    post = channel_page.post_or_404(request.user, post_id)
    return listed(request, post, None, Reaction.objects.visible_to(request.user).filter(post=post))


@require_safe
def show(request: MemberRequest, post_id: int, stamp: str) -> HttpResponse:
    """Those who pressed one stamp, with their organisations by size and place."""
    post = channel_page.post_or_404(request.user, post_id)
    chosen = stamps_by_code([stamp]).get(stamp)
    if chosen is None:
        raise Http404
    pressed = Reaction.objects.visible_to(request.user).filter(post=post, stamp=stamp)
    return listed(request, post, chosen, pressed)


def listed(
    request: MemberRequest, post: Post, chosen: Stamp | None, pressed: ReactionQuerySet
) -> HttpResponse:
    """The page of the list; a number of queries that does not depend on who pressed."""
    joined = pressed.select_related("member", "organisation", "reason").order_by("-reacted_at", "-id")
    page = Paginator(joined, ON_A_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "post": post,
        "chosen": chosen,
        "counts": Reaction.objects.counts_of([post.pk]).get(post.pk, []),
        "members": page,
        "lines": lines_of(page),
        "sizes": sizes_of(pressed) if chosen and page.paginator.count else None,
    }
    shown = about(request, post, "スタンプを押した人")
    mine = shown["viewer"]["reactions"].get(post.pk, [])
    context |= shown | {"is_mine": chosen is not None and chosen.code in mine}
    return render(request, "reactions/members.html", context)
