"""How a member is shown in the directory and on their page."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.template.loader import get_template

from accounts.models import Affiliation, Ambassador, Member

AMBASSADOR = ("ambassador", "アンバサダー")
SECRETARIAT = ("secretariat", "事務局")
KEPT = 16_000  # rows of about 0.8 KB: at most 13 MB a process, enough for every member


@dataclass(frozen=True, slots=True)
class MemberCard:
    """A member with the badges they wear today: kind of organisation, ambassador, secretariat."""

    member: Member

    @property
    def badges(self) -> list[tuple[str, str]]:
        """(kind, label) of each. No query after `with_affiliations()` and `with_terms()`."""
        affiliation = self.member.affiliation
        worn = [affiliation.organisation.badge] if affiliation else []
        worn += [AMBASSADOR] if self.member.is_ambassador else []
        return worn + ([SECRETARIAT] if self.member.is_secretariat else [])

    @property
    def row(self) -> "DirectoryLine":
        """The line of the directory."""
        member, affiliation = self.member, self.member.affiliation
        return DirectoryLine(
            pk=member.pk,
            name=member.name,
            kana=member.kana,
            picture=member.picture,
            expertise=tuple(member.expertise),
            badges=tuple(self.badges),
            place=affiliation.organisation.full_name if affiliation else "",
            place_slug=affiliation.organisation.slug if affiliation else "",
            section=affiliation.section if affiliation else "",
            state="departed" if member.departed_at else "suspended" if member.suspended_at else "",
        )


def cards_of(members: Iterable[Member]) -> list[MemberCard]:
    """Cards of members fetched plainly: two more queries whatever the number.

    A prefetch would do the same and fetch past affiliations, too; it takes three times as long.
    """
    people = list(members)
    ids = [member.pk for member in people]
    current = Affiliation.objects.current().filter(member__in=ids).select_related("organisation")
    present = {affiliation.member_id: affiliation for affiliation in current}
    serving = set(Ambassador.objects.serving().filter(member__in=ids).values_list("member", flat=True))
    for member in people:
        member.affiliation = present.get(member.pk)
        member.serving = [member.pk] if member.pk in serving else []  # type: ignore[attr-defined]
    return [MemberCard(member) for member in people]


@dataclass(frozen=True, slots=True)
class DirectoryLine:
    """Everything a line of the directory prints, so that the same line is made once per process."""

    pk: int
    name: str
    kana: str
    picture: str
    expertise: tuple[str, ...]
    badges: tuple[tuple[str, str], ...]
    place: str
    place_slug: str
    section: str
    state: str  # "departed", "suspended" (only the secretariat finds those) or ""

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
        return _rendered(self)


@lru_cache(maxsize=KEPT)
def _rendered(line: DirectoryLine) -> str:
    return get_template("members/_row.html").render({"line": line}).strip()
