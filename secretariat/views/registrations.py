"""The approvers' desk: the queue, one case beside it, and the decisions."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.decisions import approve, approve_each, ask_for_more, decline
from accounts.actions.refusals import Refused
from accounts.models import Registration
from accounts.requests import MemberRequest
from accounts.shared_directory import shared_directory
from secretariat.evidence import Case, cases
from secretariat.forms.registrations import BatchForm, EvidenceForm, QuestionForm, RefusalForm
from secretariat.job_rows import warnings
from secretariat.proofs import proofs_of
from secretariat.queue import TABS, queue_of

BAD_INPUT = 422


def for_approvers(view: Callable) -> Callable:
    """Only approvers and the secretariat know that the desk exists; others get 404."""

    @never_cache
    @wraps(view)
    def guarded(request: MemberRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.approves_registrations:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@for_approvers
def index(request: MemberRequest) -> HttpResponse:
    """The queue, oldest first, with the first case beside it (a phone shows the queue alone)."""
    return desk(request)


@require_safe
@for_approvers
def show(request: MemberRequest, registration_id: int) -> HttpResponse:
    """One application beside the queue, also after the decision."""
    return desk(request, registration_or_404(request, registration_id))


def registration_or_404(request: MemberRequest, registration_id: int) -> Registration:
    """An application that was handed in, if the visitor may see it."""
    return get_object_or_404(Registration.objects.visible_to(request.user), pk=registration_id)


def desk(request, registration: Registration | None = None, status: int = 200, **typed) -> HttpResponse:
    """Queue and case on one page; the number of queries does not depend on the queue.

    `typed` are forms with errors, by their names in the template.
    """
    seen, directory = Registration.objects.visible_to(request.user), shared_directory()
    queue = queue_of(seen, directory, request.GET.get("show", ""), request.GET.get("page", ""))
    found = cases(seen.filter(pk=registration.pk), directory) if registration else queue.cases
    chosen = found[0] if found else None
    facts: dict[str, Any] = {"queue": queue, "chosen": chosen, "pending_number": queue.total}
    facts |= {"decline_form": RefusalForm(), "ask_form": QuestionForm(), "proofs": []}
    facts["job_warnings"] = warnings() if request.user.is_secretariat else []
    if chosen:
        facts |= {"proofs": proofs_of(chosen), "evidence_form": fresh_evidence(chosen)}
    return render(request, "secretariat/registrations/index.html", facts | typed, status=status)


def fresh_evidence(case: Case) -> EvidenceForm | None:
    """The form for what an approver made sure of, only where the address does not show the organisation."""
    return None if case.fits else EvidenceForm(case=case)


def place(request: MemberRequest, registration: Registration | None = None) -> str:
    """Back to the queue, or to a case beside it, with the filter and the page that were open."""
    kept = {"show": request.GET.get("show", ""), "page": request.GET.get("page", "")}
    kept = {key: value for key, value in kept.items() if value in TABS or value.isdecimal()}
    url = (
        resolve_url("desk_registration", registration.pk)
        if registration
        else resolve_url("desk_registrations")
    )
    return f"{url}?{urlencode(kept)}" if kept else url


def answered(request: MemberRequest, registration: Registration, deed: Callable, said: str) -> HttpResponse:
    """Do it and go back to the queue; a refusal is told at the case, such as who decided before."""
    try:
        deed()
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect(place(request, registration))
    messages.success(request, said)
    return redirect(place(request))


@require_POST
@for_approvers
def approval(request: MemberRequest, registration_id: int) -> HttpResponse:
    """Admit the applicant; the second of two approvers is told who decided."""
    registration = registration_or_404(request, registration_id)
    case = cases(
        Registration.objects.visible_to(request.user).filter(pk=registration.pk), shared_directory()
    )[0]
    facts = {}
    if registration.awaiting_approval and not case.fits:
        form = EvidenceForm(request.POST, case=case)
        if not form.is_valid():
            return desk(request, registration, BAD_INPUT, evidence_form=form)
        facts = form.facts()
    said = f"{registration.name}さんを承認しました。本人にメールで知らせます。"
    return answered(request, registration, lambda: approve(request.user, registration, **facts), said)


@require_POST
@for_approvers
def inquiry(request: MemberRequest, registration_id: int) -> HttpResponse:
    """Ask the applicant for more; the clock stands until the answer."""
    registration = registration_or_404(request, registration_id)
    form = QuestionForm(request.POST)
    if not form.is_valid():
        return desk(request, registration, BAD_INPUT, ask_form=form)
    question = form.cleaned_data["question"]
    said = f"{registration.name}さんに確かめるメールを送ります。答えがあるまで期限は数えません。"
    return answered(
        request, registration, lambda: ask_for_more(request.user, registration, question=question), said
    )


@require_POST
@for_approvers
def refusal(request: MemberRequest, registration_id: int) -> HttpResponse:
    """Turn the application down with a reason."""
    registration = registration_or_404(request, registration_id)
    form = RefusalForm(request.POST)
    if not form.is_valid():
        return desk(request, registration, BAD_INPUT, decline_form=form)
    reason = form.cleaned_data["reason"]
    said = f"{registration.name}さんにお断りの理由をメールで知らせます。"
    return answered(request, registration, lambda: decline(request.user, registration, reason=reason), said)


@require_POST
@for_approvers
def batch(request: MemberRequest) -> HttpResponse:
    """Approve the ticked applications whose evidence is complete, each by itself, and tell the outcome."""
    seen = Registration.objects.visible_to(request.user)
    form = BatchForm(request.POST, seen=seen)
    if not form.is_valid():
        return desk(request, status=BAD_INPUT, batch_form=form)
    found = cases(form.cleaned_data["chosen"].order_by("submitted_at", "id"), shared_directory())
    fit = [case.registration for case in found if case.complete or case.registration.decided_at]
    approved, decided, refusals = approve_each(request.user, fit)
    told = [(approved, "件を承認しました。"), (decided, "件はすでに決定済みです。")]
    told.append((len(found) - len(fit), "件は証拠がそろっていないため、1件ずつ審査してください。"))
    sentence = "".join(f"{number}{words}" for number, words in told if number)
    level = messages.SUCCESS if approved == len(found) else messages.WARNING
    messages.add_message(request, level, " ".join([sentence, *refusals]).strip())
    return redirect(place(request))
