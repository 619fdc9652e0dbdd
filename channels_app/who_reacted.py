"""Who pressed which stamp on a post: people as of that day, organisations by size and place."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from accounts.models import Affiliation
from accounts.models.organisations import PREFECTURE_NAMES
from accounts.models.population_bands import Band
from channels_app.models import Reaction
from channels_app.models.reactions import ReactionQuerySet
from channels_app.models.stamps import Stamp, stamps_by_code


@dataclass(frozen=True)
class Line:
    """One member's press: what, from where on that day, and for a 違うかも the reply that says why."""

    reaction: Reaction
    stamp: Stamp | None
    affiliation: Affiliation | None

    @property
    def label(self) -> str:
        """団体・部課 of that day; the organisation alone where the section is not known any more."""
        if self.affiliation:
            return self.affiliation.label_at(self.reaction.reacted_at)
        return self.reaction.organisation.full_name_at(self.reaction.reacted_at)


def lines_of(reactions: Iterable[Reaction]) -> list[Line]:
    """The lines of a page of reactions (joined with member, organisation and reason); two queries."""
    rows = list(reactions)
    known = stamps_by_code(row.stamp for row in rows)
    dated = Affiliation.objects.filter(member__in={row.member_id for row in rows})
    affiliations = list(dated.select_related("organisation").order_by("-valid_from", "-id"))
    return [Line(row, known.get(row.stamp), _of_the_day(row, affiliations)) for row in rows]


def _of_the_day(row: Reaction, affiliations: list[Affiliation]) -> Affiliation | None:
    day = timezone.localdate(row.reacted_at)
    same = (row.member_id, row.organisation_id)
    theirs = [one for one in affiliations if (one.member_id, one.organisation_id) == same]
    return next((one for one in theirs if one.valid_from <= day <= (one.valid_to or day)), None)


@dataclass(frozen=True)
class Sizes:
    """Distinct organisations, by population band and by prefecture: (label, number), none of them zero."""

    bands: list[tuple[str, int]]
    prefectures: list[tuple[str, int]]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(number for _, number in self.bands)


def sizes_of(reactions: ReactionQuerySet) -> Sizes:
    """The two tables of some reactions; two queries."""
    bands, prefectures = reactions.by_band(), reactions.by_prefecture()
    names = [*PREFECTURE_NAMES.items(), ("", "国の機関など")]
    return Sizes(
        [(band.label, bands[band.value]) for band in Band if bands.get(band.value)],
        [(name, prefectures[code]) for code, name in names if prefectures.get(code)],
    )
