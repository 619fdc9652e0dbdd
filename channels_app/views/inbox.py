"""The inbox (お知らせ): what concerns the member, and what is read of it."""

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import MemberRequest
from channels_app import inbox_rows
from channels_app.actions import inbox, reading
from channels_app.forms.inbox import AllForm
from channels_app.models import Notification
from channels_app.views import answers

HOME = "/inbox/"
READ = {"read": True, "unread": False}


@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """What concerns the member, newest first, by tab; ?before= a row goes on where a page ended."""
    tab, before = request.GET.get("tab", ""), answers.number(request.GET.get("before"))
    if tab not in inbox_rows.TABS:
        raise Http404
    try:
        page = inbox_rows.page_of(request.user, tab, before)
    except Notification.DoesNotExist:
        raise Http404 from None
    context = {"page": page, "tab": tab, "tabs": inbox_rows.tabs_of(request.user, tab), "before": before}
    return render(request, "inbox/index.html", context)


@require_POST
def mark(request: MemberRequest, notification_id: int) -> HttpResponse:
    """Mark one row as read, or as unread again (`deed`); again changes nothing."""
    rows = Notification.objects.visible_to(request.user)
    row = get_object_or_404(rows, pk=notification_id)
    deed = request.POST.get("deed")
    if deed not in READ:
        return answers.refused(request, "既読にするか未読に戻すかを選んでください。", 422)
    _, refusal = answers.attempt(request, inbox.mark, request.user, row, read=READ[deed])
    return refusal or _done(request, f"notification-{row.pk}", deed=deed)


@require_POST
def mark_all(request: MemberRequest) -> HttpResponse:
    """Mark as read what the member's page shows and what is older (`upto`, a moment)."""
    form = AllForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, form.sentence, 422)
    _, refusal = answers.attempt(request, inbox.mark_all, request.user, upto=form.cleaned_data["upto"])
    return refusal or _done(request, told="すべて既読にしました。")


@require_POST
def channels(request: MemberRequest) -> HttpResponse:
    """Mark every channel the member is in as read."""
    _, refusal = answers.attempt(request, reading.read_all_channels, request.user)
    return refusal or _done(request, told="すべてのチャンネルを既読にしました。")


def _done(request: MemberRequest, anchor: str = "", *, told: str = "", **more: str) -> HttpResponse:
    """For scripts the number of what still waits; for people the page they came from."""
    if answers.wants_json(request):
        unread = Notification.objects.waiting_for(request.user).count()
        return JsonResponse({"unread": unread, "told": told} | more)
    if told:
        messages.success(request, told)
    return answers.back(request, HOME, anchor)
