"""What speaks for and against an application, for the approver to weigh."""

from dataclasses import dataclass

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from accounts.addresses import Directory
from accounts.judgement import Judgement, Verdict
from accounts.models import Affiliation, Organisation, Registration


@dataclass(frozen=True, slots=True)
class Proof:
    """One row of evidence. `ok`: True speaks for it, False wants a look, None only informs."""

    label: str
    text: str
    ok: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """The evidence in a word or two, for the queue."""

    label: str
    color: str


def with_counts(registrations):
    """Adds two figures to a queryset of registrations, without a further query.

    `colleagues`: active members now in the chosen organisation; `earlier`: applications of the same address
    before this one.
    """
    now_there = Affiliation.objects.current().filter(
        organisation=OuterRef("organisation"), member__is_active=True
    )
    before = Registration.objects.filter(email=OuterRef("email"), pk__lt=OuterRef("pk"))
    return registrations.annotate(
        colleagues=_count(now_there, "organisation"), earlier=_count(before, "email")
    )


def _count(rows, by: str):
    """The number of rows as a subquery; all of them share the field `by`."""
    counted = rows.order_by().values(by).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


@dataclass(frozen=True)
class Case:
    """An application on the desk, with the judgement of its address and the figures of `with_counts`."""

    registration: Registration
    organisation: Organisation
    judgement: Judgement
    colleagues: int
    earlier: int

    @property
    def fits(self) -> bool:
        """Whether the chosen organisation is among the candidates of the address."""
        return self.organisation.slug in self.judgement.slugs

    @property
    def chips(self) -> list[Chip]:
        """The queue's chips: the address, colleagues already here, earlier applications."""
        colleagues = self.colleagues
        here = Chip(f"同じ団体{colleagues}人", "gray") if colleagues else Chip("この団体で初めて", "blue")
        chips = [self._address_chip, here]
        if self.earlier:
            chips.append(Chip(f"以前の申し込み{self.earlier}件", "orange"))
        return chips

    @property
    def _address_chip(self) -> Chip:
        if not self.judgement.slugs:
            return Chip("ドメイン未確認", "orange")
        if not self.fits:
            return Chip("団体とドメインが違う", "red")
        if self.judgement.verdict is Verdict.SEVERAL:
            return Chip("候補が複数", "orange")
        return Chip("ドメイン一致", "green")

    @property
    def proofs(self) -> list[Proof]:
        """All rows of evidence, the strongest first."""
        return [
            Proof("アドレス", "6桁の数字で確かめました", True, self.registration.email),
            self._domain_proof,
            Proof("団体コード", self.organisation.code or "ありません"),
            Proof("同じ団体の会員", f"{self.colleagues}人" if self.colleagues else "まだいません"),
            Proof("以前の申し込み", *self._earlier),
        ]

    @property
    def _domain_proof(self) -> Proof:
        ok = self.fits and self.judgement.verdict is not Verdict.SEVERAL
        text = self._address_chip.label
        return Proof("ドメイン", f"{text}（{self.judgement.host}）", ok, self.judgement.explanation)

    @property
    def _earlier(self) -> tuple[str, bool | None]:
        if self.earlier:
            return f"{self.earlier}件あります", False
        return "ありません", None


def cases(registrations, directory: Directory) -> list[Case]:
    """The cases of a queryset of registrations: one query whatever their number."""
    rows = with_counts(registrations).select_related("organisation", "decided_by")
    return [
        Case(row, row.organisation, directory.candidates(row.email), row.colleagues, row.earlier)
        for row in rows
    ]
