"""Channels: the directory, one channel, and how far one has read it."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import MemberRequest
from channels_app import directory, offers
from channels_app.actions.channels import mark_read
from channels_app.forms.channels import ChannelSearchForm
from channels_app.forms.posts import ReadForm
from channels_app.views import answers, channel_page


@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """The directory: what was asked for, in groups. Two queries besides the frame's, whatever the number."""
    rows = directory.rows_for(request.user)
    form = ChannelSearchForm(request.GET, categories=directory.categories_of(rows))
    asked, show = form.asked, request.GET.get("show", "")
    show = show if show in directory.TABS else ""
    found = directory.narrowed(rows, show=show, **asked)
    groups = [("", found)] if asked["sort"] else directory.grouped(found, home_first=not any(asked.values()))
    context = {
        "form": form,
        "tabs": directory.tabs_of(rows, show),
        "groups": groups if found else [],
        "found": len(found),
        "total": len(rows),
        "offers": offers.among(request.user, rows) if not show and not any(asked.values()) else [],
    }
    return render(request, "channels/index.html", context)


@require_safe
def show(request: MemberRequest, slug: str) -> HttpResponse:
    """A channel: its newest posts, or those ?before=, ?after= or ?around= a post; ?thread= opens a thread.

    ?unread= leads to the first post the member has not read. Scripts get the column of posts alone.
    """
    visit = channel_page.visit_or_404(request.user, slug)
    if "unread" in request.GET:
        first = channel_page.first_unread(visit)
        return redirect(f"{visit.channel.get_absolute_url()}{f'?around={first}#unread' if first else ''}")
    cursor = {name: answers.number(request.GET.get(name)) for name in ("before", "after", "around")}
    window = channel_page.window_of(visit, **cursor)
    if answers.wants_part(request):
        return channel_page.show_part(request, visit, window)
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
