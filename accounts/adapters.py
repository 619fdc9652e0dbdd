"""How django-allauth is fitted to Kyoso."""

import base64
from hashlib import sha256

from allauth.account import signals as account_signals
from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.dispatch import receiver
from django.shortcuts import redirect

from accounts.actions import addresses, sessions, sign_ins
from accounts.audit_watch import note_limit, note_refused_sign_on
from accounts.browsers import browser_name, browser_of
from accounts.sessions import remember_terminal
from accounts.whereabouts import address_of
from kyoso import jobs

SITE = "共創"


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up happens through accounts.actions.registrations only: an account needs a person's approval."""

    # The library's own words, made plain. One sentence for a wrong password, an unknown address and an
    # application that waits: who has an account is nobody's business (security A8).
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "このアカウントは、いま利用できません。",
        "duplicate_email": "いまお使いのアドレスです。",
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

    def get_email_verification_redirect_url(self, email_address) -> str:
        """After a changed address: the account's page."""
        return "/accounts/"

    def pre_authenticate(self, request, **credentials) -> None:
        """Count the attempt. One too many is told in the form (allauth) and recorded."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            note_limit(request, "login_failed")
            raise

    def pre_login(self, request, user, **facts):
        """Remember "共用の端末です" of the form; the second factor comes later, in a request of its own."""
        remember_terminal(request)
        return super().pre_login(request, user, **facts)

    def post_login(self, request, user, **facts):
        """Note the log-in and show the one before it (統一基準群)."""
        response = super().post_login(request, user, **facts)
        before = sign_ins.note(user, address=address_of(request), browser=browser_of(request))
        if before:
            messages.info(request, f"前回のログイン：{before.sentence}")
        return response

    def send_mail(self, template_prefix, email, context) -> None:
        """Every letter waits in a job: a silent mail server breaks no deed and does not show in the clock."""
        if "user_agent" in context:  # of the notices, which name the browser as our own mails do
            context = context | {"user_agent": browser_name(context["user_agent"])}
        letter = self.render_mail(template_prefix, email, {"email": email} | context)
        jobs.enqueue("send_notice", address=email, subject=letter.subject, body=str(letter.body))

    @transaction.atomic
    def confirm_email(self, request, email_address) -> bool:
        """A proven address becomes the member's and their affiliation's."""
        proven = super().confirm_email(request, email_address)
        if proven:
            addresses.take_over(email_address.user, email_address.email)
        return proven

    def get_reauthentication_methods(self, user) -> list[dict]:
        """The library's ways, in our words."""
        words = {"reauthenticate": "パスワードで確かめる", "mfa_reauthenticate": "確認コードで確かめる"}
        words["mfa_reauthenticate:webauthn"] = "パスキーで確かめる"
        ways = super().get_reauthentication_methods(user)
        return [way | {"description": words.get(way["id"], way["description"])} for way in ways]


class SecondFactorAdapter(DefaultMFAAdapter):
    """Apps, passkeys and recovery codes: our words, our name, and secrets that lie encrypted."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_generate_recovery_codes": "先にアプリかパスキーを設定してください。",
        "incorrect_code": "確認できませんでした。コードを見て、もう一度お試しください。",
        "unverified_email": "先にメールアドレスを確かめてください。",
    }

    def encrypt(self, text: str) -> str:
        """Lock a secret with a key made from SECRET_KEY: a copy of the database alone opens nothing."""
        return _locks().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again, also one locked with an earlier SECRET_KEY (SECRET_KEY_FALLBACKS)."""
        return _locks().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """What a passkey shows as its site."""
        return super().get_public_key_credential_rp_entity() | {"name": SITE}

    def generate_authenticator_name(self, user, type) -> str:
        """A first name for a passkey: パスキー1."""
        return f"パスキー{Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1}"


def _locks() -> MultiFernet:
    keys = [str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS)]
    digests = [sha256(b"kyoso second factor " + key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


class SignOnAdapter(DefaultSocialAccountAdapter):
    """Sign-in elsewhere opens the account of a member with that proven address; it never makes one."""

    def is_open_for_signup(self, request, sociallogin) -> bool:
        """Nobody becomes a member without a person's approval."""
        return False

    def pre_social_login(self, request, sociallogin) -> None:
        """Refuse and record who is no member or suspended, before anything is written.

        The library's other uses of a provider, such as tying a further account to one's own, are not offered.
        """
        provider = sociallogin.provider
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            raise ImmediateHttpResponse(redirect(settings.LOGIN_REDIRECT_URL))
        if not sociallogin.is_existing:
            note_refused_sign_on(request, provider, "unknown")
        elif not sociallogin.user.is_active:
            note_refused_sign_on(request, provider, "inactive", sociallogin.user)
            raise ImmediateHttpResponse(get_adapter().respond_user_inactive(request, sociallogin.user))

    def on_authentication_error(
        self, request, provider, error=None, exception=None, extra_context=None
    ) -> None:
        """Record that a provider's answer was not accepted; a visitor who turned back is no incident."""
        if error != AuthError.CANCELLED:
            note_refused_sign_on(request, provider, "unproven")

    def authenticate_by_email(self, sociallogin):
        """The member who has proven the address here too, with the address; None for anybody else."""
        found = super().authenticate_by_email(sociallogin)
        if found is None:
            return None
        member, email = found
        proven = EmailAddress.objects.filter(user=member, email__iexact=email, verified=True)
        return found if proven.exists() else None


@receiver(account_signals.password_changed)
@receiver(account_signals.password_reset)
def end_sessions_of_the_old_password(sender, request, user, **_):
    """Whoever knew the old password is out, with their open connections (docs/security.md S6)."""
    sessions.end_other_sessions(user, but=request.session.session_key or "")
