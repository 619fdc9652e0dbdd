"""Channels: the directory, one channel, and how far one has read it."""

from itertools import groupby

from django.db.models import Exists
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import MemberRequest
from channels_app.actions.channels import mark_read
from channels_app.forms.posts import ReadForm
from channels_app.models import Channel, Membership
from channels_app.views import answers, channel_page

OTHERS = "そのほか"


@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """Every channel the member may see, by category, with who is in it. Two queries besides the frame's."""
    channels = (
        Channel.objects.visible_to(request.user)
        .living()
        .annotate(joined=Exists(Membership.objects.current().of(request.user)))
        .order_by("category", "name")
    )
    # What has no category comes last.
    sorted_rows = sorted(map(_row, channels), key=lambda row: (row["category"] == OTHERS, row["category"]))
    rows = groupby(sorted_rows, key=lambda row: row["category"])
    categories = [{"label": label, "channels": list(same)} for label, same in rows]
    return render(request, "channels/index.html", {"categories": categories})


def _row(channel) -> dict:
    return {
        "url": channel.get_absolute_url(),
        "slug": channel.slug,
        "name": channel.name,
        "kind": channel.kind,
        "purpose": channel.purpose,
        "category": channel.category or OTHERS,
        "members": channel.member_count,
        "joined": channel.joined,
        "closed": channel.is_closed,
    }


@require_safe
def show(request: MemberRequest, slug: str) -> HttpResponse:
    """A channel: its newest posts, or those ?before=, ?after= or ?around= a post; ?thread= opens a thread."""
    visit = channel_page.visit_or_404(request.user, slug)
    cursor = {name: answers.number(request.GET.get(name)) for name in ("before", "after", "around")}
    window = channel_page.window_of(visit, **cursor)
    root = answers.number(request.GET.get("thread"))
    reply = answers.number(request.GET.get("reply"))
    thread = channel_page.thread_of(visit, root, around=reply) if root else None
    return channel_page.show(request, visit, window=window, thread=thread)


@require_POST
def read(request: MemberRequest, slug: str) -> HttpResponse:
    """Mark the channel read up to an event: by the button of the page, or by the script that watches it."""
    channel = channel_page.visit_or_404(request.user, slug).channel
    form = ReadForm(request.POST)
    if not form.is_valid():
        return answers.form_error(form)
    upto = form.cleaned_data["upto"]
    stay, refusal = answers.attempt(request, mark_read, request.user, channel, upto=upto)
    if stay is None:
        return refusal or answers.refused(request, "参加していないチャンネルに、既読はつきません。")
    if answers.wants_json(request):
        return JsonResponse({"read_posts": stay.read_posts, "n": stay.last_read_n})
    return answers.back(request, channel.get_absolute_url())
