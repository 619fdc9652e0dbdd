"""How django-allauth is fitted to Kyoso."""

from allauth.account import auth_backends
from allauth.account.adapter import DefaultAccountAdapter
from django.db.models import QuerySet

from accounts.models import Affiliation, Member, Organisation
from kyoso.lib.kept import Kept


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up happens through accounts.actions.registrations only: an account needs a person's approval."""

    # The library's own words, made plain. One sentence for a wrong password, an unknown address and an
    # application that waits: who has an account is nobody's business (security A8).
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "このアカウントは、いま利用できません。",
        "email_password_mismatch": "メールアドレスかパスワードが違います。",
        "enter_current_password": "いまのパスワードを入力してください。",
        "incorrect_code": "数字が違います。メールを見て、もう一度入力してください。",
        "incorrect_password": "パスワードが違います。",
        "too_many_login_attempts": "続けて間違えたため、いまはログインできません。5分待ってお試しください。",
        "rate_limited": "短い時間に何度も送られました。少し待ってからお試しください。",
    }

    def is_open_for_signup(self, request) -> bool:
        """allauth's own sign-up stays shut."""
        return False

    def get_password_change_redirect_url(self, request) -> str:
        """After a changed password: home, where the message stands."""
        return "/home/"


class AuthenticationBackend(auth_backends.AuthenticationBackend):
    """allauth's, except that a request learns its member and where they work in one query."""

    def get_user(self, user_id) -> Member | None:
        """The active member with this id and their affiliation, or None."""
        rows = SIGNED_IN.rows(member=int(user_id))
        if not rows:
            return super().get_user(user_id)
        member, affiliation, organisation = _objects(rows[0])
        affiliation.organisation, member.affiliation = organisation, affiliation
        return member if self.user_can_authenticate(member) else None


PARTS = [
    (model, prefix, [field.attname for field in model._meta.concrete_fields])
    for model, prefix in ((Member, "member__"), (Affiliation, ""), (Organisation, "organisation__"))
]


def _signed_in(member: int) -> QuerySet:
    columns = [prefix + name for _, prefix, names in PARTS for name in names]
    return Affiliation.objects.current().filter(member=member).values_list(*columns)


SIGNED_IN = Kept(_signed_in, member=int)


def _objects(row: tuple) -> list:
    """The model instances of one row of SIGNED_IN, in the order of PARTS."""
    made, start = [], 0
    for model, _, names in PARTS:
        made.append(model.from_db("default", names, row[start : start + len(names)]))
        start += len(names)
    return made
