"""チャンネル: create, describe, move, merge, archive, for the secretariat. Closed groups are not for it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import MemberRequest
from channels_app.actions.channel_changes import (
    archive_channel,
    create_channel,
    describe_channel,
    merge_channels,
    move_channel,
    reopen_channel,
)
from channels_app.models import Channel, FormerAddress, Proposal
from channels_app.views import answers
from kyoso.lib.japanese import folded
from secretariat.forms.channels import AddressForm, DescriptionForm, MergerForm, NewChannelForm
from secretariat.views.audit import for_secretariat

DESCRIBED = tuple(DescriptionForm.base_fields)


def open_channels(request: MemberRequest):
    """The channels the secretariat administers: those that everybody may read."""
    return Channel.objects.visible_to(request.user).exclude(kind__in=Channel.CLOSED_KINDS)


@require_safe
@for_secretariat
def index(request: MemberRequest) -> HttpResponse:
    """All open channels by category, archived ones apart; ?q= searches names, addresses and purposes."""
    words = request.GET.get("q", "")[:100]
    sought = folded(words).split()
    channels = [
        channel
        for channel in open_channels(request)
        .defer("guide", "guide_html")
        .order_by("category", "kana", "name")
        if all(
            word in folded(f"{channel.name} {channel.kana} {channel.slug} {channel.purpose}")
            for word in sought
        )
    ]
    context = {
        "q": words,
        "living": [channel for channel in channels if not channel.archived_at],
        "archived": [channel for channel in channels if channel.archived_at],
        "waiting": Proposal.objects.visible_to(request.user).undecided().count(),
    }
    return render(request, "secretariat/channels/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_secretariat
def new(request: MemberRequest) -> HttpResponse:
    """Open a channel."""
    form = NewChannelForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        channel = form.attempt(create_channel, request.user, **form.cleaned_data)
        if channel:
            messages.success(request, f"「{channel.name}」を作りました。")
            return redirect("desk_channel", channel.slug)
    status = form.status if form.errors else 200
    return render(request, "secretariat/channels/new.html", {"form": form}, status=status)


@require_safe
@for_secretariat
def show(request: MemberRequest, slug: str) -> HttpResponse:
    """One channel with everything that can be changed about it."""
    return _page(request, _channel_or_404(request, slug))


def _channel_or_404(request: MemberRequest, slug: str) -> Channel:
    return get_object_or_404(open_channels(request).select_related("merged_into"), slug=slug)


def _page(request: MemberRequest, channel: Channel, status: int = 200, **typed) -> HttpResponse:
    """The page; `typed` are forms with errors, by the names of their deeds."""
    forms = {
        "description": DescriptionForm(
            auto_id="description_%s", initial={name: getattr(channel, name) for name in DESCRIBED}
        ),
        "address": AddressForm(auto_id="address_%s", initial={"slug": channel.slug}),
        "merger": MergerForm(auto_id="merger_%s", channels=Channel.objects.none()),
    }
    context = {
        "channel": channel,
        "former": FormerAddress.objects.filter(channel=channel).order_by("-left_at"),
        "forms": forms | typed,
        "open": next(iter(typed), ""),
    }
    return render(request, "secretariat/channels/show.html", context, status=status)


def _changed(request: MemberRequest, slug: str, name: str, form, deed: Callable) -> HttpResponse:
    """Check the form `name`, then do the deed, which returns the channel and what to say; or show errors."""
    channel = _channel_or_404(request, slug)
    if form.is_valid():
        done = form.attempt(deed, channel)
        if done:
            changed, said = done
            messages.success(request, said)
            return redirect("desk_channel", changed.slug)
    return _page(request, channel, form.status, **{name: form})


@require_POST
@for_secretariat
def description(request: MemberRequest, slug: str) -> HttpResponse:
    """Name, reading, purpose, kind, category, region, and whether newcomers are in it."""
    form = DescriptionForm(request.POST, auto_id="description_%s")

    def describe(channel: Channel) -> tuple[Channel, str]:
        changed = describe_channel(request.user, channel, **form.cleaned_data)
        return channel, "変えました。" if changed else "変わったところはありません。"

    return _changed(request, slug, "description", form, describe)


@require_POST
@for_secretariat
def address(request: MemberRequest, slug: str) -> HttpResponse:
    """Another address; the old one leads there."""
    form = AddressForm(request.POST, auto_id="address_%s")

    def move(channel: Channel) -> tuple[Channel, str]:
        moved = move_channel(request.user, channel, slug=form.cleaned_data["slug"])
        return moved, "アドレスを変えました。前のアドレスを開いた人も、ここに着きます。"

    return _changed(request, slug, "address", form, move)


@require_POST
@for_secretariat
def merger(request: MemberRequest, slug: str) -> HttpResponse:
    """It becomes part of another channel."""
    form = MergerForm(request.POST, auto_id="merger_%s", channels=open_channels(request).living())

    def merge(channel: Channel) -> tuple[Channel, str]:
        into = form.cleaned_data["into"]
        merged = merge_channels(request.user, channel, into)
        return merged, f"「{into.name}」に統合しました。参加者は、まもなく統合先に移ります。"

    return _changed(request, slug, "merger", form, merge)


@require_POST
@for_secretariat
def archiving(request: MemberRequest, slug: str) -> HttpResponse:
    """Archive a channel (`deed=archive`) or open it again (`deed=reopen`)."""
    channel = _channel_or_404(request, slug)
    deed = reopen_channel if request.POST.get("deed") == "reopen" else archive_channel
    _, refusal = answers.attempt(request, deed, request.user, channel)
    if refusal:
        return refusal
    said = "もう一度開きました。" if deed is reopen_channel else "保管しました。読むことだけできます。"
    messages.success(request, said)
    return redirect("desk_channel", channel.slug)
