"""Stamps of the deployment's own, uploaded by the secretariat."""

from django.db import models
from django.utils import timezone


class OwnStampQuerySet(models.QuerySet):
    """Sentences about the deployment's own stamps."""

    def offered(self):
        """Those that may still be pressed; retired ones are only shown where they were."""
        return self.filter(retired_at=None)


class OwnStamp(models.Model):
    """One picture with a Japanese name. `code` begins with own-; `picture` is a re-encoded 128 px PNG."""

    code = models.CharField(max_length=24, unique=True)
    name = models.CharField("名前", max_length=20)
    kana = models.CharField("よみ", max_length=60)
    picture = models.BinaryField()
    digest = models.CharField(max_length=64)
    made_by = models.ForeignKey("accounts.Member", models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = OwnStampQuerySet.as_manager()

    class Meta:
        ordering = ["made_at", "id"]

    def __str__(self) -> str:
        return self.name
