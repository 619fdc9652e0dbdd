"""What happens when a member has proven a new work address."""

from django.utils import timezone

from accounts.models import Affiliation, Member
from kyoso.lib.deeds import deed


@deed
def take_over(member: Member, email: str) -> None:
    """Make the proven address the member's; the same address again changes nothing.

    Side effects in order: the address of the current affiliation with the time
    of proof; the member's. The
    audit log hears of it from allauth's signal.
    """
    facts = {"email": email, "verified_at": timezone.now()}
    Affiliation.objects.current().filter(member=member).exclude(email=email).update(**facts)
    Member.objects.filter(pk=member.pk).exclude(email=email).update(email=email)
