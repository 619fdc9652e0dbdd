"""What the doors of the composer have in common: preview, draft and schedule of a channel or a thread."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from accounts.requests import MemberRequest
from channels_app.forms.posts import PostForm
from channels_app.models import Post
from channels_app.viewer import Visit
from channels_app.views import answers, attachments, channel_page


def root_or_404(visit: Visit, typed: str | None) -> Post | None:
    """The thread that ?root= names in this channel, None without one; 404 for any other post."""
    root_id = answers.number(typed)
    if root_id is None:
        return None
    roots = Post.objects.visible_to(visit.member).filter(channel=visit.channel, root=None)
    return get_object_or_404(roots, pk=root_id)


def sent_form(request: MemberRequest, auto_id: str, kind: type[PostForm] = PostForm) -> PostForm:
    """What the composer sent. Files that came with it are kept at once: a refused text has them still."""
    typed, refusals = attachments.taken_with(request)
    form = kind(typed, auto_id=auto_id)
    form.uploader, form.refusals = request.user, refusals
    return form


def field_ids(root: Post | None) -> str:
    """How the fields of the composer are called in the page (`auto_id`)."""
    return "reply_%s" if root else "compose_%s"


def page_of(visit: Visit, root: Post | None) -> str:
    """The page the composer stands on."""
    return f"/posts/{root.pk}/thread/" if root else visit.channel.get_absolute_url()


def show_again(
    request: MemberRequest, visit: Visit, form: PostForm, root: Post | None, status: int = 200
) -> HttpResponse:
    """The page again with what the composer held, its preview or its errors."""
    if root is None:
        return channel_page.show(request, visit, form=form, status=status)
    thread = channel_page.thread_of(visit, root.pk, form)
    return channel_page.show(request, visit, thread=thread, status=status)
