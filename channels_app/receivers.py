"""What happens here when something happens in accounts: the upward doors of docs/house.md."""

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver

from accounts import signals
from channels_app.actions import access, channels


@receiver(signals.member_admitted)
def join_default_channels(sender, member, **_):
    """A newcomer finds their first channels open."""
    channels.admit_to_default_channels(member)


@receiver(signals.member_changed)
def tell_change(sender, member, **_):
    """A name changed."""
    access.tell_member_changed(member)


@receiver(signals.access_revoked)
@receiver(signals.member_departed)
def cut_connections(sender, member, **_):
    """A suspended or departed member hears nothing more."""
    access.cut_member(member)


@receiver(user_logged_out)
def cut_session(sender, request, user, **_):
    """Logging out closes the session's open connections."""
    if user is not None and request.session.session_key:
        access.cut_session(user, request.session.session_key)
