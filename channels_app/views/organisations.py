"""The page of an organisation: who works there, where its region talks, what happened to it."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.cards import MemberCard
from accounts.models import EmailDomain, Member, Organisation, OrganisationChange
from accounts.requests import MemberRequest
from channels_app.models import Channel

ON_A_PAGE = 50  # members


@require_safe
def show(request: MemberRequest, slug: str) -> HttpResponse:
    """One organisation; the number of queries does not depend on the number of members."""
    seen = Organisation.objects.visible_to(request.user).select_related("successor")
    organisation = get_object_or_404(seen, slug=slug)
    facts = {
        "organisation": organisation,
        "members": colleagues(request, organisation),
        "channels": regional_channels(request.user, organisation),
        "changes": OrganisationChange.objects.visible_to(request.user).about(organisation),
        "predecessors": seen.filter(successor=organisation),
        "domains": EmailDomain.objects.visible_to(request.user).filter(organisation=organisation),
    }
    return render(request, "organisations/show.html", facts)


def colleagues(request: MemberRequest, organisation: Organisation):
    """A page of the active members who work there, in the order of their kana."""
    people = Member.objects.visible_to(request.user).active().working_at(organisation)
    page = Paginator(people.with_affiliations().with_terms(), ON_A_PAGE).get_page(request.GET.get("page"))
    page.object_list = [MemberCard(member) for member in page.object_list]
    return page


def regional_channels(member, organisation: Organisation):
    """The living channels of its prefecture that the member may read; none for a national body."""
    if not organisation.prefecture_code:
        return Channel.objects.none()
    regional = Channel.objects.visible_to(member).living().filter(kind=Channel.Kind.REGIONAL)
    return regional.filter(prefecture_code=organisation.prefecture_code).order_by("name")
