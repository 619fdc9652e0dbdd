"""Closing one's account (退会)."""

from functools import partial

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils import timezone

from accounts import pictures, signals
from accounts.actions import audit, directory_rows
from accounts.actions.refusals import Refused
from accounts.models import Member
from kyoso import jobs
from kyoso.lib.deeds import deed

GONE = "departed-{pk}@kyoso.invalid"  # .invalid never resolves (RFC 2606)


@deed
def close_account(member: Member) -> bool:
    """Leave for good, at one's own wish; False when one has left already.

    Posts stay with the name and the affiliation of their day. Raises Refused for the last of the secretariat.
    Side effects in order: the affiliation and terms as ambassador end; texts, picture, password, address and
    role go, so that the address may register anew; the search row; the audit entry; the job for the sessions;
    member_departed, which ends memberships and closes open connections.
    """
    active = Member.objects.select_for_update(no_key=True).active().order_by("pk")
    leading = list(active.filter(role=Member.Role.SECRETARIAT))
    member = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    if member.departed_at:
        return False
    if [one.pk for one in leading] == [member.pk]:
        raise Refused("事務局がほかにいないため、退会できません。先に後任の方を事務局にしてください。")
    _end_terms(member)
    _forget(member)
    directory_rows.refresh(Member.objects.filter(pk=member.pk))
    audit.record(member, "member.departed", member)
    jobs.enqueue("end_sessions", member_id=member.pk)
    signals.member_departed.send(sender=Member, member=member)
    return True


def _end_terms(member: Member) -> None:
    """The last day at the organisation here, and as ambassador, is today; what lies ahead never begins."""
    today = timezone.localdate()
    member.affiliations.current().update(valid_to=today)
    member.ambassador_terms.filter(valid_from__gt=today).delete()
    member.ambassador_terms.serving(today).update(valid_to=today)


def _forget(member: Member) -> None:
    """Keep the name, which posts are signed with, and nothing else that the member told."""
    transaction.on_commit(partial(pictures.remove, member.picture))
    for what in (EmailAddress, Authenticator, SocialAccount, UserSession):
        what.objects.filter(user=member).delete()
    member.sign_ins.all().delete()
    member.introduction = member.helps_with = member.picture = ""
    member.email, member.role = GONE.format(pk=member.pk), Member.Role.MEMBER
    member.departed_at = timezone.now()
    member.set_unusable_password()
    member.save()
