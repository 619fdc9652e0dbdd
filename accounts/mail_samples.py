"""Every mail of Kyoso with invented people, for docs/mails.md. Nothing is stored and nothing is sent."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from accounts import mails
from accounts.models import Affiliation, Invitation, Member, Organisation, Registration

TOWN = Organisation(slug="394017", code="394017", kind="town", name="中土佐町", prefecture_code="39")
NOON = datetime(2026, 11, 20, 14, 18, tzinfo=ZoneInfo("Asia/Tokyo"))
REASON = "役場の代表番号に電話しましたが、所属を確かめられませんでした。"
DIGEST = {
    "since": NOON,
    "calls": 1,
    "parts": [
        {
            "heading": "あなたへの呼びかけ（1件）",
            "lines": [
                "・三浦 健太（岩手県 盛岡市・情報企画課）さん",
                "  窓口DX・11月24日 9時12分",
                "  @田中 里奈（高知県 中土佐町）さん、先週の待ち時間の",
                "  表を見てください。木曜日の午前だけ山が2つあります。",
            ],
        },
        {
            "heading": "あなたの投稿へのスタンプ（1件）",
            "lines": [
                "・山本 直樹（高知県・デジタル政策課）さんほか4人",
                "  が「助かった」",
                "  窓口DX・11月23日 15時40分",
                "  うちは転入の聞き取りを朝の1時間だけ予約制にして、待ち時…",
            ],
        },
        {
            "heading": "答えを待っている質問（1件）",
            "lines": [
                "・附票の外字は、どこまで寄せてから移していますか",
                "  標準化・共通化・三浦 健太（岩手県 盛岡市・情報企画",
                "  課）さん",
            ],
        },
        {"heading": "チャンネルの未読（15件）", "lines": ["窓口DX 12件、雑談 3件"]},
    ],
}
# name of the templates: (title, when it is sent)
OCCASIONS = {
    "registration_code": ("確認の数字", "申し込みの画面でアドレスを入力したとき"),
    "already_member": ("すでに登録されています", "会員のアドレスで申し込もうとしたとき（数字の代わりに）"),
    "registration_received": ("受け付けました", "申し込みを送ったとき"),
    "registration_asked": ("確かめたいことがあります", "事務局が本人に確かめるとき"),
    "registration_approved": ("参加できます", "承認したとき"),
    "registration_declined": ("お断り", "お断りしたとき"),
    "invitation": ("招待", "会員が同僚を招いたとき"),
    "password_reset_code": ("確認の数字（パスワード）", "パスワードを決め直そうとしたとき"),
    "password_reset_unknown": (
        "会員はいません",
        "会員でないアドレスでパスワードを決め直そうとしたとき（数字の代わりに）",
    ),
    "sign_in_new": ("新しいログイン", "はじめての端末からログインがあったとき"),
    "digest": ("まとめ", "毎日（平日）か毎週（月曜日）の8時30分、会員が選んだとおりに"),
    "member_suspended": ("利用を止めました", "事務局が利用を止めたとき"),
    "member_resumed": ("利用を再開しました", "事務局が利用を再開したとき"),
}


def sample_member() -> Member:
    """A clerk of a small town."""
    member = Member(pk=1, email="tanaka@town.nakatosa.lg.jp", name="田中 里奈", kana="たなか りな")
    member.affiliation = Affiliation(member=member, organisation=TOWN, section="総務課")
    return member


def sample_registration() -> Registration:
    """An application with everything a mail may print."""
    return Registration(
        pk=417,
        email="h-sasaki@town.nakatosa.lg.jp",
        organisation=TOWN,
        section="住民会計課",
        name="佐々木 遥",
        kana="ささき はるか",
        submitted_at=NOON,
        question="役場の代表番号と、あなたの課の名前を教えてください。",
        reason=REASON,
    )


def sample_facts() -> dict:
    """What the templates ask for, all names together."""
    member = sample_member()
    return {
        "code": "482915",
        "until": NOON,
        "registration": sample_registration(),
        "member": member,
        "reason": REASON,
        "invitation": Invitation(pk=7, invited_by=member, organisation=TOWN, invited_at=NOON),
        "sign_in": {"at": NOON, "browser": "Microsoft Edge（Windows）", "place": "203.0.113.7"},
        "digest": DIGEST,
        "site": "https://kyoso.example.jp",
    }


def samples() -> Iterator[tuple[str, str, str, str]]:
    """(title, occasion, subject, body) of every mail, in the order in which a person would get them."""
    facts = sample_facts()
    for name, (title, occasion) in OCCASIONS.items():
        yield title, occasion, *mails.written(name, **facts)
