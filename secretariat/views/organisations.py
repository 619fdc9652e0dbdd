"""団体: set up, rename, merge, abolish, for the secretariat."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions.organisation_changes import abolish, correct, create, merge, rename, withdraw
from accounts.actions.refusals import Refused
from accounts.forms.organisations import OrganisationSearchForm
from accounts.models import EmailDomain, Organisation, OrganisationChange
from accounts.requests import MemberRequest
from accounts.views.organisations import page_of
from secretariat.forms.email_domains import DomainForm, ExtensionForm
from secretariat.forms.organisations import (
    AbolitionForm,
    CorrectionForm,
    MergerForm,
    NewOrganisationForm,
    RenamingForm,
)
from secretariat.views.audit import for_secretariat

BAD_INPUT = 422
FORMS: dict[str, Callable] = {
    "renaming": RenamingForm,
    "correction": CorrectionForm,
    "merger": MergerForm,
    "abolition": AbolitionForm,
    "domain": DomainForm,
    "extension": ExtensionForm,
}
CHANGES: dict[str, Callable] = {
    "renaming": rename,  # another name from a day on
    "correction": correct,  # a name that was wrong all along
    "merger": merge,  # it becomes part of another
    "abolition": abolish,  # it ends without a successor
}


@require_safe
@for_secretariat
def index(request: MemberRequest) -> HttpResponse:
    """What is planned, and a search over all organisations."""
    form = OrganisationSearchForm(request.GET)
    seen = OrganisationChange.objects.visible_to(request.user)
    planned = seen.planned().select_related("organisation", "successor").order_by("effective_on", "id")
    asked = {"q", "place"} & set(request.GET)
    facts = {"form": form, "planned": planned, "organisations": page_of(request, form) if asked else None}
    return render(request, "secretariat/organisations/index.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@for_secretariat
def new(request: MemberRequest) -> HttpResponse:
    """Set up a union or public enterprise."""
    form = NewOrganisationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            organisation = create(request.user, **form.cleaned_data)
            messages.success(request, f"{organisation.full_name}を登録しました。")
            return redirect("desk_organisation", organisation.slug)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    status = BAD_INPUT if form.errors else 200
    return render(request, "secretariat/organisations/new.html", {"form": form}, status=status)


@require_safe
@for_secretariat
def show(request: MemberRequest, slug: str) -> HttpResponse:
    """One organisation with everything that can be noted about it."""
    return organisation_page(request, organisation_or_404(request, slug))


def organisation_or_404(request: MemberRequest, slug: str) -> Organisation:
    """The organisation, if the visitor may see it."""
    seen = Organisation.objects.visible_to(request.user).with_member_counts().select_related("successor")
    return get_object_or_404(seen, slug=slug)


def organisation_page(request, organisation: Organisation, status: int = 200, **typed) -> HttpResponse:
    """The page; `typed` are forms with errors, by their names in FORMS."""
    named = {"name": organisation.name, "kana": organisation.kana}
    forms = {name: form(auto_id=f"{name}_%s", initial=named) for name, form in FORMS.items()}
    facts = {
        "organisation": organisation,
        "changes": OrganisationChange.objects.visible_to(request.user).about(organisation),
        "domains": EmailDomain.objects.visible_to(request.user).filter(organisation=organisation),
        "forms": forms | typed,
        "open": next(iter(typed), ""),
    }
    return render(request, "secretariat/organisations/show.html", facts, status=status)


def noted(request: MemberRequest, slug: str, name: str, deed: Callable) -> HttpResponse:
    """Check the form `name`, do the deed with what it holds, and go back; errors stand beside the fields."""
    organisation = organisation_or_404(request, slug)
    form = FORMS[name](request.POST, auto_id=f"{name}_%s")
    if form.is_valid():
        facts = {field: value for field, value in form.cleaned_data.items() if field != "sure"}
        try:
            said = deed(organisation, **facts)
            messages.success(request, said)
            return redirect("desk_organisation", slug)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return organisation_page(request, organisation, BAD_INPUT, **{name: form})


def sentence_of(change: OrganisationChange) -> str:
    """What the secretariat is told after a note."""
    when = "反映しました" if change.taken_effect_at else "予定として登録しました"
    return f"{change.day}、{change.sentence}。{when}。"


@require_POST
@for_secretariat
def change(request: MemberRequest, slug: str, name: str) -> HttpResponse:
    """Note one of CHANGES, by its form's name."""
    deed = CHANGES[name]
    return noted(request, slug, name, lambda place, **facts: sentence_of(deed(request.user, place, **facts)))


@require_POST
@for_secretariat
def withdrawal(request: MemberRequest, slug: str, change_id: int) -> HttpResponse:
    """Take back a planned change."""
    organisation = organisation_or_404(request, slug)
    changes = OrganisationChange.objects.visible_to(request.user).filter(organisation=organisation)
    change = get_object_or_404(changes, pk=change_id)
    try:
        withdraw(request.user, change)
        messages.success(request, f"{change.day}の予定（{change.sentence}）を取り消しました。")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("desk_organisation", slug)
