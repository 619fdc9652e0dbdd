"""Revisions: every wording a post has had."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from channels_app.models import Post
from channels_app.views import channel_page
from kyoso.lib import markdown


@require_safe
def index(request: MemberRequest, post_id: int) -> HttpResponse:
    """The wordings of a post, the present one first; 404 for a removed post, whose words nobody reads."""
    post = channel_page.post_or_404(request.user, post_id)
    if post.removed_at:
        raise Http404
    context = {"post": post, "heading": "編集の履歴", "wordings": _wordings(post)}
    return render(request, "revisions/index.html", context)


def _wordings(post: Post) -> list[dict]:
    earlier = [
        {"written_at": revision.written_at, "html": markdown.to_html(revision.text)}
        for revision in post.revisions.order_by("-id")
    ]
    return [{"written_at": post.edited_at or post.posted_at, "html": post.html, "current": True}, *earlier]
