"""Where the audit log begins after old entries were removed: the end of the part that is gone."""

from django.db import models
from django.db.models import Q

from .audit import AuditEntry

PRUNED = "audit.pruned"


class AuditAnchor(models.Model):
    """The one row that holds the place and the hash of the last entry removed by age; none before the first.

    The oldest entry left is chained to it. The newest entry about a removal says the same inside the chain,
    so a changed anchor is found. The database lets it only move on, and never go (migration 0011).
    """

    count = models.BigIntegerField(default=0)
    last_id = models.BigIntegerField(default=0)
    chained = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="audit_has_one_anchor")]

    def __str__(self) -> str:
        return f"{self.count} {self.chained}"

    @classmethod
    def present(cls) -> "AuditAnchor":
        """The anchor as it stands; one of zero entries while nothing was removed."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    @property
    def said(self) -> dict:
        """What the entry about the removal repeats."""
        return {"count": self.count, "last_id": self.last_id, "chained": self.chained}

    @property
    def is_attested(self) -> bool:
        """Whether the newest entry about a removal says the same as this row, or neither is there."""
        told = newest_removal()
        return {name: told.get(name) for name in self.said} == self.said if told else not self.count


def newest_removal() -> dict:
    """What the newest entry about a removal says; {} when nothing was removed."""
    entry = AuditEntry.objects.filter(deed=PRUNED).order_by("-id").first()
    return entry.detail if entry and isinstance(entry.detail, dict) else {}
