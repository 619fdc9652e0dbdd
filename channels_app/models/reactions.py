"""Reactions: a member's use of a stamp, counted by people, by organisations and by their size."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db import models
from django.db.models import Count
from django.utils import timezone

from accounts.models.population_bands import banded, is_small

from .posts import Post
from .stamps import DOUBT, Stamp, stamps_by_code

RECENT = 8  # different stamps a member used last: one line of the picker
LOOKED_AT = 80  # reactions among which they are looked for


@dataclass(frozen=True, slots=True)
class StampCount:
    """How often a stamp was pressed on one post: by people, by distinct organisations, by small ones."""

    stamp: Stamp
    members: int
    organisations: int
    small: int = 0

    @property
    def number(self) -> int:
        """The figure shown: organisations for voices, people for thanks."""
        return self.organisations if self.stamp.counts_organisations else self.members

    @property
    def unit(self) -> str:
        """自治体 is too narrow where agencies press as well: 団体."""
        return "団体" if self.stamp.counts_organisations else "人"

    @property
    def small_number(self) -> int:
        """Of these, municipalities under 50,000 people; 0 where people are counted."""
        return self.small if self.stamp.counts_organisations else 0


class ReactionQuerySet(models.QuerySet):
    """Sentences about reactions."""

    def visible_to(self, member):
        """Those on posts a member may read, which everybody may see."""
        return self.shown().filter(post__in=Post.objects.visible_to(member).filter(removed_at=None))

    def shown(self):
        """What counts in public: a 違うかも only with a reason for all to read."""
        return self.exclude(stamp=DOUBT, reason=None)

    def counts_of(self, post_ids: Collection[int]) -> dict[int, list[StampCount]]:
        """Counts per post, the most pressed first; one query, and one more for own stamps among them."""
        organisations = Count("organisation", distinct=True)
        small = Count("organisation", distinct=True, filter=is_small("organisation__"))
        found = (
            self.shown()
            .filter(post_id__in=post_ids)
            .values("post_id", "stamp")
            .annotate(members=Count("id"), organisations=organisations, small=small)
            .order_by("-members", "stamp")
        )
        rows = list(found)
        known = stamps_by_code(row["stamp"] for row in rows)
        counts: dict[int, list[StampCount]] = defaultdict(list)
        for row in rows:
            if stamp := known.get(row["stamp"]):
                figures = (row["members"], row["organisations"], row["small"])
                counts[row["post_id"]].append(StampCount(stamp, *figures))
        return counts

    def by_band(self) -> dict[str, int]:
        """Distinct organisations by band; one query."""
        banded_rows = self.order_by().annotate(band=banded("organisation__")).values_list("band")
        return dict(banded_rows.annotate(Count("organisation", distinct=True)))

    def by_prefecture(self) -> dict[str, int]:
        """Distinct organisations by 都道府県コード, agencies under ""; one query."""
        rows = self.order_by().values_list("organisation__prefecture_code")
        return dict(rows.annotate(Count("organisation", distinct=True)))

    def recent_of(self, member) -> list[str]:
        """The codes of the last RECENT different stamps of a member, the latest first; one query."""
        last = self.filter(member=member).order_by("-reacted_at", "-id").values_list("stamp", flat=True)
        return list(dict.fromkeys(last[:LOOKED_AT]))[:RECENT]


class Reaction(models.Model):
    """One member's stamp on one post, with the organisation of that day (counts by municipality)."""

    post = models.ForeignKey("channels_app.Post", models.CASCADE, related_name="reactions", db_index=False)
    member = models.ForeignKey("accounts.Member", models.PROTECT, related_name="reactions", db_index=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", models.PROTECT, related_name="+", db_index=False
    )
    stamp = models.CharField(max_length=24)
    reacted_at = models.DateTimeField(default=timezone.now)
    # Why a 違うかも was pressed: a reply for all to read, or a note for the author alone.
    reason = models.ForeignKey(
        "channels_app.Post", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    note = models.CharField(max_length=400, blank=True, default="", db_default="")

    objects = ReactionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "stamp", "member"], name="reaction_once_per_stamp")
        ]
        indexes = [models.Index(fields=["member", "-reacted_at"], name="reaction_recent")]

    def __str__(self) -> str:
        return f"{self.stamp} on {self.post_id}"

    @property
    def is_shown(self) -> bool:
        """Whether everybody sees it."""
        return self.stamp != DOUBT or self.reason_id is not None
