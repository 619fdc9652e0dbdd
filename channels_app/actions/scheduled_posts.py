"""Scheduled posts: written now, published at their moment."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models.functions import Now
from django.utils import timezone

from channels_app.actions import drafts
from channels_app.actions.posts import publish_post
from channels_app.actions.refusals import Refused
from channels_app.models import Channel, Membership, Post, ScheduledPost
from kyoso import jobs
from kyoso.lib.deeds import deed

OVER = "この予約は、もう公開されたか取りやめられています。"
STALE = "予約できませんでした。もう一度お試しください。"


@deed
def schedule_post(
    member,
    channel: Channel,
    *,
    text: str,
    cid: UUID,
    publish_at: datetime,
    root: Post | None = None,
    title: str = "",
    in_channel: bool = False,
) -> ScheduledPost:
    """Put a post aside until `publish_at` (aware, in the future), once per cid.

    The other arguments are those of publish_post. Raises Refused when the member may not post there now; it
    is asked again at the moment itself. Side effects in order: the row, the draft of the place goes, the job.
    """
    stay = Membership.objects.current().filter(member=member, channel=channel).first()
    if refusal := channel.refusal_to_post(member, stay, replying=root is not None):
        raise Refused(refusal)
    facts = {"member": member, "channel": channel, "root": root, "text": text, "publish_at": publish_at}
    facts |= {"title": title if root is None else "", "in_channel": in_channel}
    row, created = ScheduledPost.objects.get_or_create(cid=cid, defaults=facts)
    if row.member_id != member.pk:
        raise Refused(STALE)
    if created:
        drafts.drop(member, channel, root)
        _enqueue(row)
    return row


def _enqueue(row: ScheduledPost) -> None:
    jobs.enqueue("publish_scheduled_post", run_after=row.publish_at, scheduled_id=row.pk)


@deed
def change_scheduled_post(
    member, row: ScheduledPost, *, text: str, publish_at: datetime, title: str = ""
) -> ScheduledPost:
    """Another text or moment for one's own post that waits or was refused; what was refused waits again.

    Raises Refused when it is published or taken back. Side effects in order: the row, a job for the moment
    (the earlier job finds that its moment is not due).
    """
    row = _open(member, row)
    row.text, row.title, row.publish_at = text, title, publish_at
    row.refused_at, row.refusal = None, ""
    row.save(update_fields=["text", "title", "publish_at", "refused_at", "refusal"])
    _enqueue(row)
    return row


@deed
def cancel_scheduled_post(member, row: ScheduledPost) -> ScheduledPost:
    """Take one's own scheduled post back; again changes nothing. Raises Refused when it is published."""
    row = ScheduledPost.objects.select_for_update(no_key=True).get(pk=row.pk, member=member)
    if row.post_id:
        raise Refused(OVER)
    row.cancelled_at = row.cancelled_at or timezone.now()
    row.save(update_fields=["cancelled_at"])
    return row


@deed
def send_scheduled_post(member, row: ScheduledPost) -> ScheduledPost:
    """Publish one's own scheduled post now; a refusal stays on the row. Raises Refused when it is over."""
    row = _open(member, row)
    row.publish_at, row.refused_at, row.refusal = Now(), None, ""
    row.save(update_fields=["publish_at", "refused_at", "refusal"])
    return publish_scheduled(row.pk) or row


def _open(member, row: ScheduledPost) -> ScheduledPost:
    """One's own row, locked, if it is neither published nor taken back."""
    row = ScheduledPost.objects.select_for_update(no_key=True).get(pk=row.pk, member=member)
    if row.post_id or row.cancelled_at:
        raise Refused(OVER)
    return row


@deed
def publish_scheduled(scheduled_id: int) -> ScheduledPost | None:
    """Publish what is due, by publish_post, which asks every permission again; called by the job.

    Nothing happens when it is over, refused, gone, or its moment was moved. Its `cid` publishes it once.
    Side effects in order: those of publish_post, the row's post, or its refusal with the reason.
    """
    locked = ScheduledPost.objects.select_for_update(no_key=True, of=("self",))
    row = locked.select_related("member", "channel", "root").due().filter(pk=scheduled_id).first()
    if row is None:
        return None
    said: dict[str, Any] = {"text": row.text, "cid": row.cid, "root": row.root, "title": row.title}
    try:
        row.post = publish_post(row.member, row.channel, in_channel=row.in_channel, **said).post
    except Refused as refusal:
        row.refused_at, row.refusal = timezone.now(), str(refusal)[:200]
    row.save(update_fields=["post", "refused_at", "refusal"])
    return row
