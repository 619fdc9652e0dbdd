"""How django-allauth is fitted to Kyoso."""

from allauth.account.adapter import DefaultAccountAdapter


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
