"""The list of organisations. The page of one also shows channels, so it is in channels_app."""

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.forms.organisations import AGENCIES, OrganisationSearchForm
from accounts.models import Organisation
from accounts.requests import MemberRequest

ON_A_PAGE = 200  # 北海道, the largest prefecture, has 180 bodies


@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """The organisations of a place, by words, or those around the member's own."""
    asked = request.GET if {"q", "place"} & set(request.GET) else {"place": home_of(request.user)}
    form = OrganisationSearchForm(asked)
    facts = {"form": form, "organisations": page_of(request, form)}
    return render(request, "organisations/index.html", facts)


def home_of(member) -> str:
    """The place of the list under which a member's own organisation stands."""
    affiliation = member.affiliation
    return (affiliation.organisation.prefecture_code or AGENCIES) if affiliation else ""


def page_of(request: MemberRequest, form: OrganisationSearchForm) -> Page:
    """One page of what the form asks for; nothing for a form with errors."""
    seen = Organisation.objects.visible_to(request.user)
    found = form.narrowed(seen) if form.is_valid() else seen.none()
    counted = found.with_member_counts().select_related("successor")
    return Paginator(counted, ON_A_PAGE).get_page(request.GET.get("page"))
