"""Previews: a text as it would stand in the channel."""

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from accounts.requests import MemberRequest
from channels_app.actions import mentions
from channels_app.views import answers, channel_page, composers


@require_POST
def show(request: MemberRequest, slug: str) -> HttpResponse:
    """The HTML of a text for scripts; for people the page again, with the text and its preview."""
    visit = channel_page.visit_or_404(request.user, slug)
    root = composers.root_or_404(visit, request.GET.get("root"))
    form = composers.sent_form(request, composers.field_ids(root))
    form.is_valid()
    if "text" in form.errors and answers.wants_json(request):
        return answers.form_error(form)
    if "text" not in form.errors:
        form.preview = mentions.to_html(visit.channel, form.cleaned_data["text"])
    if answers.wants_json(request):
        return JsonResponse({"html": form.preview})
    return composers.show_again(request, visit, form, root, 422 if "text" in form.errors else 200)
