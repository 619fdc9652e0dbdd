"""Who is in a channel, as its page of members shows them: searched, turned, a constant number of queries."""

from django.core.paginator import Page, Paginator
from django.db.models import Case, IntegerField, Value, When

from accounts.cards import MemberCard
from accounts.models import Member
from channels_app.models import Channel, Membership

ON_A_PAGE = 50
ORDER = Case(
    When(role=Membership.Role.OWNER, then=Value(0)),
    When(role=Membership.Role.STEWARD, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


def page_of(channel: Channel, words: str, page: str | None) -> Page:
    """A page of present memberships, each with a `card` of its member; those who tend it stand first."""
    present = Membership.objects.current().filter(channel=channel, member__is_active=True)
    if words:
        present = present.filter(member__in=Member.objects.active().found_by(words).order_by())
    ordered = present.annotate(place=ORDER).order_by("place", "member__kana", "pk")
    shown = Paginator(ordered, ON_A_PAGE).get_page(page)
    shown.object_list = list(shown.object_list)
    people = Member.objects.filter(pk__in=[stay.member_id for stay in shown.object_list])
    cards = {one.pk: MemberCard(one) for one in people.with_affiliations().with_terms()}
    for stay in shown.object_list:
        stay.card = cards[stay.member_id]
    return shown
