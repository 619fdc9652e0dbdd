"""Ambassadors: members commissioned for a region and a term."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class AmbassadorQuerySet(models.QuerySet):
    """Sentences about terms."""

    def serving(self, on=None):
        """Terms that run on a date (default today)."""
        on = on or timezone.localdate()
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on)


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
