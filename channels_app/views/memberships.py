"""Memberships: joining and leaving a channel."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from accounts.requests import MemberRequest
from channels_app.actions.channels import join_channel, leave_channel
from channels_app.views import answers, channel_page

DEEDS = {"join": join_channel, "leave": leave_channel}
DONE = {"join": "「{}」に参加しました。", "leave": "「{}」から退出しました。"}


@require_POST
def change(request: MemberRequest, slug: str) -> HttpResponse:
    """Join or leave (`deed`); again changes nothing. Who leaves a closed channel no longer sees it."""
    channel = channel_page.visit_or_404(request.user, slug).channel
    deed = request.POST.get("deed")
    if deed not in DEEDS:
        return answers.refused(request, "参加するか退出するかを選んでください。", 422)
    _, refusal = answers.attempt(request, DEEDS[deed], request.user, channel)
    if refusal:
        return refusal
    if answers.wants_json(request):
        return JsonResponse({"joined": deed == "join"})
    messages.success(request, DONE[deed].format(channel.name))
    gone = channel.is_closed and deed == "leave"
    return answers.SeeOther("/channels/") if gone else answers.back(request, channel.get_absolute_url())
