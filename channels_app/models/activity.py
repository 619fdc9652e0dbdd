"""Activity: how much is said in a channel, week by week, counted ahead so that no page counts posts."""

from datetime import date, timedelta

from django.db import models
from django.utils import timezone

WEEKS = 8  # what the directory draws


class ActivityQuerySet(models.QuerySet):
    """Sentences about counted weeks."""

    def lately(self):
        """The weeks that the directory draws, the oldest first."""
        return self.filter(week_on__gte=weeks()[0]).order_by("channel_id", "week_on")


class Activity(models.Model):
    """How many posts (replies included) a channel had in the week that begins on `week_on`, a Monday."""

    channel = models.ForeignKey(
        "channels_app.Channel", models.CASCADE, related_name="activity", db_index=False
    )
    week_on = models.DateField()
    posts = models.PositiveIntegerField(default=0, db_default=0)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "week_on"], name="activity_once_a_week")]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.week_on}: {self.posts}"


def weeks(today: date | None = None, count: int = WEEKS) -> list[date]:
    """The Mondays of the last `count` weeks in Japan, the present one last."""
    today = today or timezone.localdate()
    monday = today - timedelta(days=today.weekday())
    return [monday - timedelta(weeks=back) for back in range(count - 1, -1, -1)]
