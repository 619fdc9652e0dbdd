"""Notifications: what a member should hear of; the rows of the inbox (お知らせ)."""

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from .channels import Channel, Membership


class NotificationQuerySet(models.QuerySet):
    """Sentences about notifications."""

    def visible_to(self, member):
        """A member's own, of posts that stand in channels they may open, and that they may read there.

        Who left a closed channel may read what was said in their stay, but has no page to read it on.
        """
        posts = self.model._meta.get_field("post").related_model.objects.visible_to(member)
        opened = posts.filter(removed_at=None, channel__in=Channel.objects.visible_to(member))
        return self.filter(member=member, post__in=opened)

    def readable(self):
        """The same law for the rows of many members at once: each may be read by its own member."""
        stays = Membership.objects.filter(member=OuterRef("member"), channel=OuterRef("post__channel"))
        inside = stays.filter(
            Q(left_n=None) | Q(left_n__gte=OuterRef("post__n")), joined_n__lt=OuterRef("post__n")
        )
        open_to_all = ~Q(post__channel__kind__in=Channel.CLOSED_KINDS)
        return self.filter(open_to_all | (Exists(inside) & Exists(stays.current())), post__removed_at=None)

    def unread(self):
        """Those not read yet."""
        return self.filter(read_at=None)

    def counted(self):
        """The number of these, as an annotation of another query can hold it: no row for none."""
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
