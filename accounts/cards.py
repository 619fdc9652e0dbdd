"""How a member is shown in the directory and on their page."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Exists, FilteredRelation, OuterRef, Q, QuerySet
from django.template.loader import get_template
from django.utils import timezone

from accounts.models import Ambassador, Member, Organisation
from accounts.models.directory_rows import DirectoryRowQuerySet
from kyoso.lib.kept import Kept

AMBASSADOR = ("ambassador", "アンバサダー")
SECRETARIAT = ("secretariat", "事務局")
ON_A_PAGE = 50
KEPT = 16_000  # lines of about 1 KB: at most 16 MB a process, enough for every member
A_PAGE = re.compile("[1-9][0-9]{0,4}")

Badge = tuple[str, str]  # kind and label


def badges_of(organisation: Organisation | None, *, is_ambassador: bool, is_secretariat: bool) -> list[Badge]:
    """What somebody wears: kind of organisation, ambassador, secretariat."""
    worn = [organisation.badge] if organisation else []
    worn += [AMBASSADOR] if is_ambassador else []
    return worn + ([SECRETARIAT] if is_secretariat else [])


@dataclass(frozen=True, slots=True)
class MemberCard:
    """A member with the badges they wear today."""

    member: Member

    @property
    def badges(self) -> list[Badge]:
        """(kind, label) of each. No query after `with_affiliations()` and `with_terms()`."""
        member = self.member
        organisation = member.affiliation.organisation if member.affiliation else None
        return badges_of(
            organisation, is_ambassador=member.is_ambassador, is_secretariat=member.is_secretariat
        )


class DirectoryLine(NamedTuple):
    """Everything a line of the directory prints, so that the same line is made once per process."""

    pk: int
    name: str
    kana: str
    picture: str
    helps_with: str
    role: str
    suspended_at: datetime | None
    departed_at: datetime | None
    is_ambassador: bool
    section: str | None  # this and the rest None without a present affiliation
    place_slug: str | None
    place_name: str | None
    place_kind: str | None
    prefecture_code: str | None

    @property
    def organisation(self) -> Organisation | None:
        """Where they work, with what names it."""
        if self.place_slug is None:
            return None
        facts = {"slug": self.place_slug, "name": self.place_name, "kind": self.place_kind}
        return Organisation(prefecture_code=self.prefecture_code or "", **facts)

    @property
    def place(self) -> str:
        """The name of the organisation as it is always shown, or ""."""
        return self.organisation.full_name if self.organisation else ""

    @property
    def badges(self) -> list[Badge]:
        """As MemberCard.badges."""
        secretariat = self.role == Member.Role.SECRETARIAT
        return badges_of(self.organisation, is_ambassador=self.is_ambassador, is_secretariat=secretariat)

    @property
    def state(self) -> str:
        """departed, suspended (only the secretariat finds those) or ""."""
        return "departed" if self.departed_at else "suspended" if self.suspended_at else ""

    @property
    def expertise(self) -> list[str]:
        """As Member.expertise."""
        return [word for word in self.helps_with.split("、") if word]

    @property
    def initial(self) -> str:
        """As Member.initial."""
        return self.name[:1]

    @property
    def tone(self) -> int:
        """As Member.tone."""
        return self.pk % 8 + 1

    @property
    def html(self) -> str:
        """The table row, the same bytes for everybody."""
        return _kept_row(self)


def drawn_row(line: DirectoryLine) -> str:
    """The table row of a line, drawn now; the parts that many lines share are drawn once."""
    badges = "".join(f"{_badge(*badge)} " for badge in line.badges)
    words = "".join(_word(word) for word in line.expertise)
    return _drawn("members/_row.html", line=line, badges=badges, words=words)


def _drawn(template: str, **facts) -> str:
    return get_template(template).render(facts).strip()


_kept_row = lru_cache(maxsize=KEPT)(drawn_row)


@lru_cache(maxsize=100)
def _badge(kind: str, label: str) -> str:
    return _drawn("members/_badge.html", kind=kind, label=label)


@lru_cache(maxsize=2_000)
def _word(word: str) -> str:
    return _drawn("members/_word.html", word=word)


def _lines(members: int, day: date) -> QuerySet:
    present = FilteredRelation("affiliations", condition=Q(affiliations__valid_to=None))
    serving = Ambassador.objects.serving(day).filter(member=OuterRef("pk"))
    place = ("slug", "name", "kind", "prefecture_code")
    return (
        Member.objects.filter(pk__in=[members])
        .annotate(present=present, serves=Exists(serving))
        .order_by("kana", "pk")
        .values_list(
            *("pk", "name", "kana", "picture", "helps_with", "role", "suspended_at", "departed_at", "serves"),
            "present__section",
            *(f"present__organisation__{field}" for field in place),
        )
    )


LINES = Kept(_lines, members=list, day=date)


def lines_of(members: list[int]) -> list[DirectoryLine]:
    """The lines of these members by id, in the order of their kana: one query whatever the number."""
    if not members:
        return []
    return [DirectoryLine._make(row) for row in LINES.rows(members=members, day=timezone.localdate())]


def directory_page(rows: DirectoryRowQuerySet, asked: str, *, sought: bool) -> Page:
    """A page of the members of `rows` in the order of their kana: two queries whatever their number.

    `asked` is its number; 1 for what is none, and the last page for one that is too high. `sought` tells that
    `rows` are not all that a member may see.
    """
    counted = rows.counted(sought=sought)
    number = int(asked) if A_PAGE.fullmatch(asked) else 1
    found = on_page(counted, number)
    if not found and number > 1:
        number = max(1, -(-rows.count() // ON_A_PAGE))
        found = on_page(counted, number)
    paginator = Paginator([], ON_A_PAGE)
    paginator.count = found[0][1] if found else 0
    return Page(lines_of([member for member, _ in found]), number, paginator)


def on_page(rows: QuerySet, number: int) -> list:
    """The rows of one page."""
    return list(rows[(number - 1) * ON_A_PAGE : number * ON_A_PAGE])
