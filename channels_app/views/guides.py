"""The guide of a channel: reading it, and writing it with a preview."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import MemberRequest
from channels_app.actions.guides import edit_guide
from channels_app.forms.channels import GuideForm
from channels_app.views import answers, channel_page
from kyoso.lib import markdown


@require_safe
def show(request: MemberRequest, slug: str) -> HttpResponse:
    """The guide, for everybody who may read the channel."""
    visit = channel_page.visit_or_404(request.user, slug)
    return render(request, "channels/guide.html", {"visit": visit, "channel": visit.channel})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest, slug: str) -> HttpResponse:
    """Write the guide: `deed=preview` shows how it would look and saves nothing."""
    visit = channel_page.visit_or_404(request.user, slug)
    # A text that was sent is refused in its form, where it stays.
    if request.method != "POST" and not visit.may_tend:
        raise PermissionDenied("案内を書けるのは、世話役と事務局だけです。")
    form = GuideForm(
        request.POST if request.method == "POST" else None, initial={"text": visit.channel.guide}
    )
    preview = ""
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        if request.POST.get("deed") == "preview" and visit.may_tend:
            preview = markdown.to_html(text)
        elif form.attempt(edit_guide, request.user, visit.channel, text=text) is not None:
            messages.success(request, "案内を直しました。")
            return answers.SeeOther(f"{visit.channel.get_absolute_url()}guide/")
    context = {"visit": visit, "channel": visit.channel, "form": form, "preview": preview}
    return render(request, "channels/guide_edit.html", context, status=form.status if form.errors else 200)
