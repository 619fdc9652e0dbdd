"""Invitations: a colleague who vouches for a newcomer."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

from .organisations import Organisation

INVITATION_LIFE = timedelta(days=30)


class InvitationQuerySet(models.QuerySet):
    """Sentences about invitations."""

    def open(self):
        """Not used and not older than 30 days."""
        return self.filter(used_at=None, withdrawn_at=None, invited_at__gt=timezone.now() - INVITATION_LIFE)


class Invitation(models.Model):
    """A member's word for one address. It pre-fills the application and is evidence, never admission."""

    email = models.EmailField("招く人のアドレス", max_length=254)
    invited_by = models.ForeignKey("accounts.Member", models.PROTECT, related_name="invitations")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    relation = models.CharField("どういう方ですか", max_length=200, blank=True)
    invited_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-invited_at", "-id"]
        indexes = [models.Index(fields=["email"], name="invitation_by_address")]

    def __str__(self) -> str:
        return f"Invitation {self.pk}"
