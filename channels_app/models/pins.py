"""Pins: the posts a channel keeps at hand."""

from django.db import models
from django.utils import timezone


class PinQuerySet(models.QuerySet):
    """Sentences about pins."""

    def visible_to(self, member):
        """Pins of posts the member may read."""
        posts = self.model._meta.get_field("post").related_model.objects.visible_to(member)
        return self.filter(post__in=posts)


class Pin(models.Model):
    """A post that stands at the head of its channel; taking it off deletes the row (the audit log remains)."""

    channel = models.ForeignKey("channels_app.Channel", models.CASCADE, related_name="pins")
    post = models.OneToOneField("channels_app.Post", models.CASCADE, related_name="pin")
    pinned_by = models.ForeignKey("accounts.Member", models.PROTECT, related_name="+", db_index=False)
    pinned_at = models.DateTimeField(default=timezone.now)

    objects = PinQuerySet.as_manager()

    class Meta:
        ordering = ["-pinned_at", "-id"]

    def __str__(self) -> str:
        return f"Pin of {self.post_id}"
