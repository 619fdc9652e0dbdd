"""The six digits that prove the address of an application."""

import secrets
from enum import StrEnum

from django.db.models import F
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import Registration
from accounts.models.registrations import CODE_ATTEMPTS
from kyoso.lib.deeds import deed


class Confirmation(StrEnum):
    """What became of a typed code."""

    CONFIRMED = "confirmed"
    WRONG = "wrong"
    EXPIRED = "expired"


@deed
def issue_code(registration: Registration) -> str:
    """Make a new code of six digits and keep its keyed hash only; returns the code for the mail.

    Six random digits suffice with few attempts and a short life (ASVS 6.5.4).
    """
    code = f"{secrets.randbelow(1_000_000):06d}"
    Registration.objects.filter(pk=registration.pk).update(code_hash=hash_of(registration, code))
    return code


def hash_of(registration: Registration, code: str) -> str:
    """The keyed hash of a code: without SECRET_KEY a stolen table does not give the code away."""
    return salted_hmac("accounts.registration", f"{registration.pk}:{code}", algorithm="sha256").hexdigest()


@deed
def confirm_code(registration: Registration, code: str) -> Confirmation:
    """Prove the address by the mailed code, which works once.

    A wrong code counts as an attempt and is answered, not raised, because a raise would undo the count. Side
    effects in order: code_attempts; for the right code email_verified_at, and the code is void.
    """
    registration = Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
    if registration.code_expired or registration.decided_at:
        return Confirmation.EXPIRED
    if not constant_time_compare(registration.code_hash, hash_of(registration, code)):
        Registration.objects.filter(pk=registration.pk).update(code_attempts=F("code_attempts") + 1)
        last = registration.code_attempts + 1 >= CODE_ATTEMPTS
        return Confirmation.EXPIRED if last else Confirmation.WRONG
    registration.code_hash, registration.code_sent_at = "", None
    registration.email_verified_at = timezone.now()
    registration.save(update_fields=["code_hash", "code_sent_at", "email_verified_at"])
    return Confirmation.CONFIRMED
