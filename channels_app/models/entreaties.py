"""Entreaties: who is outside a private channel that says it exists may ask to be let in."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class EntreatyQuerySet(models.QuerySet):
    """Sentences about entreaties."""

    def open(self):
        """Those that nobody has answered."""
        return self.filter(answered_at=None)

    def visible_to(self, member):
        """Those that a member may answer, as owner or steward of the channel."""
        if not member.is_active:
            return self.none()
        tended = Q(channel__memberships__member=member, channel__memberships__left_n=None)
        return self.filter(tended, channel__memberships__role__in=("steward", "owner"))


class Entreaty(models.Model):
    """One member's wish to enter a private channel. Answered once: admitted, or declined."""

    channel = models.ForeignKey("channels_app.Channel", models.CASCADE, related_name="entreaties")
    member = models.ForeignKey("accounts.Member", models.CASCADE, related_name="+")
    reason = models.CharField("ひとこと", max_length=200)
    asked_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        "accounts.Member", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    admitted_at = models.DateTimeField(null=True, blank=True)

    objects = EntreatyQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "member"], condition=Q(answered_at=None), name="entreaty_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} to {self.channel_id}"
