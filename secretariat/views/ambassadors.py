"""Ambassadors: terms by region, commissioning, ending early. For the secretariat; others get 404."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions.ambassadors import appoint, end_term
from accounts.actions.refusals import Refused
from accounts.forms.ambassadors import MOST_FOUND, AppointmentForm, CandidateForm, EndForm
from accounts.models import Ambassador, Member
from accounts.requests import MemberRequest

BAD_INPUT = 422


@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """All terms, by region, the newest first."""
    return render(request, "secretariat/ambassadors/index.html", {"terms": terms_for(request)})


def terms_for(request: MemberRequest):
    """The terms the visitor may administer: all for the secretariat, 404 for others."""
    if not request.user.is_secretariat:
        raise Http404
    return Ambassador.objects.by_region()


@require_http_methods(["GET", "HEAD", "POST"])
def appointment(request: MemberRequest) -> HttpResponse:
    """Look a member up (`?q=…`), then commission them for a region and a term."""
    terms_for(request)
    search = CandidateForm(request.GET)
    found = candidates(request.user, search.cleaned_data["q"] if search.is_valid() else "")
    form = AppointmentForm(
        request.POST if request.method == "POST" else None,
        candidates=found,
        initial={"valid_from": timezone.localdate()},
    )
    if request.method == "POST" and form.is_valid() and appointed(request, form):
        return redirect("desk_ambassadors")
    facts = {"search": search, "form": form, "candidates": list(found)}
    return render(
        request, "secretariat/ambassadors/appointment.html", facts, status=BAD_INPUT if form.errors else 200
    )


def candidates(visitor: Member, words: str):
    """The first active members who fit the words; none for "" (a QuerySet that can be narrowed further)."""
    people = Member.objects.visible_to(visitor).active()
    first = people.found_by(words).values_list("pk", flat=True)[:MOST_FOUND] if words else []
    return people.with_affiliations().filter(pk__in=list(first))


def appointed(request: MemberRequest, form: AppointmentForm) -> bool:
    """Commission; a refusal is told in the form."""
    facts = form.cleaned_data
    term = {"valid_from": facts["valid_from"], "valid_to": facts["valid_to"]}
    try:
        appoint(request.user, facts["member"], prefecture_code=facts["prefecture"], **term)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, f"{facts['member'].name}さんに委嘱しました。")
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: MemberRequest, term_id: int) -> HttpResponse:
    """End a term early."""
    term = get_object_or_404(terms_for(request), pk=term_id)
    form = EndForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if end_term(request.user, term, on=form.cleaned_data["on"]):
            messages.success(request, f"{term.member.name}さんの任期を終えました。")
        return redirect("desk_ambassadors")
    facts = {"term": term, "form": form}
    return render(
        request, "secretariat/ambassadors/end.html", facts, status=BAD_INPUT if form.errors else 200
    )
