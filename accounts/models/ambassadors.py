"""Ambassadors: members commissioned for a region and a term."""

from django.db import models
from django.db.models import Prefetch, Q
from django.utils import timezone

from .affiliations import Affiliation
from .organisations import PREFECTURE_NAMES


class AmbassadorQuerySet(models.QuerySet):
    """Sentences about terms."""

    def serving(self, on=None):
        """Terms that run on a date (default today)."""
        on = on or timezone.localdate()
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on)

    def by_region(self):
        """All terms with their members and where they work, by region, the newest first (3 queries)."""
        dated = Affiliation.objects.select_related("organisation").order_by("-valid_from", "-id")
        terms = self.select_related("member").order_by("prefecture_code", "-valid_from", "-pk")
        return terms.prefetch_related(Prefetch("member__affiliations", dated))


class Ambassador(models.Model):
    """One term of a member as ambassador of a prefecture; the real platform commissions for one year."""

    member = models.ForeignKey("accounts.Member", models.CASCADE, related_name="ambassador_terms")
    prefecture_code = models.CharField("担当地域", max_length=2)
    valid_from = models.DateField("開始日")
    valid_to = models.DateField("終了日", null=True, blank=True)
    appointed_by = models.ForeignKey("accounts.Member", models.SET_NULL, null=True, related_name="+")

    objects = AmbassadorQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.member}（{self.prefecture_code}）"

    @property
    def region(self) -> str:
        """都道府県名."""
        return PREFECTURE_NAMES.get(self.prefecture_code, "")

    @property
    def has_ended(self) -> bool:
        """Whether the last day is over."""
        return self.valid_to is not None and self.valid_to < timezone.localdate()

    @property
    def state(self) -> str:
        """任期中, 任期前 or 満了, as of today."""
        if self.has_ended:
            return "満了"
        return "任期中" if self.valid_from <= timezone.localdate() else "任期前"
