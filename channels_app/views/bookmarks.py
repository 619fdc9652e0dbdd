"""Bookmarks (あとで): posts the member keeps for later."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import MemberRequest
from channels_app.actions import bookmarks
from channels_app.models import Bookmark
from channels_app.views import answers, channel_page

SIZE = 30
TABS = {"": "これから", "done": "済んだもの"}
DEEDS = {"save": bookmarks.save, "finish": bookmarks.finish, "remove": bookmarks.remove}
DONE = {
    "save": "「あとで」に入れました。",
    "finish": "済みにしました。",
    "remove": "「あとで」から外しました。",
}


@dataclass(frozen=True)
class Row:
    """One kept post."""

    bookmark: Bookmark

    @property
    def text(self) -> str:
        """Its beginning; of a removed post only that."""
        post = self.bookmark.post
        return "この投稿は取り消されました。" if post.removed_at else post.excerpt(160)


@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """What the member keeps, the last kept first; ?tab=done what they are through with, ?before= goes on."""
    tab, before = request.GET.get("tab", ""), answers.number(request.GET.get("before"))
    if tab not in TABS:
        raise Http404
    kept = Bookmark.objects.visible_to(request.user).filter(done_at__isnull=not tab)
    found = list(_joined(kept, before)[: SIZE + 1])
    context = {
        "rows": [Row(bookmark) for bookmark in found[:SIZE]],
        "older": found[SIZE - 1].pk if len(found) > SIZE else None,
        "tab": tab,
        "tabs": TABS.items(),
    }
    return render(request, "bookmarks/index.html", context)


def _joined(kept, before: int | None):
    """The last kept first. The row behind `before` may be gone: its id still says where to go on."""
    if before:
        kept = kept.filter(pk__lt=before)
    return kept.order_by("-pk").select_related(
        "post__channel", "post__author", "post__affiliation__organisation"
    )


@require_POST
def change(request: MemberRequest, post_id: int) -> HttpResponse:
    """Keep a post, be through with it, or let it go (`deed`); again changes nothing."""
    post = channel_page.post_or_404(request.user, post_id)
    deed = request.POST.get("deed")
    if deed not in DEEDS:
        return answers.refused(request, "「あとで」に入れるか外すかを選んでください。", 422)
    _, refusal = answers.attempt(request, DEEDS[deed], request.user, post)
    if refusal:
        return refusal
    if answers.wants_json(request):
        return JsonResponse({"saved": deed == "save", "post": post.pk, "told": DONE[deed]})
    messages.success(request, DONE[deed])
    return answers.back(request, "/bookmarks/")
