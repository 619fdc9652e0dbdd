"""What the pages of the second factor report to the audit log, by allauth's signals."""

from allauth.mfa import signals
from django.dispatch import receiver

from accounts.actions.audit import record_alone
from accounts.whereabouts import address_of


@receiver(signals.authenticator_added)
def note_new_factor(sender, request, user, authenticator, **_):
    """An authenticator app, a passkey or recovery codes."""
    record_alone(user, "factor.added", user, address_of(request), kind=str(authenticator.type))


@receiver(signals.authenticator_removed)
def note_removed_factor(sender, request, user, authenticator, **_):
    """One less."""
    record_alone(user, "factor.removed", user, address_of(request), kind=str(authenticator.type))


@receiver(signals.authenticator_reset)
def note_renewed_factor(sender, request, user, authenticator, **_):
    """New recovery codes; the old ones are void."""
    record_alone(user, "factor.renewed", user, address_of(request), kind=str(authenticator.type))


@receiver(signals.authentication_failed)
def note_failed_factor(sender, request, user, authenticator=None, **_):
    """A wrong code of a second factor."""
    kind = str(authenticator.type) if authenticator else ""
    record_alone(None, "factor.failed", user, address_of(request), kind=kind)
