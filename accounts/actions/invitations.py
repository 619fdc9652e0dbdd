"""What members do with invitations: invite a colleague, withdraw; and how an application takes one up."""

from datetime import timedelta

from django.utils import timezone

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.actions.registrations import belongs_to_member
from accounts.models import Invitation, Member, Organisation
from accounts.shared_directory import shared_directory
from kyoso import jobs
from kyoso.lib.deeds import deed

OPEN_AT_ONCE = 20
KEPT = timedelta(days=90)  # the address of somebody who never came is not kept for nothing
MAILS_TO_AN_ADDRESS = 3  # open invitations beyond it wait unseen: nobody's mailbox is filled by many inviters


@deed
def invite(member: Member, email: str, *, relation: str) -> Invitation:
    """Vouch for a normalised address; an open invitation of the same address by the member is returned.

    Whether the address belongs to a member is decided in the job, so page and timing are the same for all.
    The member's organisation is noted when it is among those the address fits. Raises Refused when the
    member has OPEN_AT_ONCE open invitations. Side effects in order: the invitation; the audit entry; the job
    that mails it.
    """
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    own = Invitation.objects.visible_to(member).open()
    if earlier := own.filter(email=email).first():
        return earlier
    if own.count() >= OPEN_AT_ONCE:
        raise Refused(
            f"同時に招待できるのは{OPEN_AT_ONCE}人までです。古い招待を取り消すと、また招待できます。"
        )
    place = _organisation_for(member, email)
    invitation = Invitation.objects.create(
        email=email, invited_by=member, organisation=place, relation=relation
    )
    audit.record(member, "invitation.made", invitation)
    jobs.enqueue("mail_invitation", invitation_id=invitation.pk)
    return invitation


def _organisation_for(member: Member, email: str) -> Organisation | None:
    """The member's organisation when the address fits it."""
    place = member.affiliation.organisation if member.affiliation else None
    return place if place and place.slug in shared_directory().candidates(email).slugs else None


@deed
def withdraw(member: Member, invitation: Invitation) -> bool:
    """Take one's word back. Returns False when the invitation is not open any more.

    Raises Refused for anybody else's. Side effects in order: withdrawn_at; the audit entry.
    """
    if invitation.invited_by_id != member.pk:
        raise Refused("自分の招待だけを取り消せます。")
    open_row = Invitation.objects.open().filter(pk=invitation.pk)
    if not open_row.update(withdrawn_at=timezone.now()):
        return False
    audit.record(member, "invitation.withdrawn", invitation)
    return True


def calls_for_mail(invitation: Invitation) -> bool:
    """Whether the invited person is to be written to: still open, no member, not invited by many already."""
    open_ones = Invitation.objects.addressed_to(invitation.email)
    waiting = set(open_ones.order_by("invited_at", "id").values_list("pk", flat=True)[:MAILS_TO_AN_ADDRESS])
    vouched = invitation.invited_by.is_active and invitation.pk in waiting
    return vouched and not belongs_to_member(invitation.email)


@deed
def remove_stale_invitations() -> int:
    """Delete invitations that led to no application within KEPT; returns their number."""
    before = timezone.now() - KEPT
    return Invitation.objects.filter(used_at=None, invited_at__lt=before).delete()[0]
