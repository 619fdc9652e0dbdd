"""What a recorded deed means, in one Japanese sentence each. Every deed of the code base stands here.

In a sentence `{noun}` is the name of what the deed was about, and any other name is a detail of the entry.
`tests/secretariat/test_audit.py` finds deeds without a sentence.
"""

from collections import defaultdict

from accounts.models import EmailDomain, Member, OrganisationChange
from accounts.models.organisations import PREFECTURE_NAMES
from secretariat.job_words import TASKS

# deed: (short name for the filter, sentence; the actor stands before it)
SENTENCES = {
    "login.succeeded": ("ログイン", "ログインしました"),
    "login.failed": ("ログインの失敗", "{noun}のログインに失敗しました"),
    "login.refused": ("団体のアカウントの拒否", "{provider}からのログインを断りました（{refusal}）"),
    "login.ended": ("ログアウト", "ログアウトしました"),
    "session.ended": ("ほかの端末のログアウト", "ほかの端末{count}台をログアウトさせました"),
    "password.changed": ("パスワードの変更", "パスワードを変えました"),
    "password.reset": ("パスワードの決め直し", "メールの数字でパスワードを決め直しました"),
    "email.changed": ("メールアドレスの変更", "メールアドレスを変えました"),
    "code.rejected": ("数字の間違い", "{noun}あての数字を間違えて入力しました"),
    "factor.added": ("2つ目の認証の追加", "2つ目の認証（{kind}）を加えました"),
    "factor.removed": ("2つ目の認証の削除", "2つ目の認証（{kind}）を外しました"),
    "factor.renewed": ("回復用の文字列の作り直し", "{kind}を作り直しました"),
    "factor.failed": ("2つ目の認証の失敗", "{noun}の2つ目の認証に失敗しました"),
    "access.refused": ("断った操作", "許されていない操作をして断られました（{method} {route}、{status}）"),
    "limit.reached": ("回数の上限", "回数の上限に達しました（{route} {limit}）"),
    "registration.approved": ("登録の承認", "{noun}の登録を承認しました"),
    "registration.declined": ("登録のお断り", "{noun}の登録をお断りしました"),
    "registration.asked": ("登録の問い合わせ", "{noun}に登録について問い合わせました"),
    "invitation.made": ("招待", "{noun}を送りました"),
    "invitation.withdrawn": ("招待の取り消し", "{noun}を取り消しました"),
    "member.suspended": ("利用停止", "{noun}の利用を止めました（理由：{reason}）"),
    "member.resumed": ("利用再開", "{noun}の利用を再開しました"),
    "member.departed": ("退会", "退会しました"),
    "member.renamed": ("氏名の変更", "{noun}の氏名を{before}から{after}に変えました"),
    "member.role": ("役割の変更", "{noun}の役割を{before}から{after}に変えました"),
    "ambassador.appointed": (
        "アンバサダーの委嘱",
        "会員 {member} に{prefecture}を委嘱しました（{from}から{to}）",
    ),
    "ambassador.ended": ("アンバサダーの終了", "会員 {member} のアンバサダーを{on}で終えました"),
    "organisation.created": ("団体の設置", "{noun}を設けました（{effective_on}）"),
    "organisation.renamed": ("団体の名称変更", "{noun}の名称変更を記録しました（{effective_on}）"),
    "organisation.merged": ("団体の合併", "{noun}の合併を記録しました（{effective_on}）"),
    "organisation.abolished": ("団体の廃止", "{noun}の廃止を記録しました（{effective_on}）"),
    "organisation.corrected": ("団体の訂正", "{noun}の表記を訂正しました（{effective_on}）"),
    "organisation.took_effect": ("団体の変更の施行", "{noun}の{kind}が施行日を迎えました"),
    "organisation.withdrawn": ("団体の変更の取り消し", "{noun}の{kind}を取り消しました（{effective_on}）"),
    "organisation.updated": ("団体の一覧の更新", "団体の一覧を{changes}件更新しました"),
    "domain.added": ("ドメインの追加", "{noun}に{domain}を加えました（{kind}、期限：{expires_on}）"),
    "domain.extended": ("ドメインの延長", "{noun}の{domain}の期限を{before}から{expires_on}に延ばしました"),
    "domain.removed": ("ドメインの削除", "{noun}の{domain}を外しました"),
    "post.removed": ("投稿の取り下げ", "{noun}を取り下げました"),
    "post.pinned": ("投稿の固定", "チャンネル {channel} に{noun}を固定しました"),
    "post.unpinned": ("投稿の固定の取りやめ", "チャンネル {channel} への{noun}の固定をやめました"),
    "channel.created": ("チャンネルの開設", "{noun}（{slug}）を開きました"),
    "channel.described": ("チャンネルの説明の変更", "{noun}の名前や説明を直しました（前の名前：{before}）"),
    "channel.moved": ("チャンネルのアドレスの変更", "{noun}のアドレスを{before}から{after}に変えました"),
    "channel.merged": ("チャンネルの統合", "{noun}をチャンネル {into} にまとめました"),
    "channel.archived": ("チャンネルの保管", "{noun}を保管しました"),
    "channel.reopened": ("チャンネルの再開", "{noun}をもう一度開きました"),
    "channel.guide_edited": ("チャンネルの案内", "{noun}の案内を直しました（{before}字から{after}字に）"),
    "channel.steward_appointed": ("世話役の指名", "{noun}の世話役に会員 {member} を加えました"),
    "channel.steward_dismissed": ("世話役の取りやめ", "{noun}の世話役から会員 {member} を外しました"),
    "proposal.granted": ("チャンネルの提案の採用", "{noun}を採用しました"),
    "proposal.declined": ("チャンネルの提案の見送り", "{noun}を見送りました"),
    "stamp.added": ("スタンプの追加", "{noun}を加えました"),
    "stamp.renamed": ("スタンプの改名", "{noun}の名前を{before}から直しました"),
    "stamp.retired": ("スタンプの引退", "{noun}を選べないようにしました"),
    "stamp.offered": ("スタンプの復帰", "{noun}をまた選べるようにしました"),
    "job.retried": ("失敗した処理のやり直し", "処理 {job}（{task}）をもう一度試すことにしました"),
    "job.retried_all": (
        "失敗した処理のまとめてのやり直し",
        "{task}の処理{count}件をもう一度試すことにしました",
    ),
    "job.cancelled": ("失敗した処理の取り消し", "処理 {job}（{task}）を取り消しました"),
    "audit.exported": ("記録の書き出し", "記録を{count}件書き出しました"),
    "audit.pruned": ("古い記録の削除", "保存期間を過ぎた記録{removed}件（{until}まで）を消しました"),
    "audit.verification_asked": ("記録の検証", "記録の検証を始めました"),
    "site.backed_up": ("バックアップ", "バックアップ（{file}）を取りました"),
    "site.restored": ("復元", "{made_at}のバックアップからサイトを元に戻しました"),
}
REFUSALS = {
    "unknown": "会員のアドレスではない",
    "inactive": "利用できない会員",
    "unproven": "確かめられない応答",
}
FACTORS = {"totp": "認証アプリ", "webauthn": "パスキー", "recovery_codes": "回復用の文字列"}
WORDS = {
    "kind": FACTORS | dict(EmailDomain.Kind.choices) | dict(OrganisationChange.Kind.choices),
    "refusal": REFUSALS,
    "before": dict(Member.Role.choices),
    "after": dict(Member.Role.choices),
    "prefecture": PREFECTURE_NAMES,
    "task": TASKS,
}
OPEN = {"expires_on": "なし", "before": "なし"}  # said where a date is left open


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
    if value in (None, ""):
        return OPEN.get(name, "")
    return str(WORDS.get(name, {}).get(value, value) if isinstance(value, str) else value)
