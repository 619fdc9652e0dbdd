"""How django-allauth is fitted to Kyoso."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up happens through accounts.actions.registrations only: an account needs a person's approval."""

    def is_open_for_signup(self, request) -> bool:
        """allauth's own sign-up stays shut."""
        return False
