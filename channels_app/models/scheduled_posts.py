"""Scheduled posts: written now, published at a moment in working hours."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from kyoso.lib import markdown


class ScheduledPostQuerySet(models.QuerySet):
    """Sentences about scheduled posts."""

    def visible_to(self, member):
        """A member's own."""
        return self.filter(member=member) if member.is_active else self.none()

    def pending(self):
        """What is still the member's to decide: waiting or refused, with their places."""
        return self.filter(post=None, cancelled_at=None).select_related("channel", "root__author")

    def waiting(self):
        """Neither published, nor refused, nor taken back."""
        return self.filter(post=None, refused_at=None, cancelled_at=None)

    def due(self):
        """Waiting, and its moment has come by the clock of the database, which also begins its job."""
        return self.waiting().filter(publish_at__lte=Now())


class ScheduledPost(models.Model):
    """A text with its moment. `cid` publishes it once; `refusal` says why it could not be published."""

    member = models.ForeignKey("accounts.Member", models.CASCADE, related_name="scheduled_posts")
    channel = models.ForeignKey("channels_app.Channel", models.CASCADE, related_name="+", db_index=False)
    root = models.ForeignKey(
        "channels_app.Post", models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    cid = models.UUIDField(unique=True)
    text = models.TextField()
    title = models.CharField("質問の見出し", max_length=80, blank=True, db_default="")
    in_channel = models.BooleanField(default=False, db_default=False)
    publish_at = models.DateTimeField()
    written_at = models.DateTimeField(default=timezone.now)
    # CASCADE: without its post it would wait again, when a practice channel clears itself.
    post = models.OneToOneField(
        "channels_app.Post", models.CASCADE, null=True, blank=True, related_name="schedule"
    )
    refused_at = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField(max_length=200, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = ScheduledPostQuerySet.as_manager()

    class Meta:
        ordering = ["publish_at", "id"]
        indexes = [
            models.Index(
                fields=["publish_at"],
                condition=Q(post=None, refused_at=None, cancelled_at=None),
                name="scheduled_post_due",
            )
        ]

    def __str__(self) -> str:
        return f"ScheduledPost {self.pk}"

    def get_absolute_url(self) -> str:
        return f"/scheduled-posts/{self.pk}/"

    @property
    def excerpt(self) -> str:
        """The beginning of the text as a reader would see it."""
        return markdown.excerpt(markdown.to_html(self.text), 200)
