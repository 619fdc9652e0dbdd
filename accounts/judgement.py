"""The vocabulary of judging an address: verdicts, reasons and the sentences that explain them."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What the address as a whole says."""

    BOUND = "bound"
    FITS = "fits"
    SEVERAL = "several"
    UNKNOWN = "unknown"
    FREE_MAIL = "free_mail"
    MALFORMED = "malformed"


class Reason(StrEnum):
    """Which rule gave the verdict."""

    BOUND_DOMAIN = "bound_domain"
    AGENCY_DOMAIN = "agency_domain"
    EXCEPTION = "exception"
    LG_JP = "lg_jp"
    GEOGRAPHIC = "geographic"
    UNION_HOST = "union_host"
    OTHER_LG_JP = "other_lg_jp"
    OTHER_GO_JP = "other_go_jp"
    OTHER_DOMAIN = "other_domain"
    FREE_MAIL = "free_mail"
    MALFORMED = "malformed"


EXPLANATIONS = {
    Reason.BOUND_DOMAIN: "事務局がこの団体のドメインとして登録しています。",
    Reason.AGENCY_DOMAIN: "国の機関のドメインとして登録されています。",
    Reason.EXCEPTION: "事務局が例外として認めたドメインです。",
    Reason.LG_JP: "地方公共団体のドメイン（lg.jp）で、名前の読みが団体と一致します。",
    Reason.GEOGRAPHIC: "地方公共団体の地域型ドメインで、名前の読みが団体と一致します。",
    Reason.UNION_HOST: "一部事務組合・広域連合のドメインです。団体は事務局が確認します。",
    Reason.OTHER_LG_JP: "lg.jp のドメインですが、名前から団体を特定できません。事務局が確認します。",
    Reason.OTHER_GO_JP: "go.jp のドメインですが、登録済みの府省庁ではありません。事務局が確認します。",
    Reason.OTHER_DOMAIN: "ドメインから団体を特定できません。事務局が確認します。",
    Reason.FREE_MAIL: "フリーメールや携帯電話のアドレスは使えません。職場のアドレスを入力してください。",
    Reason.MALFORMED: "メールアドレスの形が正しくありません。",
}
SEVERAL_FIT = "同じつづりになる団体が複数あります。所属する団体を選んでください。"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one address says: its host, the verdict, the rule behind it, each candidate's (slug, reason)."""

    host: str
    verdict: Verdict
    reason: Reason
    candidates: tuple[tuple[str, Reason], ...] = ()

    @property
    def slugs(self) -> tuple[str, ...]:
        """The candidates' slugs, in their order."""
        return tuple(slug for slug, _ in self.candidates)

    @property
    def explanation(self) -> str:
        """One plain Japanese sentence for the applicant and the approver."""
        return SEVERAL_FIT if self.verdict is Verdict.SEVERAL else EXPLANATIONS[self.reason]
