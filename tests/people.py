"""The cast: people with lives, used by every test instead of user1 and user2."""

from datetime import date

from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.actions import directory_rows
from accounts.conduct import CONDUCT_VERSION
from accounts.models import Affiliation, Member, Organisation
from channels_app.live import log

PASSWORD = "yamagoe-no-michi-3"

ORGANISATIONS = {
    "020001": ("prefecture", "青森県", "あおもりけん", "02"),
    "032018": ("city", "盛岡市", "もりおかし", "03"),
    "394017": ("town", "中土佐町", "なかとさちょう", "39"),
    "390003": ("prefecture", "高知県", "こうちけん", "39"),
    "digital.go.jp": ("agency", "デジタル庁", "でじたるちょう", ""),
    "soumu.go.jp": ("agency", "総務省", "そうむしょう", ""),
}

# key: (name, kana, organisation, section, role)
CAST = {
    "tanaka": ("田中 里奈", "たなか りな", "394017", "総務課", "member"),  # one-person IT desk of a town
    "miura": ("三浦 健太", "みうら けんた", "032018", "情報企画課", "member"),  # a colleague elsewhere
    "yamamoto": ("山本 直樹", "やまもと なおき", "390003", "デジタル政策課", "member"),  # prefecture
    "ito": ("伊藤 大輔", "いとう だいすけ", "soumu.go.jp", "住民制度課", "member"),  # ministry officer
    "hasegawa": ("長谷川 潤", "はせがわ じゅん", "digital.go.jp", "共創運営担当", "approver"),
    "oonishi": ("大西 舞", "おおにし まい", "digital.go.jp", "共創運営担当", "secretariat"),
}


def organisation(slug: str) -> Organisation:
    """One of the test organisations, made when first asked for; the loaded master's row if it is there."""
    kind, name, kana, prefecture = ORGANISATIONS[slug]
    facts = {"kind": kind, "name": name, "kana": kana, "prefecture_code": prefecture}
    code = None if kind == "agency" else slug
    return Organisation.objects.get_or_create(slug=slug, defaults=facts | {"code": code})[0]


def person(key: str, **changes) -> Member:
    """A member of the cast with a current affiliation, a proven address and a stream of their own."""
    name, kana, slug, section, role = CAST[key]
    home = organisation(slug)
    facts = {"email": f"{key}@example.lg.jp", "name": name, "kana": kana, "role": role}
    facts |= {"conduct_version": CONDUCT_VERSION} | changes
    member = Member.objects.create_user(password=PASSWORD, **facts)
    EmailAddress.objects.create(user=member, email=member.email, verified=True, primary=True)
    Affiliation.objects.create(
        member=member,
        organisation=home,
        section=section,
        email=member.email,
        verified_at=timezone.now(),
        valid_from=date(2025, 4, 1),
    )
    directory_rows.refresh(Member.objects.filter(pk=member.pk))
    log.open_stream("u", member.pk)
    log.open_stream("s")
    return member


def crowd(count: int, after: int = 0) -> list[Member]:
    """More members of one town, numbered from `after`; without a password, they come with a session."""
    home, now = organisation("032018"), timezone.now()
    numbers = range(after, after + count)
    made = Member.objects.bulk_create(
        Member(
            email=f"staff{number}@example.lg.jp",
            password="!",
            name=f"佐藤 {number}",
            kana="さとう",
            role=Member.Role.MEMBER,
            conduct_version=CONDUCT_VERSION,
        )
        for number in numbers
    )
    Affiliation.objects.bulk_create(
        Affiliation(
            member=member,
            organisation=home,
            section="市民課",
            email=member.email,
            verified_at=now,
            valid_from=date(2025, 4, 1),
        )
        for member in made
    )
    directory_rows.refresh(Member.objects.filter(pk__in=[member.pk for member in made]))
    for member in made:
        log.open_stream("u", member.pk)
    log.open_stream("s")
    return made
