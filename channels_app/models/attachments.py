"""Attachments: files that belong to a post."""

from uuid import uuid4

from django.db import models
from django.utils import timezone


class AttachmentQuerySet(models.QuerySet):
    """Sentences about attachments."""

    def visible_to(self, member):
        """Files of posts the member may read and that stand, and their own ones that wait for their post."""
        posts = self.model._meta.get_field("post").related_model.objects.visible_to(member)
        own = models.Q(post=None, uploader=member)
        if not member.is_active:
            return self.none()
        return self.filter(own | models.Q(post__in=posts.filter(removed_at=None)), removed_at=None)


class Attachment(models.Model):
    """One stored file. `folder` below the site's files holds it (and `thumbnail.webp` for a picture).

    `media_type` was recognised by the file's own signature, never by its name. `width` and `height` in pixels
    are those of a picture, None otherwise. A file without a post is swept away a day after its upload.
    """

    key = models.UUIDField(default=uuid4, unique=True)
    uploader = models.ForeignKey("accounts.Member", models.PROTECT, related_name="attachments")
    post = models.ForeignKey(
        "channels_app.Post", models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    uploaded_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        """Whether it is shown in the post."""
        return self.width is not None
