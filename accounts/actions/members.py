"""What the secretariat does with members: suspend, resume."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import signals
from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import Member
from kyoso import jobs
from kyoso.lib.deeds import deed

SESSIONS_AT_ONCE = 500


@deed
def suspend(actor: Member, member: Member, *, reason: str) -> bool:
    """Shut a member out at once; their posts stay. Returns False when they were suspended already.

    Pages stop with the commit, because Django's backends know no inactive user; the sessions themselves are
    deleted by a job, so that resuming does not bring them back. Raises Refused for anybody but the
    secretariat, for oneself, and without a reason. Side effects in order: suspended_at; the audit entry with
    the reason; the jobs for sessions and mail; access_revoked, which closes open connections.
    """
    member = _locked(actor, member)
    if member.pk == actor.pk:
        raise Refused("自分の利用は止められません。ほかの事務局の方に頼んでください。")
    if not reason.strip():
        raise Refused("利用を止める理由を書いてください。")
    if member.suspended_at:
        return False
    Member.objects.filter(pk=member.pk).update(suspended_at=timezone.now())
    member.refresh_from_db()
    entry = audit.record(actor, "member.suspended", member, reason=reason.strip())
    jobs.enqueue("end_sessions", member_id=member.pk)
    jobs.enqueue("mail_member_suspended", entry_id=entry.pk)
    signals.access_revoked.send(sender=Member, member=member, actor=actor)
    return True


@deed
def resume(actor: Member, member: Member) -> bool:
    """Let a suspended member in again. Returns False when they were not suspended.

    Raises Refused for anybody but the secretariat. Side effects in order: suspended_at; the audit entry; the
    mail.
    """
    member = _locked(actor, member)
    if not member.suspended_at:
        return False
    Member.objects.filter(pk=member.pk).update(suspended_at=None)
    audit.record(actor, "member.resumed", member)
    jobs.enqueue("mail_member_resumed", member_id=member.pk)
    return True


def _locked(actor: Member, member: Member) -> Member:
    if not (actor.is_active and actor.is_secretariat):
        raise Refused("利用を止められるのは、事務局だけです。")
    member = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    if member.departed_at:
        raise Refused("退会した会員です。")
    return member


def end_sessions(member: Member) -> int:
    """Delete every session of a member; returns their number.

    Django keeps the member inside the encoded session, so all living ones are read: some 30 µs each.
    """
    living = Session.objects.filter(expire_date__gt=timezone.now()).iterator(chunk_size=SESSIONS_AT_ONCE)
    keys = [row.pk for row in living if row.get_decoded().get(SESSION_KEY) == str(member.pk)]
    Session.objects.filter(pk__in=keys).delete()
    return len(keys)
