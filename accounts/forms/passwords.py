"""Asking for a new password."""

from allauth.account.forms import ResetPasswordForm
from django.http import HttpRequest

from accounts.backends import owners_of
from accounts.password_resets import PasswordReset


class PasswordResetForm(ResetPasswordForm):
    """allauth's form, which does the same work for every address."""

    def clean_email(self) -> str:
        """The address as typed; whose it is stays inside."""
        self.users = [owner for owner in owners_of(self.cleaned_data["email"]) if owner.is_active]
        return self.cleaned_data["email"]

    def save(self, request: HttpRequest, **_) -> str:
        """Begin the process."""
        email = self.cleaned_data["email"].lower()
        PasswordReset.initiate(request=request, user=next(iter(self.users), None), email=email)
        return email
