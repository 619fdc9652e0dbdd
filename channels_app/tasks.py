"""Background work of the channels: envelopes around deeds, no logic of their own."""

from channels_app.live import log
from kyoso import jobs


@jobs.task(queue_name="index", cron="40 18 * * *")
def prune_live_log() -> None:
    """Every night at 3:40 Japanese time: forget events older than 30 days."""
    log.prune()
