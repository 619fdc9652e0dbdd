"""Notifications: what a member should hear of; the rows of the inbox (お知らせ)."""

from django.db import models
from django.db.models import Count, Q
from django.utils import timezone

from .channels import Channel
from .posts import Post

MOST = 100  # unread rows that are counted; more are shown as 99+


class NotificationQuerySet(models.QuerySet):
    """Sentences about notifications."""

    def visible_to(self, member):
        """A member's own, of posts that stand in channels they may open, and that they may read there.

        Who left a closed channel may read what was said in their stay, but has no page to read it on.
        """
        posts = Post.objects.visible_to(member)
        opened = posts.filter(removed_at=None, channel__in=Channel.objects.visible_to(member))
        return self.filter(member=member, post__in=opened)

    def unread(self):
        """Those not read yet."""
        return self.filter(read_at=None)

    def waiting_for(self, member):
        """What a member has not read, among their newest MOST unread rows: every number counts these.

        The cut is not only for the reader: without it PostgreSQL may join every post of the site, on every
        page (0.4 s with 200,000 posts instead of 1 ms).
        """
        newest = self.filter(member=member).unread().newest_first().values("pk")[:MOST]
        return self.visible_to(member).filter(pk__in=newest)

    def counted(self):
        """Their number, as an annotation of another query can hold it: no row for none."""
        return self.order_by().values("member").annotate(n=Count("pk")).values("n")

    def newest_first(self):
        """The order of the inbox; `id` breaks ties."""
        return self.order_by("-happened_at", "-id")


class Notification(models.Model):
    """One row of one member's inbox.

    Stamps on the same post share one row (`count` people, the last one in `actor`), so that a popular post is
    one line; every other kind is one row per post, and `post` is the new post.
    """

    class Kind(models.TextChoices):
        MENTION = "mention", "あなたへの呼びかけ"
        REPLY = "reply", "フォロー中のスレッドへの返信"
        STAMP = "stamp", "投稿へのスタンプ"
        ANSWER = "answer", "回答に選ばれました"
        DOUBT = "doubt", "「違うかも」の理由"
        POST = "post", "チャンネルの投稿"

    member = models.ForeignKey(
        "accounts.Member", models.CASCADE, related_name="notifications", db_index=False
    )
    kind = models.CharField(max_length=8, choices=Kind)
    post = models.ForeignKey("channels_app.Post", models.CASCADE, related_name="+", db_index=False)
    actor = models.ForeignKey("accounts.Member", models.PROTECT, related_name="+", db_index=False)
    note = models.CharField(max_length=400, blank=True)  # the private reason of a doubt
    stamp = models.CharField(max_length=24, blank=True)  # the last one pressed
    count = models.PositiveIntegerField(default=1)
    happened_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-happened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "post", "kind"], condition=~Q(kind="doubt"), name="notification_once"
            )
        ]
        indexes = [
            models.Index(fields=["member", "-happened_at", "-id"], name="notification_inbox"),
            models.Index(fields=["member"], condition=Q(read_at=None), name="notification_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.member_id}"

    def get_absolute_url(self) -> str:
        return f"/inbox/{self.pk}/"

    @property
    def is_unread(self) -> bool:
        """Whether it waits to be read."""
        return self.read_at is None

    @property
    def others(self) -> int:
        """How many more people pressed a stamp than the one who is named."""
        return max(0, self.count - 1)
