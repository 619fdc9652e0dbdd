"""Every mail of the account library (django-allauth) with invented people, for docs/mails.md."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from allauth.account.adapter import get_adapter

# prefix of the templates: (title, when it is sent)
OCCASIONS = {
    "account/email/email_confirmation": ("新しいアドレスの確認", "会員がメールアドレスの変更を始めたとき"),
    "account/email/email_confirm": ("アドレスを確かめました", "新しいアドレスの数字が確かめられたとき"),
    "account/email/email_changed": ("アドレスが変わりました", "メールアドレスを変えたとき（前のアドレスに）"),
    "account/email/email_deleted": ("アドレスを外しました", "使わないアドレスを外したとき"),
    "account/email/password_changed": ("パスワードが変わりました", "会員がパスワードを変えたとき"),
    "account/email/password_reset": ("パスワードを決め直しました", "届いた数字で決め直したとき"),
    "account/email/password_set": ("パスワードを決めました", "パスワードのない会員がはじめて決めたとき"),
    "mfa/email/totp_activated": ("認証アプリの設定", "認証アプリを設定したとき"),
    "mfa/email/totp_deactivated": ("認証アプリの解除", "認証アプリを外したとき"),
    "mfa/email/webauthn_added": ("パスキーの登録", "パスキーを登録したとき"),
    "mfa/email/webauthn_removed": ("パスキーの削除", "パスキーを外したとき"),
    "mfa/email/recovery_codes_generated": ("回復コード", "回復コードを作り直したとき"),
    "socialaccount/email/account_connected": (
        "団体のアカウント",
        "団体のアカウントではじめてログインしたとき",
    ),
}
# The library has these too, but no page of Kyoso leads to them; in Japanese all the same.
NEVER_SENT = {
    "account/email/account_already_exists": ("すでに会員です", "ライブラリの申し込み画面（閉じています）"),
    "account/email/email_confirmation_signup": ("申し込みの確認", "ライブラリの申し込み画面（閉じています）"),
    "account/email/login_code": ("ログインの数字", "数字だけのログイン（使っていません）"),
}
ADDRESS = "tanaka@town.nakatosa.lg.jp"
FACTS = {
    "code": "482915",
    "timestamp": datetime(2026, 11, 20, 14, 18, tzinfo=ZoneInfo("Asia/Tokyo")),
    "ip": "203.0.113.7",
    "user_agent": "Edge（Windows）",
    "from_email": ADDRESS,
    "to_email": "r-tanaka@town.nakatosa.lg.jp",
    "deleted_email": "r-tanaka@town.nakatosa.lg.jp",
    "provider": "県の認証基盤",
}


def samples() -> Iterator[tuple[str, str, str, str]]:
    """(title, occasion, subject, body) of every mail that can be sent, written as the library does it."""
    for prefix, (title, occasion) in OCCASIONS.items():
        letter = get_adapter().render_mail(prefix, ADDRESS, FACTS)
        yield title, occasion, letter.subject, f"{letter.body}\n"
