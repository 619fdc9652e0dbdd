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

    def visible_to(self, member):
        """A member sees their own invitations; nobody else's."""
        return self.filter(invited_by=member) if member.is_active else self.none()

    def addressed_to(self, email: str):
        """Open invitations of a normalised address, the newest first."""
        return self.open().filter(email=email)


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

    @property
    def expires_at(self):
        """Until when an application may carry it."""
        return self.invited_at + INVITATION_LIFE

    @property
    def is_open(self) -> bool:
        """Whether an application would carry it."""
        return not (self.used_at or self.withdrawn_at) and timezone.now() < self.expires_at

    @property
    def state(self) -> str:
        """What the inviter sees of it: never whether the address belongs to a member."""
        if self.used_at:
            return "申し込みがありました"
        if self.withdrawn_at:
            return "取り消しました"
        return "招待中" if self.is_open else "期限が過ぎました"
