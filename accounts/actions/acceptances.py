"""Agreeing to the code of conduct: at the application, and again when its version changes."""

from accounts.conduct import CONDUCT_VERSION
from accounts.models import Acceptance, Member, Registration
from kyoso.lib.deeds import deed


@deed
def accept_conduct(member: Member) -> Acceptance:
    """Agree to the present version; a second time changes nothing.

    Side effects in order: the acceptance; the member's conduct_version.
    """
    acceptance, _ = Acceptance.objects.get_or_create(member=member, version=CONDUCT_VERSION)
    Member.objects.filter(pk=member.pk).update(conduct_version=CONDUCT_VERSION)
    return acceptance


@deed
def carry_over(registration: Registration, member: Member) -> None:
    """Copy the applicant's acceptance to the member they became, with the day on which it was given.

    Side effects in order: the acceptance; the member's conduct_version. Nothing without an acceptance.
    """
    if not registration.conduct_accepted_at:
        return
    facts = {"accepted_at": registration.conduct_accepted_at}
    version = registration.conduct_version
    Acceptance.objects.get_or_create(member=member, version=version, defaults=facts)
    Member.objects.filter(pk=member.pk).update(conduct_version=version)
    member.conduct_version = version
