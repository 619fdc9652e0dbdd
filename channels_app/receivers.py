"""What happens here when something happens in accounts: the upward doors of docs/house.md."""

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver

from accounts import signals
from channels_app.actions import access, channels
from kyoso import jobs


@receiver(signals.member_admitted)
def join_default_channels(sender, member, **_):
    """A newcomer finds their first channels open."""
    channels.admit_to_default_channels(member)


@receiver(signals.member_changed)
def tell_change(sender, member, what="name", **_):
    """A name, a role, a term or a picture changed: what posts print of their author.

    A change of the organisation also changes how many organisations are in a channel.
    """
    access.tell_member_changed(member, what)
    if what == "organisation":
        jobs.enqueue("recount_channels_of", queueing_lock=f"recount-{member.pk}", member_id=member.pk)


@receiver(signals.access_revoked)
def cut_connections(sender, member, **_):
    """A suspended member hears nothing more."""
    access.cut_member(member)


@receiver(signals.member_departed)
def end_stays(sender, member, **_):
    """A departed member is in no channel any more."""
    access.end_stays(member)


@receiver(user_logged_out)
def cut_session(sender, request, user, **_):
    """Logging out closes the session's open connections."""
    if user is not None and request.session.session_key:
        access.cut_session(user, request.session.session_key)


@receiver(signals.session_ended)
def cut_ended_session(sender, member, session_key, **_):
    """A member has ended a session from another terminal."""
    access.cut_session(member, session_key)
