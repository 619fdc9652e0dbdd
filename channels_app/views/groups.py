"""Private groups: founding one, inviting by search, asking to be let in, and answering."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Member
from accounts.requests import MemberRequest
from channels_app.actions.groups import (
    answer_entreaty,
    ask_in,
    close_group,
    describe_group,
    found_group,
    invite,
)
from channels_app.forms.channels import GroupForm, ReasonForm
from channels_app.models import Channel, Entreaty, Membership
from channels_app.people_search import candidates
from channels_app.views import answers, channel_page


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest) -> HttpResponse:
    """Found a private group; its founder goes on to invite."""
    form = GroupForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        channel = form.attempt(found_group, request.user, **form.cleaned_data)
        if channel:
            messages.success(request, f"「{channel.name}」を作りました。参加する人を招待してください。")
            return answers.SeeOther(f"{channel.get_absolute_url()}invitations/")
    return render(request, "groups/new.html", {"form": form}, status=form.status if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def description(request: MemberRequest, slug: str) -> HttpResponse:
    """Change or close a group (`deed=close`). For its owner; 404 for everybody else."""
    visit = channel_page.visit_or_404(request.user, slug)
    channel = visit.channel
    if not (channel.behaviour.owner_leads and channel.is_led_by(request.user, visit.own.role)):
        raise Http404
    if request.POST.get("deed") == "close":
        _, refusal = answers.attempt(request, close_group, request.user, channel)
        return refusal or answers.SeeOther(channel.get_absolute_url())
    form = GroupForm(request.POST if request.method == "POST" else None, initial=_as_typed(channel))
    typed = request.method == "POST" and form.is_valid()
    if typed and form.attempt(describe_group, request.user, channel, **form.cleaned_data) is not None:
        messages.success(request, "チャンネルの説明を直しました。")
        return answers.SeeOther(channel.get_absolute_url())
    context = {"visit": visit, "channel": channel, "form": form}
    return render(request, "groups/description.html", context, status=form.status if form.errors else 200)


def _as_typed(channel: Channel) -> dict:
    """What a group is, as its form shows it."""
    facts = {name: getattr(channel, name) for name in ("name", "purpose", "prefecture_code")}
    return facts | {"listed": channel.listed_at is not None}


@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request: MemberRequest, slug: str) -> HttpResponse:
    """Look members up (`?q=`) and let one in (POST `member`). For the owner and stewards of a group."""
    visit = channel_page.visit_or_404(request.user, slug)
    if not (visit.channel.behaviour.owner_leads and visit.may_tend):
        raise Http404
    if request.method == "POST":
        people = Member.objects.visible_to(request.user).active()
        member = get_object_or_404(people, pk=answers.number(request.POST.get("member")) or 0)
        _, refusal = answers.attempt(request, invite, request.user, visit.channel, member)
        if refusal:
            return refusal
        messages.success(request, f"{member.name}さんを招待しました。一覧にこのチャンネルが出ます。")
        return answers.back(request, f"{visit.channel.get_absolute_url()}invitations/")
    words = request.GET.get("q", "")[:100]
    inside = Membership.objects.current().filter(channel=visit.channel).values("member")
    found = candidates(request.user, words, without=inside)
    context = {"visit": visit, "channel": visit.channel, "q": words, "found": found}
    return render(request, "groups/invitations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def entreaty(request: MemberRequest, slug: str) -> HttpResponse:
    """Ask to be let into a group that says it exists; 404 for every other channel."""
    listed = Channel.objects.listed_for(request.user).living().filter(listed_at__isnull=False)
    channel = get_object_or_404(listed, slug=slug)
    if Membership.objects.current().filter(channel=channel, member=request.user).exists():
        return redirect(channel)
    asked = Entreaty.objects.open().filter(channel=channel, member=request.user).first()
    form = ReasonForm(request.POST if request.method == "POST" else None)
    typed = request.method == "POST" and form.is_valid()
    if typed and form.attempt(ask_in, request.user, channel, **form.cleaned_data):
        messages.success(request, f"「{channel.name}」に参加をお願いしました。返事を待ってください。")
        return answers.SeeOther("/channels/")
    context = {"channel": channel, "form": form, "asked": asked}
    return render(request, "groups/entreaty.html", context, status=form.status if form.errors else 200)


@require_POST
def answer(request: MemberRequest, entreaty_id: int) -> HttpResponse:
    """Let in who asked, or decline (`deed`). For the owner and stewards; others get 404."""
    open_ones = Entreaty.objects.visible_to(request.user).select_related("channel", "member")
    asked = get_object_or_404(open_ones, pk=entreaty_id)
    admitted = request.POST.get("deed") == "admit"
    _, refusal = answers.attempt(request, answer_entreaty, request.user, asked, admitted=admitted)
    if refusal:
        return refusal
    did = "招き入れました" if admitted else "お断りしました"
    messages.success(request, f"{asked.member.name}さんを{did}。" if admitted else f"{did}。")
    return answers.SeeOther(f"{asked.channel.get_absolute_url()}members/")
