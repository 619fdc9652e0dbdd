"""The audit log: who decided what, append-only."""

from django.db import models


class AuditEntry(models.Model):
    """One administrative deed. Holds no text bodies, no tokens, no codes (docs/security.md D1)."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey("accounts.Member", models.PROTECT, null=True, related_name="+")
    deed = models.CharField(max_length=40)
    noun = models.CharField(max_length=40)
    noun_id = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["noun", "noun_id"], name="audit_by_noun")]

    def __str__(self) -> str:
        return f"{self.deed} {self.noun} {self.noun_id}"
