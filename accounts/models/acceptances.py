"""Acceptances: who agreed to which version of the code of conduct, and when."""

from django.db import models
from django.utils import timezone


class Acceptance(models.Model):
    """One member's agreement to one version. A new version is asked for again before anything else."""

    member = models.ForeignKey("accounts.Member", models.CASCADE, related_name="acceptances")
    version = models.CharField("版", max_length=20)
    accepted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "version"], name="acceptance_once_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.member_id} accepted {self.version}"
