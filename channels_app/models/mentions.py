"""Mentions: whom a post addresses by @."""

from django.db import models
from django.db.models import Q


class Mention(models.Model):
    """One addressee of one post: a member, the members of an organisation, or the channel's ambassadors."""

    class Kind(models.TextChoices):
        MEMBER = "member", "会員"
        ORGANISATION = "organisation", "団体"
        AMBASSADORS = "ambassadors", "アンバサダー"

    post = models.ForeignKey("channels_app.Post", models.CASCADE, related_name="mentions", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind)
    member = models.ForeignKey(
        "accounts.Member", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    organisation = models.ForeignKey(
        "accounts.Organisation", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["post", "kind", "member", "organisation"],
                nulls_distinct=False,
                name="mention_once_per_addressee",
            ),
            models.CheckConstraint(
                condition=Q(kind="member", member__isnull=False, organisation=None)
                | Q(kind="organisation", member=None, organisation__isnull=False)
                | Q(kind="ambassadors", member=None, organisation=None),
                name="mention_names_its_addressee",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.post_id}"

    @property
    def mark(self) -> str:
        """How it is written in the HTML of a post: m7, o12, a."""
        if self.kind == self.Kind.AMBASSADORS:
            return "a"
        return f"o{self.organisation_id}" if self.organisation_id else f"m{self.member_id}"
