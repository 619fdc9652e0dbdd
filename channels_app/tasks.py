"""Background work of the channels: envelopes around deeds, no logic of their own."""

from channels_app.actions import authors
from channels_app.live import log
from kyoso import jobs


@jobs.task(queue_name="index", cron="40 18 * * *")
def prune_live_log() -> None:
    """Every night at 3:40 Japanese time: forget events older than 30 days."""
    log.prune()


@jobs.task(queue_name="bulk")
def redraw_posts_of(member_id: int, at_once: bool) -> None:
    """Draw the posts of somebody who is shown differently anew."""
    authors.redraw_posts_of(member_id, at_once=at_once)
