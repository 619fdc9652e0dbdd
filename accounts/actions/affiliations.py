"""Moving within one's organisation (異動)."""

from datetime import timedelta

from django.utils import timezone

from accounts.actions import directory_rows
from accounts.actions.profiles import locked
from accounts.actions.refusals import Refused
from accounts.models import Affiliation, Member
from kyoso.lib.deeds import deed


@deed
def change_section(member: Member, *, section: str, title: str) -> Affiliation:
    """Begin a new affiliation today at the same organisation; unchanged words change nothing.

    Posts keep the affiliation they were written with, so the earlier one is never rewritten: it ends
    yesterday, or today if it only began today. Raises Refused without a present affiliation. Side effects in
    order: the end of the earlier affiliation; the new one; the search row.
    """
    member = locked(member)
    present = member.affiliations.current().first()
    if present is None:
        raise Refused("いまの所属がないため、変えられません。事務局にお問い合わせください。")
    if (present.section, present.title) == (section, title):
        return present
    today = timezone.localdate()
    present.valid_to = max(today - timedelta(days=1), present.valid_from)
    present.save(update_fields=["valid_to"])
    begun = Affiliation.objects.create(
        member=member,
        organisation_id=present.organisation_id,
        section=section,
        title=title,
        email=present.email,
        verified_at=present.verified_at,
        valid_from=today,
    )
    directory_rows.refresh(Member.objects.filter(pk=member.pk))
    return begun
