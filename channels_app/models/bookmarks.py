"""Bookmarks: posts a member keeps for later (あとで)."""

from django.db import models
from django.utils import timezone

from .channels import Channel
from .posts import Post


class BookmarkQuerySet(models.QuerySet):
    """Sentences about bookmarks."""

    def visible_to(self, member):
        """A member's own, of posts they may still read in a channel they may open."""
        posts = Post.objects.visible_to(member)
        opened = posts.filter(channel__in=Channel.objects.visible_to(member))
        return self.filter(member=member, post__in=opened)

    def open(self):
        """Those not done with."""
        return self.filter(done_at=None)


class Bookmark(models.Model):
    """One member's mark on one post; `done_at` when they are through with it."""

    member = models.ForeignKey("accounts.Member", models.CASCADE, related_name="bookmarks", db_index=False)
    post = models.ForeignKey("channels_app.Post", models.CASCADE, related_name="+", db_index=False)
    saved_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = BookmarkQuerySet.as_manager()

    class Meta:
        ordering = ["-saved_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["member", "post"], name="bookmark_once")]

    def __str__(self) -> str:
        return f"{self.member_id} keeps {self.post_id}"
