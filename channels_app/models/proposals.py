"""Proposals: members wish for a channel, others support it, the secretariat decides."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class ProposalQuerySet(models.QuerySet):
    """Sentences about proposals."""

    def visible_to(self, member):
        """Every proposal; none for a stranger."""
        return self.all() if member.is_active else self.none()

    def undecided(self):
        """Those the secretariat has not answered."""
        return self.filter(decided_at=None)

    def with_support(self):
        """Adds `support_count` and `support_organisations`: members, and distinct bodies, behind it."""
        return self.annotate(
            support_count=models.Count("supports", distinct=True),
            support_organisations=models.Count("supports__organisation", distinct=True),
        )


class Proposal(models.Model):
    """A wish for a channel. Decided once: `channel` is what came of it, None for a decline with `answer`."""

    proposer = models.ForeignKey("accounts.Member", models.PROTECT, related_name="+")
    name = models.CharField("チャンネルの名前", max_length=40)
    purpose = models.CharField("目的", max_length=200)
    reason = models.CharField("なぜ必要か", max_length=400)
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        "accounts.Member", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    answer = models.CharField("事務局からの返事", max_length=400, blank=True)
    channel = models.ForeignKey(
        "channels_app.Channel", models.PROTECT, null=True, blank=True, related_name="proposals"
    )

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(channel=None) | Q(decided_at__isnull=False), name="proposal_channel_is_a_decision"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Support(models.Model):
    """One member's support of a proposal, with the organisation of that day."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="supports", db_index=False)
    member = models.ForeignKey("accounts.Member", models.PROTECT, related_name="+", db_index=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", models.PROTECT, related_name="+", db_index=False
    )
    supported_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "member"], name="support_once")]

    def __str__(self) -> str:
        return f"{self.member_id} for {self.proposal_id}"
