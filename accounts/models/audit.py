"""The audit log: who decided what, append-only."""

from django.db import models
from django.utils import timezone


class AuditEntry(models.Model):
    """One administrative deed. Holds no text bodies, no tokens, no codes (docs/security.md D1)."""

    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey("accounts.Member", models.PROTECT, null=True, related_name="+")
    deed = models.CharField(max_length=40)
    noun = models.CharField(max_length=40, blank=True)
    noun_id = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True, blank=True)
    chained_before = models.CharField(max_length=64, blank=True)
    chained = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["actor", "-id"], name="audit_by_actor"),
            models.Index(fields=["deed", "-id"], name="audit_by_deed"),
            models.Index(fields=["noun", "noun_id"], name="audit_by_noun"),
        ]

    def __str__(self) -> str:
        return f"{self.deed} {self.noun} {self.noun_id}"
