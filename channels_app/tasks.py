"""Background work of the channels: envelopes around deeds, no logic of their own."""

from datetime import date

from django.utils import timezone

from channels_app.actions import (
    activity,
    attachments,
    authors,
    channel_changes,
    channels,
    digests,
    inbox,
    notifications,
    practice,
    scheduled_posts,
    stamps,
)
from channels_app.live import log
from channels_app.models import Channel
from kyoso import jobs

SOON = 5  # before indexing and upkeep: somebody waits for it


@jobs.task(queue_name="index", cron="40 18 * * *")
def prune_live_log() -> None:
    """Every night at 3:40 Japanese time: forget events older than 30 days."""
    log.prune()


@jobs.task(queue_name="bulk")
def redraw_posts_of(member_id: int, at_once: bool) -> None:
    """Draw the posts of somebody who is shown differently anew."""
    authors.redraw_posts_of(member_id, at_once=at_once)


@jobs.task(queue_name="index", priority=SOON)
def tell_of_post(post_id: int) -> None:
    """Put a new post into the inboxes of those it concerns."""
    notifications.tell_of_post(post_id)


@jobs.task(queue_name="index", priority=SOON)
def tell_of_edit(post_id: int) -> None:
    """Tell those whom an edited post newly mentions."""
    notifications.tell_of_edit(post_id)


@jobs.task(queue_name="index", priority=SOON)
def tell_of_stamp(post_id: int) -> None:
    """Tell the author of a post which stamps were pressed."""
    notifications.tell_of_stamp(post_id)


@jobs.task(queue_name="index", priority=SOON)
def tell_of_answer(post_id: int) -> None:
    """Tell the author of a reply that it was accepted, or is no longer."""
    notifications.tell_of_answer(post_id)


@jobs.task(queue_name="index", priority=SOON)
def tell_of_doubt(reaction_id: int) -> None:
    """Give the author of a post the private reason of a doubt."""
    notifications.tell_of_doubt(reaction_id)


@jobs.task(queue_name="index")
def tell_of_removal(post_id: int) -> None:
    """Take a removed post out of the numbers of those in whose inbox it stood."""
    notifications.tell_of_removal(post_id)


@jobs.task(queue_name="index", priority=SOON)
def publish_scheduled_post(scheduled_id: int) -> None:
    """Publish a scheduled post whose moment has come."""
    scheduled_posts.publish_scheduled(scheduled_id)


@jobs.task(queue_name="index", cron="7 * * * *")
def count_weeks() -> None:
    """Every hour: count what the directory of channels draws."""
    activity.count_weeks()


@jobs.task(queue_name="index", cron="*/10 * * * *")
def clear_practice() -> None:
    """Every ten minutes: empty the practice channels of what is older than a day."""
    practice.clear_practice()


@jobs.task(queue_name="index", cron="20 18 * * *")
def recount_channels() -> None:
    """Every night at 3:20 Japanese time: count members and organisations of every channel anew."""
    channels.recount_all()


@jobs.task(queue_name="bulk")
def admit_members_of(channel_id: int, into_id: int) -> None:
    """Let the members of a merged channel into the one it became part of."""
    found = Channel.objects.in_bulk([channel_id, into_id])
    channel_changes.admit_members_of(found[channel_id], found[into_id])


@jobs.task(queue_name="bulk")
def recount_channels_of(member_id: int) -> None:
    """Count the channels of somebody anew who now works elsewhere."""
    channels.recount_of(member_id)


@jobs.task(queue_name="index", cron="50 18 * * *")
def forget_old_notifications() -> None:
    """Every night at 3:50 Japanese time: delete rows of the inbox that were read half a year ago."""
    inbox.forget_old()


@jobs.task(queue_name="mail", cron="30 23 * * *")
def plan_digests() -> None:
    """Every day at 8:30 Japanese time: one job for each member whose digest is due."""
    digests.enqueue_digests(timezone.localdate())


@jobs.task(queue_name="mail")
def send_digest(member_id: int, day: str) -> None:
    """Mail a member what is new; once, however often this runs."""
    digests.send_digest(member_id, date.fromisoformat(day))


@jobs.task(queue_name="bulk")
def redraw_posts_with(stamp: str) -> None:
    """Draw the posts anew that print a stamp whose name was changed."""
    stamps.redraw_posts_with(stamp)


@jobs.task(queue_name="media")
def delete_files_of(post_id: int) -> None:
    """Delete the bytes of the files of a removed post."""
    attachments.delete_files_of(post_id)


@jobs.task(queue_name="media", cron="50 * * * *")
def sweep_files() -> None:
    """Every hour: forget what was uploaded more than a day ago and never sent."""
    attachments.sweep()
