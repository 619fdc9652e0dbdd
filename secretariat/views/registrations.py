"""The approvers' desk: the queue, one case beside it, and the two decisions."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.refusals import Refused
from accounts.actions.registrations import approve, decline
from accounts.models import Registration
from accounts.requests import MemberRequest
from accounts.shared_directory import shared_directory
from secretariat.evidence import cases
from secretariat.forms.registrations import RefusalForm

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
    return desk(request, form=RefusalForm())


@require_safe
@for_approvers
def show(request: MemberRequest, registration_id: int) -> HttpResponse:
    """One application beside the queue, also after the decision."""
    return desk(request, registration_or_404(request, registration_id), RefusalForm())


def registration_or_404(request: MemberRequest, registration_id: int) -> Registration:
    """An application that was handed in, if the visitor may see it."""
    return get_object_or_404(Registration.objects.visible_to(request.user), pk=registration_id)


def desk(request, registration: Registration | None = None, form=None, status: int = 200) -> HttpResponse:
    """Queue and case on one page; the number of queries does not depend on the queue."""
    seen, directory = Registration.objects.visible_to(request.user), shared_directory()
    queue = cases(seen.pending(), directory)
    chosen = cases(seen.filter(pk=registration.pk), directory) if registration else queue
    facts = {"cases": queue, "chosen": chosen[0] if chosen else None, "decline_form": form}
    return render(request, "secretariat/registrations/index.html", facts, status=status)


@require_POST
@for_approvers
def approval(request: MemberRequest, registration_id: int) -> HttpResponse:
    """Admit the applicant; the second of two approvers is told who decided."""
    registration = registration_or_404(request, registration_id)
    try:
        member = approve(request.user, registration)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("desk_registration", registration.pk)
    messages.success(request, f"{member.name}さんを承認しました。本人にメールで知らせます。")
    return redirect("desk_registrations")


@require_POST
@for_approvers
def refusal(request: MemberRequest, registration_id: int) -> HttpResponse:
    """Turn the application down with a reason."""
    registration = registration_or_404(request, registration_id)
    form = RefusalForm(request.POST)
    if not form.is_valid():
        return desk(request, registration, form, BAD_INPUT)
    try:
        decline(request.user, registration, reason=form.cleaned_data["reason"])
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect("desk_registration", registration.pk)
    messages.success(request, f"{registration.name}さんにお断りの理由をメールで知らせます。")
    return redirect("desk_registrations")
