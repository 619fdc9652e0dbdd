"""Pins: the list of a channel, and setting or taking off one from the post's menu."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import MemberRequest
from channels_app import fragments
from channels_app.actions.pins import MOST, pin_post, unpin_post
from channels_app.models import Pin
from channels_app.views import answers, channel_page

DONE = {"pin": "ピン留めしました。", "unpin": "ピン留めを外しました。"}


@require_safe
def index(request: MemberRequest, slug: str) -> HttpResponse:
    """The pinned posts that the member may read, the newest pin first."""
    visit = channel_page.visit_or_404(request.user, slug)
    pins = Pin.objects.visible_to(request.user).filter(channel=visit.channel)
    pinned = list(pins.select_related("pinned_by", "post__author")[:MOST])
    made = fragments.posts_at({pin.post_id: pin.post.v for pin in pinned})
    rows = [{"pin": pin, "html": fragments.as_copy(made[pin.post_id].html, "pinned")} for pin in pinned]
    may_pin = visit.channel.is_pinned_by(request.user, visit.own.role)
    context = {"visit": visit, "channel": visit.channel, "rows": rows, "may_pin": may_pin}
    return render(request, "channels/pins.html", context)


@require_POST
def change(request: MemberRequest, post_id: int) -> HttpResponse:
    """Pin a post or take the pin off (`deed`); again changes nothing."""
    post = channel_page.post_or_404(request.user, post_id)
    deed = request.POST.get("deed", "")
    if deed not in DONE:
        return answers.refused(request, "ピン留めするか外すかを選んでください。", 422)
    _, refusal = answers.attempt(request, pin_post if deed == "pin" else unpin_post, request.user, post)
    if refusal:
        return refusal
    if answers.wants_json(request):
        return JsonResponse({"pinned": deed == "pin", "told": DONE[deed]})
    messages.success(request, DONE[deed])
    return answers.back(
        request, post.get_absolute_url(), f"post-{post.pk}" if request.POST.get("next") else ""
    )
