"""Posts: publishing, the permalink, the menu, editing and removing."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import MemberRequest
from channels_app import fragments
from channels_app.actions import inbox
from channels_app.actions.posts import Published, edit_post, publish_post, remove_post
from channels_app.forms.posts import EditForm
from channels_app.models import Bookmark, Pin, Post, Question
from channels_app.views import answers, channel_page, composers


@require_POST
def create(request: MemberRequest, slug: str) -> HttpResponse:
    """Publish a post in a channel, once per cid; a refused text stands in the page again."""
    visit = channel_page.visit_or_404(request.user, slug)
    form = composers.sent_form(request, "compose_%s")
    published = None
    if form.is_valid():
        published = form.attempt(publish_post, request.user, visit.channel, **form.cleaned_data)
    if published:
        return said(request, published, visit.channel.get_absolute_url())
    if answers.wants_json(request):
        return answers.form_error(form)
    return channel_page.show(request, visit, form=form, status=form.status)


def said(request: MemberRequest, published: Published, page: str) -> HttpResponse:
    """The answer to a post or reply that stands: its fragment for scripts, its place for people."""
    post = published.post
    if not answers.wants_json(request):
        return answers.SeeOther(f"{page}#post-{post.pk}")
    made = fragments.of_new(post) if published.created else channel_page.fragment_of(post)
    told = shown(post, made) | {"cid": str(post.cid), "n": post.n}
    return JsonResponse(told, status=201 if published.created else 200)


def shown(post: Post, made: fragments.Fragment | None = None) -> dict:
    """A post as scripts put it in place: the same bytes as in the page and in the live frame."""
    made = made or fragments.posts([post.pk])[post.pk]
    return {"id": made.id, "v": made.v, "html": made.html}


@require_safe
def show(request: MemberRequest, post_id: int) -> HttpResponse:
    """The permalink: the channel around the post; for a reply that stands only in its thread, the thread."""
    post = channel_page.post_or_404(request.user, post_id)
    inbox.read_post(request.user, post)
    shown = post.pk if post.in_channel else post.thread_id
    page = f"{post.channel.get_absolute_url()}?around={shown}"
    if not post.in_channel:
        page += f"&thread={post.thread_id}&reply={post.pk}"
    return redirect(f"{page}#post-{post.pk}")


@require_safe
def menu(request: MemberRequest, post_id: int) -> HttpResponse:
    """What this member may do with the post: a page, or the list alone for the menu of the page."""
    post = channel_page.post_or_404(request.user, post_id)
    context = {
        "post": post,
        "may_edit": not post.refusal_to_edit(request.user),
        "may_remove": post.can_be_removed_by(request.user),
        "settling": Question.objects.settling_of(request.user, post),
        "pinning": Pin.objects.deed_of(request.user, post),
        "is_part": answers.wants_part(request),
        "is_kept": Bookmark.objects.open().filter(member=request.user, post=post).exists(),
    }
    if answers.wants_part(request):
        return render(request, "posts/_menu.html", context)
    return render(request, "posts/menu.html", context | _page(post, "投稿の操作"))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest, post_id: int) -> HttpResponse:
    """Change the wording of one's own post."""
    post = channel_page.post_or_404(request.user, post_id)
    # A text that was sent is refused beside its field, where it stays.
    refusal = post.refusal_to_edit(request.user)
    if request.method != "POST" and refusal:
        raise PermissionDenied(refusal)
    form = EditForm(request.POST or None, initial={"text": post.text})
    if request.method == "POST" and form.is_valid():
        edited = form.attempt(edit_post, request.user, post, text=form.cleaned_data["text"])
        if edited:
            return changed(request, post)
    if request.method == "POST" and answers.wants_json(request):
        return answers.form_error(form)
    context = {"post": post, "form": form, "heading": "投稿を編集する"}
    return render(request, "posts/edit.html", context, status=form.status if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def removal(request: MemberRequest, post_id: int) -> HttpResponse:
    """Take a post back: asks first (GET), then does it (POST); again changes nothing."""
    post = channel_page.post_or_404(request.user, post_id)
    if request.method == "POST":
        _, refusal = answers.attempt(request, remove_post, request.user, post)
        return refusal or changed(request, post)
    if post.removed_at:
        return redirect(post)
    if not post.can_be_removed_by(request.user):
        raise PermissionDenied("取り消せるのは、自分の投稿だけです。")
    return render(request, "posts/removal.html", _page(post, "この投稿を取り消しますか"))


def changed(request: MemberRequest, post: Post) -> HttpResponse:
    """The answer to an edit or removal: the fragment for scripts, the post's place for people."""
    if answers.wants_json(request):
        return JsonResponse(shown(post))
    return answers.SeeOther(post.get_absolute_url())


def _page(post: Post, heading: str) -> dict:
    return {"post": post, "heading": heading, "fragment": channel_page.fragment_of(post).html}
