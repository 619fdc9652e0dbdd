"""Attachments: files that belong to a post."""

from urllib.parse import quote
from uuid import uuid4

from django.db import models
from django.utils import timezone

from kyoso.lib import files

from .channels import Channel
from .posts import Post

MOST_FILES = 10  # of one post
LARGEST_POST = 30 * 1024 * 1024  # bytes of all files of one post
SHOWN = (320, 240)  # CSS pixels a picture takes at most; its small copy has twice as many


class AttachmentQuerySet(models.QuerySet):
    """Sentences about attachments."""

    def visible_to(self, member):
        """Files of standing posts the member may read, and their own ones that wait for their post.

        Who has left a closed channel opens no file of it any more, not even of the own stay.
        """
        if not member.is_active:
            return self.none()
        posts = Post.objects.visible_to(member).filter(removed_at=None)
        sent = models.Q(post__in=posts.filter(channel__in=Channel.objects.visible_to(member)))
        return self.filter(sent | models.Q(post=None, uploader=member), removed_at=None)

    def waiting_of(self, member):
        """What a member has uploaded and not sent yet."""
        return self.filter(uploader=member, post=None, removed_at=None)

    def standing(self):
        """Files that a post shows."""
        return self.filter(removed_at=None).exclude(post=None)

    def stored_bytes(self) -> int:
        """How much the files take on the disk, the small pictures apart."""
        return self.filter(removed_at=None).aggregate(sum=models.Sum("size"))["sum"] or 0


class Attachment(models.Model):
    """One stored file (channels_app.stored_files holds its bytes).

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

    def get_absolute_url(self) -> str:
        """Where it is opened or saved from; the name is for people and their bookmarks."""
        return f"/attachments/{self.key}/{quote(self.name, safe='')}"

    @property
    def is_picture(self) -> bool:
        """Whether it is shown in the post."""
        return self.width is not None

    @property
    def label(self) -> str:
        """Its name, kind and size: 会議資料.pdf（PDF、1.2MB）."""
        return f"{self.name}（{self.kind_label}、{self.size_label}）"

    @property
    def kind_label(self) -> str:
        """What members call this kind of file."""
        return files.LABELS[self.media_type]

    @property
    def size_label(self) -> str:
        """Its size as people read it."""
        return files.size_label(self.size)

    @property
    def thumbnail_url(self) -> str:
        """Where the small picture is."""
        return f"/attachments/{self.key}/thumbnail"

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height of a picture on the page, in CSS pixels: known before it has come."""
        width, height = self.width or 1, self.height or 1
        scale = min(1, SHOWN[0] / width, SHOWN[1] / height)
        return max(1, round(width * scale)), max(1, round(height * scale))
