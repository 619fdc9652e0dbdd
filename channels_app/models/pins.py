"""Pins: the posts a channel keeps at hand."""

from django.db import models
from django.utils import timezone

from .channels import Membership
from .posts import Post


class PinQuerySet(models.QuerySet):
    """Sentences about pins."""

    def visible_to(self, member):
        """Pins of posts the member may read."""
        return self.filter(post__in=Post.objects.visible_to(member))

    def deed_of(self, member, post) -> str:
        """What a member may do with a post: "pin", "unpin", or "" for nothing. Two queries."""
        stays = Membership.objects.current().filter(member=member, channel=post.channel)
        role = stays.values_list("role", flat=True).first() or ""
        if post.channel.archived_at or not post.channel.is_pinned_by(member, role):
            return ""
        if self.filter(post=post).exists():
            return "unpin"
        return "" if post.removed_at else "pin"


class Pin(models.Model):
    """A post that its channel keeps at hand; taking it off deletes the row (the audit log remains)."""

    channel = models.ForeignKey("channels_app.Channel", models.CASCADE, related_name="pins")
    post = models.OneToOneField("channels_app.Post", models.CASCADE, related_name="pin")
    pinned_by = models.ForeignKey("accounts.Member", models.PROTECT, related_name="+", db_index=False)
    pinned_at = models.DateTimeField(default=timezone.now)

    objects = PinQuerySet.as_manager()

    class Meta:
        ordering = ["-pinned_at", "-id"]

    def __str__(self) -> str:
        return f"Pin of {self.post_id}"
