"""The pages of an application: address, code, details, conduct, received."""

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions.codes import Confirmation, confirm_code
from accounts.actions.refusals import Refused
from accounts.actions.registrations import fill_in, hand_in, start_registration
from accounts.audit_watch import within_limit
from accounts.forms.registrations import AddressForm, CodeForm, ConductForm, DetailsForm, place_of
from accounts.models import Invitation, Organisation, Registration
from accounts.organisation_list import organisation_list
from accounts.shared_directory import shared_directory
from accounts.standing import Standing
from accounts.views.visits import Visit, remember, step, visit_of

BAD_INPUT = 422
TOO_SOON = "数字は送ったばかりです。10秒ほど待ってから、もう一度お試しください。"
TOO_OFTEN = "何度も数字を送ったため、いまは送れません。1時間ほど待ってからお試しください。"
CODE_ANSWERS = {
    Confirmation.WRONG: "数字が違います。メールを見て、もう一度入力してください。",
    Confirmation.EXPIRED: "この数字はもう使えません。「もう一度送る」で新しい数字を受け取ってください。",
}


def answered(request: HttpRequest, template: str, form, **facts) -> HttpResponse:
    """A step's page; 422 when its form has errors."""
    status = BAD_INPUT if form.errors else 200
    return render(request, f"registrations/{template}.html", {"form": form} | facts, status=status)


def reason_to_wait(request: HttpRequest, email: str) -> str:
    """Why no code may go to the address now, or "" when one may: that is counted (security L1, L6).

    The limits are per address; the first one, per terminal, is only a backstop.
    """
    if not within_limit(request, "signup"):
        return TOO_OFTEN
    if not ratelimit.consume(request, action="registration_code", key=email):
        return TOO_SOON
    return "" if within_limit(request, "registration_codes", email) else TOO_OFTEN


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def address(request: HttpRequest) -> HttpResponse:
    """Step 1. The answer is the same whether or not the address belongs to a member."""
    if request.user.is_authenticated:
        return redirect("/home/")
    visit = visit_of(request)
    typed = request.POST if request.method == "POST" else None
    form = AddressForm(typed, initial={"email": visit.registration.email if visit else ""})
    if not form.is_valid():
        return answered(request, "address", form)
    email = form.cleaned_data["email"]
    wait = reason_to_wait(request, email)
    if not wait:
        remember(request, start_registration(email), proven=False)
    elif not (visit and visit.registration.email == email):
        form.add_error("email", wait)
        return answered(request, "address", form)
    return redirect("signup_code")


@step("signup_code")
def code(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Step 2: the code from the mail, or another one by `deed=resend`."""
    registration = visit.registration
    if request.POST.get("deed") == "resend":
        return resend(request, registration)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        answer = confirm_code(registration, form.cleaned_data["code"])
        if answer is Confirmation.CONFIRMED:
            remember(request, registration, proven=True)
            return redirect(Visit(registration, proven=True).due_step)
        form.add_error("code", CODE_ANSWERS[answer])
    fits = candidates_of(registration)
    return answered(request, "code", form, address=registration.email, candidates=fits)


def resend(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Send another code, at most one in ten seconds."""
    if wait := reason_to_wait(request, registration.email):
        messages.warning(request, wait)
    else:
        remember(request, start_registration(registration.email), proven=False)
        messages.success(request, "新しい数字を送りました。前の数字は使えません。")
    return redirect("signup_code")


@step("signup_details", "signup_conduct")
@sensitive_post_parameters("password")
def details(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Step 3. `deed=prefecture` only lists the organisations of another place, without judging the rest."""
    registration = visit.registration
    candidates, invitation = candidates_of(registration), invitation_of(registration)
    facts = {"address": registration.email, "candidates": candidates, "invitation": invitation}
    facts["declined"] = Registration.objects.declined_before(registration)
    if request.method != "POST" or request.POST.get("deed") == "prefecture":
        form = fresh_details(request, registration, likely_one(candidates, invitation))
        return answered(request, "details", form, **facts)
    form = DetailsForm(request.POST, registration=registration, place=request.POST.get("prefecture", ""))
    if not form.is_valid():
        return answered(request, "details", form, **facts)
    try:
        fill_in(registration, **form.facts())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("signup_conduct")


def candidates_of(registration: Registration) -> list[Organisation]:
    """The organisations that the proven address fits, for the applicant to choose from."""
    slugs = shared_directory().candidates(registration.email).slugs
    return list(Organisation.objects.existing().filter(slug__in=slugs))


def invitation_of(registration: Registration) -> Invitation | None:
    """The newest open invitation of the proven address, with the colleague who vouches."""
    return Invitation.objects.addressed_to(registration.email).select_related("invited_by").first()


def likely_one(candidates: list, invitation: Invitation | None) -> Organisation | None:
    """The only candidate, or the one among several that the inviter works for."""
    if len(candidates) == 1:
        return candidates[0]
    wanted = invitation.organisation_id if invitation else None
    return next((candidate for candidate in candidates if candidate.pk == wanted), None)


def fresh_details(request: HttpRequest, registration: Registration, likely) -> DetailsForm:
    """The form without errors: with what was typed, else what was saved, else the likely organisation."""
    chosen = registration.organisation or likely
    fields = ("section", "title", "name", "kana")
    typed = {field: getattr(registration, field) for field in fields}
    typed |= {"prefecture": place_of(chosen), "organisation": chosen.slug if chosen else ""}
    if request.method == "POST":
        typed |= {field: request.POST.get(field, "") for field in DetailsForm.base_fields}
    return DetailsForm(initial=typed, registration=registration, place=typed["prefecture"])


@step("signup_conduct")
def conduct(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Step 4: the code of conduct, then the application is handed in."""
    registration = visit.registration
    form = ConductForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            hand_in(registration, note=form.cleaned_data["note"])
        except Refused as refusal:
            messages.warning(request, str(refusal))
        return redirect("signup_received")
    back = reverse("signup_details")
    return answered(request, "conduct", form, registration=registration, back_url=back)


@step("signup_received")
def received(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What happens now, also for those who come back with a new code; a question is on the status page."""
    registration = visit.registration
    if registration.awaiting_answer:
        return redirect("signup_status", registration.ticket)
    facts = {"registration": registration, "standing": Standing(registration)}
    return render(request, "registrations/received.html", facts)


@login_not_required
@cache_control(public=True, max_age=3600)
@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """Every existing organisation for the search beside the selects: place, slug, names and reading."""
    return HttpResponse(organisation_list(shared_directory()), content_type="application/json")
