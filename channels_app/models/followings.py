"""Followings: threads whose replies a member wants to hear of."""

from django.db import models
from django.utils import timezone


class FollowingQuerySet(models.QuerySet):
    """Sentences about followings."""

    def active(self):
        """Those not ended by the member."""
        return self.filter(ended_at=None)

    def followed_by(self, member, root) -> bool:
        """Whether a member hears of replies in a thread: who began it does until they end it."""
        found = list(self.filter(member=member, root=root).values_list("ended_at", flat=True))
        return found[0] is None if found else root.author_id == member.pk


class Following(models.Model):
    """One member on one thread. `ended_at` stays on the row, so that a new reply does not follow again."""

    member = models.ForeignKey("accounts.Member", models.CASCADE, related_name="followings", db_index=False)
    root = models.ForeignKey("channels_app.Post", models.CASCADE, related_name="followings")
    followed_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = FollowingQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "root"], name="following_once")]

    def __str__(self) -> str:
        return f"{self.member_id} follows {self.root_id}"
