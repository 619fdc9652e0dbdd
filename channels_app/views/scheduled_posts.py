"""Scheduled posts: putting one aside, the list, changing, taking back, sending now."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import MemberRequest
from channels_app.actions.scheduled_posts import (
    cancel_scheduled_post,
    change_scheduled_post,
    schedule_post,
    send_scheduled_post,
)
from channels_app.forms.scheduled_posts import ScheduledPostEditForm, ScheduledPostForm
from channels_app.models import ScheduledPost
from channels_app.views import answers, channel_page, composers

LIST = "/scheduled-posts/"


def _row_or_404(request: MemberRequest, scheduled_id: int) -> ScheduledPost:
    rows = ScheduledPost.objects.visible_to(request.user).pending()
    return get_object_or_404(rows, pk=scheduled_id)


@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """What waits for its moment, and what could not be published, with the reason."""
    rows = list(ScheduledPost.objects.visible_to(request.user).pending())
    context = {
        "waiting": [row for row in rows if not row.refused_at],
        "refused": [row for row in rows if row.refused_at],
    }
    return render(request, "scheduled_posts/index.html", context)


@require_POST
def create(request: MemberRequest, slug: str) -> HttpResponse:
    """Put the text of a composer aside until its moment; ?root= is the thread."""
    visit = channel_page.visit_or_404(request.user, slug)
    root = composers.root_or_404(visit, request.GET.get("root"))
    form = composers.sent_form(request, composers.field_ids(root), ScheduledPostForm)
    row = None
    if form.is_valid():
        row = form.attempt(schedule_post, request.user, visit.channel, root=root, **form.cleaned_data)
    if row is None:
        return composers.show_again(request, visit, form, root, status=form.status)
    messages.success(request, f"{_spoken(row)}に公開する予約をしました。")
    return answers.SeeOther(composers.page_of(visit, root))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest, scheduled_id: int) -> HttpResponse:
    """Another text or moment."""
    row = _row_or_404(request, scheduled_id)
    form = ScheduledPostEditForm(request.POST if request.method == "POST" else None, row=row)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        facts = {"text": said["text"], "title": said["title"], "publish_at": said["publish_at"]}
        changed = form.attempt(change_scheduled_post, request.user, row, **facts)
        if changed:
            messages.success(request, f"{_spoken(changed)}に公開するように変えました。")
            return answers.SeeOther(LIST)
    status = form.status if form.is_bound else 200
    return render(request, "scheduled_posts/edit.html", {"row": row, "form": form}, status=status)


@require_POST
def cancel(request: MemberRequest, scheduled_id: int) -> HttpResponse:
    """Take it back."""
    row = _row_or_404(request, scheduled_id)
    _, refusal = answers.attempt(request, cancel_scheduled_post, request.user, row)
    return refusal or answers.SeeOther(LIST)


@require_POST
def send(request: MemberRequest, scheduled_id: int) -> HttpResponse:
    """Publish it now; where that is refused, the list says why."""
    row = _row_or_404(request, scheduled_id)
    sent, refusal = answers.attempt(request, send_scheduled_post, request.user, row)
    if refusal:
        return refusal
    return answers.SeeOther(sent.post.get_absolute_url() if sent.post else LIST)


def _spoken(row: ScheduledPost) -> str:
    return date_format(timezone.localtime(row.publish_at), "n月j日（D）G:i")
