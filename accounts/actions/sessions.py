"""What a member does with their own sessions: end one on another terminal, or all the others."""

from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings

from accounts import signals
from accounts.models import Member
from kyoso.lib.deeds import deed


@deed
def end_session(member: Member, row_id: int) -> bool:
    """End one of the member's own sessions; False when it has ended already or is somebody else's.

    Side effects in order: the session and its row are deleted; session_ended, which closes its connections.
    """
    row = UserSession.objects.select_for_update().filter(user=member, pk=row_id).first()
    if row is None:
        return False
    _end(member, row)
    return True


@deed
def end_other_sessions(member: Member, *, but: str) -> int:
    """End every session of the member except the one with the key `but`; returns their number.

    Side effects for each as in end_session.
    """
    rows = list(UserSession.objects.select_for_update().filter(user=member).exclude(session_key=but))
    for row in rows:
        _end(member, row)
    return len(rows)


def _end(member: Member, row: UserSession) -> None:
    import_module(settings.SESSION_ENGINE).SessionStore(row.session_key).delete()
    row.delete()
    signals.session_ended.send(sender=Member, member=member, session_key=row.session_key)
