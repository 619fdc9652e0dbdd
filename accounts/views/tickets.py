"""The status page of an application: whoever holds its ticket sees where it stands and may answer."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.actions.refusals import Refused
from accounts.actions.registrations import answer_question
from accounts.forms.registrations import AnswerForm
from accounts.models import Registration
from accounts.standing import Standing

BAD_INPUT = 422


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def status(request: HttpRequest, ticket: str) -> HttpResponse:
    """Where an application stands, the secretariat's questions with the answers, a form for the open one.

    The page names no person and no address: a ticket may be read over a shoulder.
    """
    registration = get_object_or_404(Registration.objects.with_ticket(ticket))
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            answer_question(registration, answer=form.cleaned_data["answer"])
            messages.success(request, "お答えを事務局に届けました。")
        except Refused as refusal:
            messages.warning(request, str(refusal))
        return redirect("signup_status", ticket)
    facts = {"registration": registration, "standing": Standing(registration), "form": form}
    facts["talk"] = registration.conversation[: -1 if registration.awaiting_answer else None]
    answer = render(request, "registrations/status.html", facts, status=BAD_INPUT if form.errors else 200)
    answer["X-Robots-Tag"] = "noindex"
    return answer
