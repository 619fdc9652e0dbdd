"""What a member does with their own sessions: end one on another terminal, or all the others."""

from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings

from accounts import signals
from accounts.actions import audit
from accounts.models import Member
from kyoso.lib.deeds import deed


@deed
def end_session(member: Member, row_id: int) -> bool:
    """End one of the member's own sessions; False when it has ended already or is somebody else's.

    Side effects in order: the audit entry; the session and its row are deleted; session_ended, which closes
    its connections.
    """
    row = UserSession.objects.select_for_update().filter(user=member, pk=row_id).first()
    if row is None:
        return False
    audit.record(member, "session.ended", member, count=1)
    _end(member, row)
    return True


@deed
def end_other_sessions(member: Member, *, but: str) -> int:
    """End every session of the member except the one with the key `but`; returns their number.

    Side effects in order: one audit entry, when there were any; for each the same as in end_session.
    """
    rows = list(UserSession.objects.select_for_update().filter(user=member).exclude(session_key=but))
    if rows:
        audit.record(member, "session.ended", member, count=len(rows))
    for row in rows:
        _end(member, row)
    return len(rows)


def _end(member: Member, row: UserSession) -> None:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    was_alive = store.exists(row.session_key)
    store.delete(row.session_key)
    row.delete()
    if was_alive:  # a key that was only exchanged, as after a new password, has nothing to close
        signals.session_ended.send(sender=Member, member=member, session_key=row.session_key)
