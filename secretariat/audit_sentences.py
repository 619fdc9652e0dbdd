"""What a recorded deed means, in one Japanese sentence each. Every deed of the code base stands here.

In a sentence `{noun}` is the name of what the deed was about, and any other name is a detail of the entry.
`tests/secretariat/test_audit.py` finds deeds without a sentence.
"""

from collections import defaultdict

# deed: (short name for the filter, sentence; the actor stands before it)
SENTENCES = {
    "login.succeeded": ("ログイン", "ログインしました"),
    "login.failed": ("ログインの失敗", "{noun}のログインに失敗しました"),
    "login.ended": ("ログアウト", "ログアウトしました"),
    "password.changed": ("パスワードの変更", "パスワードを変えました"),
    "password.reset": ("パスワードの決め直し", "メールの数字でパスワードを決め直しました"),
    "email.changed": ("メールアドレスの変更", "メールアドレスを変えました"),
    "code.rejected": ("数字の間違い", "{noun}あての数字が間違って入力されました"),
    "factor.added": ("二段階認証の追加", "二段階認証の手段（{kind}）を加えました"),
    "factor.removed": ("二段階認証の削除", "二段階認証の手段（{kind}）を外しました"),
    "factor.renewed": ("リカバリーコードの再発行", "リカバリーコードを作り直しました"),
    "factor.failed": ("二段階認証の失敗", "{noun}の二段階認証に失敗しました"),
    "access.refused": ("断った操作", "許されていない操作を断られました（{method} {route}、{status}）"),
    "limit.reached": ("回数の上限", "回数の上限に達しました（{route} {limit}）"),
    "member.suspended": ("利用停止", "{noun}の利用を止めました（理由：{reason}）"),
    "member.resumed": ("利用再開", "{noun}の利用を再開しました"),
    "registration.approved": ("登録の承認", "{noun}の登録を承認しました"),
    "registration.declined": ("登録のお断り", "{noun}の登録をお断りしました"),
    "post.removed": ("投稿の取り下げ", "{noun}を取り下げました"),
    "audit.exported": ("記録の書き出し", "記録を{count}件書き出しました"),
    "audit.verification_asked": ("記録の検証", "記録の検証を始めました"),
}
KINDS = {"totp": "認証アプリ", "webauthn": "パスキー", "recovery_codes": "リカバリーコード"}


def label_of(deed: str) -> str:
    """The short name of a deed; its own name when it has none yet."""
    return SENTENCES[deed][0] if deed in SENTENCES else deed


def sentence_of(deed: str, noun: str, detail: dict) -> str:
    """What happened, without the actor. A detail that an old entry lacks is left out."""
    if deed not in SENTENCES:
        return f"{deed} {noun}".strip()
    words = {name: _in_words(name, value) for name, value in detail.items()}
    return SENTENCES[deed][1].format_map(defaultdict(str, words | {"noun": noun}))


def _in_words(name: str, value) -> str:
    if name == "kind":
        return KINDS.get(value, str(value))
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)
