"""What the log-in pages report to the audit log, by the signals of Django and allauth."""

import logging

from allauth.account import signals as account_signals
from django.contrib.auth import signals as auth_signals
from django.dispatch import receiver
from django.utils.crypto import salted_hmac

from accounts.actions.audit import record_alone
from accounts.models import Member
from accounts.whereabouts import address_of
from kyoso.lib.deeds import Busy

logger = logging.getLogger(__name__)


def mark_of(typed: str) -> str:
    """Twelve digits that are the same for the same text and give nothing of it away.

    People also type their password into the field for the address, so not even a part of it is kept.
    """
    return salted_hmac("accounts.audit", typed.strip().lower(), algorithm="sha256").hexdigest()[:12]


def _as_member(user) -> Member | None:
    return user if isinstance(user, Member) else None


@receiver(auth_signals.user_logged_in)
def note_log_in(sender, request, user, **_):
    """A log-in that is not recorded does not happen: a failure here fails it."""
    record_alone(user, "login.succeeded", user, address_of(request))


@receiver(auth_signals.user_login_failed)
def note_failed_log_in(sender, credentials, request=None, **_):
    """A wrong password, or an unknown address; the same work for both."""
    typed = str(
        next((credentials[key] for key in ("email", "login", "username") if credentials.get(key)), "")
    )
    member = Member.objects.filter(email=typed.strip().lower().replace("\0", "")).first()
    actor = _as_member(getattr(request, "user", None))
    record_alone(actor, "login.failed", member, address_of(request), mark=mark_of(typed))


@receiver(auth_signals.user_logged_out)
def note_log_out(sender, request, user, **_):
    """Logging out never waits for the log in vain."""
    if user is None:
        return
    try:
        record_alone(user, "login.ended", user, address_of(request))
    except Busy:
        logger.warning("a log-out was not recorded", extra={"member": user.pk})


@receiver(account_signals.password_changed)
@receiver(account_signals.password_set)
def note_password_change(sender, request, user, **_):
    """A new password, chosen with the old one."""
    record_alone(user, "password.changed", user, address_of(request))


@receiver(account_signals.password_reset)
def note_password_reset(sender, request, user, **_):
    """A new password, chosen with a mailed code."""
    record_alone(user, "password.reset", user, address_of(request))


@receiver(account_signals.email_changed)
def note_address_change(sender, request, user, **_):
    """Another mail address; which one is in the member's row."""
    record_alone(user, "email.changed", user, address_of(request))


@receiver(account_signals.password_reset_code_rejected)
@receiver(account_signals.login_code_rejected)
@receiver(account_signals.email_verification_code_rejected)
def note_wrong_code(sender, request, user=None, **_):
    """A wrong code from a mail."""
    record_alone(None, "code.rejected", _as_member(user), address_of(request))
