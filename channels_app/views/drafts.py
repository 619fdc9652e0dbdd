"""Drafts: keeping what is typed, and the list of what was not sent."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import MemberRequest
from channels_app.actions.drafts import discard_draft, keep_draft
from channels_app.forms.drafts import DraftForm
from channels_app.models import Draft
from channels_app.views import answers, channel_page, composers

WITHOUT_FILES = "下書きに残るのは文だけです。ファイルは、投稿するときにもう一度選んでください。"


@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """Every unsent text of the member whose place they may still read, the latest first."""
    drafts = Draft.objects.visible_to(request.user).select_related("channel", "root__author")
    return render(request, "drafts/index.html", {"drafts": drafts})


@require_POST
def keep(request: MemberRequest, slug: str) -> HttpResponse:
    """Keep the text of a composer; ?root= is the thread. An empty text keeps none, and no files are kept."""
    visit = channel_page.visit_or_404(request.user, slug)
    root = composers.root_or_404(visit, request.GET.get("root"))
    form = DraftForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, str(next(iter(form.errors.values()))[0]), form.status)
    kept, refusal = answers.attempt(
        request, keep_draft, request.user, visit.channel, root=root, **form.cleaned_data
    )
    if refusal or answers.wants_json(request):
        return refusal or JsonResponse({"kept": kept is not None})
    if request.FILES or request.POST.get("file"):
        messages.warning(request, WITHOUT_FILES)
    return answers.SeeOther("/drafts/")


@require_POST
def discard(request: MemberRequest, draft_id: int) -> HttpResponse:
    """Throw a draft away."""
    draft = get_object_or_404(Draft.objects.visible_to(request.user), pk=draft_id)
    _, refusal = answers.attempt(request, discard_draft, request.user, draft)
    return refusal or answers.SeeOther("/drafts/")
