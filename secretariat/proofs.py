"""The rows of evidence of one application, the strongest first."""

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from accounts.judgement import Judgement, Reason, Verdict
from accounts.master.rows import check_digit
from accounts.models import Invitation, Member, Registration
from secretariat.evidence import Case, Proof

UNKNOWN_HOSTS = {
    Reason.UNION_HOST: "一部事務組合・広域連合のドメインです。団体は名前から分かりません。",
    Reason.OTHER_LG_JP: "lg.jpは地方公共団体だけが取れますが、名前からは団体が分かりません。",
    Reason.OTHER_GO_JP: "go.jpは国の機関だけが取れますが、登録済みの府省庁ではありません。",
}
ANYBODYS = "このドメインは誰でも取れるため、名前が似ていても証拠になりません。"


def proofs_of(case: Case) -> list[Proof]:
    """All rows of evidence of a case: one query, up to two more when a member vouches for the applicant."""
    rows = [
        Proof("アドレス", "6桁の数字で確認済み", True, code=case.registration.email),
        domain_proof(case),
        code_proof(case.organisation.code),
    ]
    if case.registration.invitation:
        rows.append(vouching_proof(case.registration.invitation))
    home = reverse("organisation", args=[case.organisation.slug])
    rows.append(Proof("この団体の会員", colleagues_text(case), link=home))
    if namesakes := Member.objects.filter(name=case.registration.name).count():
        rows.append(Proof("同じ氏名", f"{namesakes}人の会員が同じ氏名です"))
    if case.earlier:
        note = "前の申し込みの結果を確かめてください"
        rows.append(Proof("以前の申し込み", f"{case.earlier}件あります", False, note))
    return rows


def domain_proof(case: Case) -> Proof:
    """What the domain shows, in words."""
    note, host = case.judgement.explanation, case.judgement.host
    if not case.judgement.slugs:
        return Proof("ドメイン", "合う団体はありません", False, what_is_unknown(case.judgement), host)
    if not case.fits:
        text = f"{case.organisation.full_name}のドメインではありません"
        return Proof("ドメイン", text, False, note, host)
    if case.judgement.verdict is Verdict.SEVERAL:
        text = f"候補が{len(case.judgement.slugs)}団体あり、選んだ団体はその一つです"
        return Proof("ドメイン", text, False, "同じつづりになる団体が複数あります", host)
    return Proof("ドメイン", f"候補は{case.organisation.name}の1団体だけです", True, note, host)


def what_is_unknown(judgement: Judgement) -> str:
    """Why the host shows no organisation, as the desk needs to know it."""
    return UNKNOWN_HOSTS.get(judgement.reason, ANYBODYS)


def code_proof(code: str | None) -> Proof:
    """The 全国地方公共団体コード with its check digit."""
    if not code:
        return Proof("団体コード", "ありません（国の機関など）")
    right = code[5:] == check_digit(code[:5])
    return Proof("団体コード", code, right, "検査数字は正しい" if right else "検査数字が合いません")


def colleagues_text(case: Case) -> str:
    """How many of the organisation are here."""
    return f"{case.colleagues}人います" if case.colleagues else "いません。この団体で初めての申し込みです"


def vouching_proof(invitation: Invitation) -> Proof:
    """Who vouches, since when they are here, and what became of those they vouched for before."""
    inviter = invitation.invited_by
    place = f"（{inviter.affiliation.label}）" if inviter.affiliation else ""
    decided = Registration.objects.filter(invitation__invited_by=inviter, decided_at__isnull=False)
    approved = Count("pk", filter=Q(outcome=Registration.Outcome.APPROVED))
    figures = decided.aggregate(all=Count("pk"), approved=approved)
    joined = timezone.localdate(inviter.joined_at)
    note = f"{joined.year}年{joined.month}月から会員。"
    if figures["all"]:
        note += f"これまでに紹介した{figures['all']}人のうち{figures['approved']}人が承認されました。"
    if invitation.relation:
        note += f"関係：{invitation.relation}"
    return Proof("紹介", f"{inviter.name}{place}", inviter.is_active, note)
