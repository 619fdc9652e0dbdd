"""Drafts: what a member typed and did not send, kept on the server: it follows them to any terminal."""

from django.db import models
from django.utils import timezone

from kyoso.lib import markdown

from .channels import Channel


class DraftQuerySet(models.QuerySet):
    """Sentences about drafts."""

    def visible_to(self, member):
        """A member's own, where they may still read the place."""
        channels = Channel.objects.visible_to(member)
        return self.filter(member=member, channel__in=channels)


class Draft(models.Model):
    """One unsent text per member and place: a channel, or a thread (`root`) in it."""

    member = models.ForeignKey("accounts.Member", models.CASCADE, related_name="drafts", db_index=False)
    channel = models.ForeignKey("channels_app.Channel", models.CASCADE, related_name="+", db_index=False)
    root = models.ForeignKey(
        "channels_app.Post", models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    text = models.TextField()
    title = models.CharField("質問の見出し", max_length=80, blank=True, db_default="")
    saved_at = models.DateTimeField(default=timezone.now)

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["-saved_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "channel", "root"], nulls_distinct=False, name="draft_once_per_place"
            )
        ]

    def __str__(self) -> str:
        return f"Draft of {self.member_id} for {self.channel_id}"

    @property
    def excerpt(self) -> str:
        """The beginning of the text as a reader would see it."""
        return markdown.excerpt(markdown.to_html(self.text), 200)
