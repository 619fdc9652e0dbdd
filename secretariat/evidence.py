"""What speaks for and against an application, for the approver to weigh."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.addresses import Directory
from accounts.business_days import days_left, due_on
from accounts.judgement import Judgement, Reason, Verdict
from accounts.models import Affiliation, Organisation, Registration

CELLS = 3  # the queue draws the three days as three cells
FIT_CHIPS = {
    Reason.BOUND_DOMAIN: "団体の専用ドメイン",
    Reason.AGENCY_DOMAIN: "府省庁のドメイン",
    Reason.EXCEPTION: "例外のドメイン",
    Reason.LG_JP: "lg.jpドメイン一致",
    Reason.GEOGRAPHIC: "地域型ドメイン一致",
}


@dataclass(frozen=True, slots=True)
class Proof:
    """One row of evidence. `ok`: True speaks for it, False wants a look, None only informs."""

    label: str
    text: str
    ok: bool | None = None
    note: str = ""
    code: str = ""
    link: str = ""


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


def is_complete(judgement: Judgement, slug: str, earlier: int, waiting: bool) -> bool:
    """Whether nothing is left to weigh: the address fits the chosen organisation and no other, the address
    never applied before, and nothing is being asked. Only such applications are approved in batches.
    """
    alone = judgement.slugs == (slug,) and judgement.verdict in {Verdict.BOUND, Verdict.FITS}
    return alone and not earlier and not waiting


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
    def complete(self) -> bool:
        """Whether it may be approved together with others."""
        waiting = self.registration.awaiting_answer
        return is_complete(self.judgement, self.organisation.slug, self.earlier, waiting)

    @property
    def binds(self) -> bool:
        """Whether approving ties the domain to the organisation from now on."""
        by_name = self.judgement.reason in {Reason.LG_JP, Reason.GEOGRAPHIC}
        return by_name and self.judgement.slugs == (self.organisation.slug,)

    @property
    def due(self) -> date:
        """The last day for the decision."""
        return due_on(*clock_of(self.registration))

    @property
    def left(self) -> int:
        """Business days until then."""
        return days_left(*clock_of(self.registration))

    @property
    def cells(self) -> int:
        """How many of the three cells are full: one also on the last day, none when it is over."""
        return 0 if self.left < 0 else min(max(self.left, 1), CELLS)

    @property
    def due_words(self) -> str:
        """The clock in words, so that colour is never alone."""
        if self.registration.awaiting_answer:
            return "停止中"
        if self.left < 0:
            return f"{-self.left}営業日超過"
        return f"あと{self.left}営業日" if self.left else "今日まで"

    @property
    def due_today(self) -> bool:
        """Whether today is the last day."""
        return self.due == timezone.localdate()

    @property
    def chips(self) -> list[Chip]:
        """The queue's chips: the address first, then what else an approver wants to know at a glance."""
        chips = [self.address_chip]
        if self.registration.awaiting_answer:
            chips.append(Chip("追加の確認待ち", "blue"))
        elif self.registration.answered_at:
            chips.append(Chip("回答あり", "green"))
        if self.registration.invitation_id:
            chips.append(Chip("紹介あり", "green"))
        chips.append(Chip(f"会員{self.colleagues}人", "gray"))
        if self.earlier:
            chips.append(Chip(f"以前の申し込み{self.earlier}件", "orange"))
        return chips

    @property
    def address_chip(self) -> Chip:
        """What the address says about the chosen organisation."""
        if not self.judgement.slugs:
            return Chip("ドメインの根拠なし", "orange")
        if not self.fits:
            return Chip("団体とドメインが違う", "red")
        if self.judgement.verdict is Verdict.SEVERAL:
            return Chip(f"候補が{len(self.judgement.slugs)}団体", "yellow")
        return Chip(FIT_CHIPS[self.judgement.reason], "green")


def clock_of(registration: Registration) -> tuple:
    """The arguments of `due_on` and `days_left` for an application."""
    return (
        registration.submitted_at,
        registration.asked_at,
        registration.answered_at,
        registration.waited_days,
    )


def cases(registrations, directory: Directory) -> list[Case]:
    """The cases of a queryset of registrations: one query whatever their number."""
    rows = with_counts(registrations).select_related(
        "organisation", "decided_by", "asked_by", "invitation__invited_by"
    )
    return [case_of(row, directory) for row in rows]


def case_of(row, directory: Directory) -> Case:
    """The case of one row of `with_counts`."""
    judgement = directory.candidates(row.email)
    return Case(row, row.organisation, judgement, row.colleagues, row.earlier)
