"""Memberships: joining, leaving, what one sets for oneself; who is in a channel, and its stewards."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import MemberRequest
from channels_app.actions import memberships, stewards
from channels_app.actions.channels import join_channel, leave_channel
from channels_app.actions.groups import show_out
from channels_app.forms.channels import SettingsForm
from channels_app.models import Entreaty, Membership, Section
from channels_app.participants import page_of
from channels_app.views import answers, channel_page

DEEDS: dict[str, Callable] = {
    "join": join_channel,
    "leave": leave_channel,
    "favourite": partial(memberships.set_favourite, on=True),
    "unfavourite": partial(memberships.set_favourite, on=False),
    "mute": partial(memberships.set_muted, on=True),
    "unmute": partial(memberships.set_muted, on=False),
}
DONE = {
    "join": "「{}」に参加しました。",
    "leave": "「{}」から退出しました。",
    "favourite": "「{}」をお気に入りにしました。",
    "unfavourite": "「{}」をお気に入りから外しました。",
    "mute": "「{}」をミュートしました。一覧に未読の数が出なくなります。",
    "unmute": "「{}」のミュートをやめました。",
}
STEWARDSHIP: dict[str, Callable] = {
    "appoint": stewards.appoint,
    "dismiss": stewards.dismiss,
    "show-out": show_out,
}
TOLD = {
    "appoint": "{}さんを世話役にしました。",
    "dismiss": "{}さんは世話役ではなくなりました。",
    "show-out": "{}さんを外しました。",
}


@require_POST
def change(request: MemberRequest, slug: str) -> HttpResponse:
    """One of DEEDS; again changes nothing. Who leaves a closed channel no longer sees it."""
    channel = channel_page.visit_or_404(request.user, slug).channel
    deed = request.POST.get("deed", "")
    if deed not in DEEDS:
        return answers.refused(request, "参加するか退出するかを選んでください。", 422)
    _, refusal = answers.attempt(request, DEEDS[deed], request.user, channel)
    if refusal:
        return refusal
    if answers.wants_json(request):
        return JsonResponse({"joined": deed != "leave"})
    messages.success(request, DONE[deed].format(channel.name))
    gone = channel.is_closed and deed == "leave"
    return answers.SeeOther("/channels/") if gone else _back(request, channel)


def _back(request: MemberRequest, channel) -> HttpResponse:
    """Where the button stood; in the long directory at the channel's own row."""
    listed = urlsplit(request.POST.get("next", "")).path == "/channels/"
    return answers.back(request, channel.get_absolute_url(), f"row-{channel.pk}" if listed else "")


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: MemberRequest, slug: str) -> HttpResponse:
    """What one sets for oneself about a channel one is in; 404 for others, who have nothing to set."""
    visit = channel_page.visit_or_404(request.user, slug)
    stay = get_object_or_404(Membership.objects.current().filter(channel=visit.channel), member=request.user)
    sections = Section.objects.visible_to(request.user)
    before = {"favourite": visit.own.favourite, "muted": visit.own.muted}
    initial = before | {"level": stay.level, "section": stay.section_id}
    form = SettingsForm(
        request.POST if request.method == "POST" else None, initial=initial, sections=sections
    )
    if request.method == "POST" and form.is_valid() and form.attempt(_set_all, request.user, visit, form):
        messages.success(request, f"「{visit.channel.name}」の設定を変えました。")
        return answers.SeeOther(visit.channel.get_absolute_url())
    context = {"channel": visit.channel, "visit": visit, "form": form}
    return render(request, "channels/settings.html", context, status=form.status if form.errors else 200)


def _set_all(member, visit, form: SettingsForm) -> Membership:
    """All four settings; each that is unchanged writes nothing."""
    wanted = form.cleaned_data
    memberships.set_favourite(member, visit.channel, on=wanted["favourite"])
    memberships.set_muted(member, visit.channel, on=wanted["muted"])
    memberships.set_level(member, visit.channel, level=wanted["level"])
    return memberships.place(member, visit.channel, section=wanted["section"])


@require_safe
def index(request: MemberRequest, slug: str) -> HttpResponse:
    """Who is in the channel: stewards first, then by the reading of the name; ?q= searches, ?page= turns."""
    visit = channel_page.visit_or_404(request.user, slug)
    words = request.GET.get("q", "")[:100]
    entreaties = Entreaty.objects.open().visible_to(request.user).filter(channel=visit.channel)
    context = {
        "visit": visit,
        "channel": visit.channel,
        "q": words,
        "people": page_of(visit.channel, words, request.GET.get("page")),
        "may_lead": visit.channel.is_led_by(request.user, visit.own.role),
        "may_invite": visit.channel.behaviour.owner_leads and visit.may_tend,
        "entreaties": entreaties.select_related("member"),
    }
    return render(request, "channels/members.html", context)


@require_POST
def role(request: MemberRequest, slug: str, membership_id: int) -> HttpResponse:
    """Appoint or dismiss a steward, or show somebody out of a private group (`deed`)."""
    visit = channel_page.visit_or_404(request.user, slug)
    present = Membership.objects.current().filter(channel=visit.channel).select_related("channel", "member")
    membership = get_object_or_404(present, pk=membership_id)
    deed = request.POST.get("deed", "")
    if deed not in STEWARDSHIP:
        return answers.refused(request, "操作を選んでください。", 422)
    _, refusal = answers.attempt(request, STEWARDSHIP[deed], request.user, membership)
    if refusal:
        return refusal
    messages.success(request, TOLD[deed].format(membership.member.name))
    return answers.back(request, f"{visit.channel.get_absolute_url()}members/")
