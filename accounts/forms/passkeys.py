"""allauth's passkey forms, hardened: what no browser sends is refused and breaks nothing."""

import struct

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError

# What the CBOR and base64 readers of fido2 raise on made-up input.
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, IndexError, struct.error)


def refusal() -> ValidationError:
    """One sentence for everything that is wrong with a passkey."""
    return get_adapter().validation_error("incorrect_code")


class AnswerForm(forms.AuthenticateWebAuthnForm):
    """A passkey as second factor."""

    def clean_credential(self):
        """The authenticator that answered. Raises ValidationError."""
        try:
            return super().clean_credential()
        except UNREADABLE as error:
            raise refusal() from error


class LoginForm(AnswerForm, forms.LoginWebAuthnForm):
    """A passkey instead of a password."""


class ProofForm(AnswerForm, forms.ReauthenticateWebAuthnForm):
    """A passkey before an important change."""


class NewPasskeyForm(forms.AddWebAuthnForm):
    """A new passkey."""

    def clean(self):
        """The form's values, the credential checked and readable later. Raises ValidationError."""
        try:
            cleaned = super().clean()
            if cleaned.get("credential"):
                auth.parse_registration_response(cleaned["credential"])
        except UNREADABLE as error:
            raise refusal() from error
        return cleaned
