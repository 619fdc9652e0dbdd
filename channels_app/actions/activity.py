"""Counting ahead what the directory draws: posts by channel and week."""

from datetime import datetime, time

from django.db import connection
from django.utils import timezone

from channels_app.models.activity import WEEKS, weeks
from kyoso.lib.deeds import deed

# One pass over the posts of eight weeks. A week without posts has no row; one that lost all of them has 0.
COUNT = """
INSERT INTO channels_app_activity (channel_id, week_on, posts)
SELECT channel_id, date_trunc('week', posted_at AT TIME ZONE %(zone)s)::date, count(*)
FROM channels_app_post WHERE posted_at >= %(since)s AND removed_at IS NULL GROUP BY 1, 2
ON CONFLICT (channel_id, week_on) DO UPDATE SET posts = excluded.posts
WHERE channels_app_activity.posts <> excluded.posts
"""


@deed
def count_weeks() -> None:
    """Count the posts of the last eight weeks anew, removed ones left out.

    Always all eight, so that imports, removals and hours without a worker come right. One pass over the
    posts, once an hour.
    """
    first = weeks(count=WEEKS)[0]
    zone = timezone.get_current_timezone()
    with connection.cursor() as cursor:
        since = timezone.make_aware(datetime.combine(first, time.min))
        cursor.execute(COUNT, {"zone": str(zone), "since": since})
