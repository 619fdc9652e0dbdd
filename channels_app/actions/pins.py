"""Pins: posts that a channel keeps at hand."""

from accounts.actions import audit
from channels_app.actions.refusals import Refused
from channels_app.actions.stewards import role_in
from channels_app.actions.versions import raise_version
from channels_app.live import announce_channels
from channels_app.models import Pin, Post
from kyoso.lib.deeds import deed

MOST = 50  # pins of one channel: more is no list of what matters
ONLY_TENDING = "ピン留めできるのは、世話役と事務局だけです。"


@deed
def pin_post(member, post: Post) -> Pin:
    """Pin a post to its channel; a pinned one stays as it is.

    Stewards and the secretariat may, in private groups and direct conversations everybody in them. Raises
    Refused otherwise, for removed posts, archived channels and after 50. Side effects in order: the pin, the
    post's v, the audit entry where stewards decide, the announcement.
    """
    _insist(member, post)
    if post.removed_at:
        raise Refused("取り消された投稿は、ピン留めできません。")
    if Pin.objects.filter(channel=post.channel).exclude(post=post).count() >= MOST:
        raise Refused(f"ピン留めは{MOST}件までです。古いものを外してください。")
    pin, created = Pin.objects.get_or_create(
        post=post, defaults={"channel": post.channel, "pinned_by": member}
    )
    if created:
        _tell(member, post, "post.pinned")
    return pin


@deed
def unpin_post(member, post: Post) -> bool:
    """Take a pin off; False when there was none. Raises Refused and has side effects as `pin_post`."""
    _insist(member, post)
    gone, _ = Pin.objects.filter(post=post).delete()
    if gone:
        _tell(member, post, "post.unpinned")
    return bool(gone)


def _insist(member, post: Post) -> None:
    if not (member.is_active and post.channel.is_pinned_by(member, role_in(member, post.channel))):
        raise Refused(ONLY_TENDING)
    if post.channel.archived_at:
        raise Refused("保管済みのチャンネルでは、ピン留めを変えられません。")


def _tell(member, post: Post, recorded: str) -> None:
    fresh = raise_version(post.pk)
    if not post.channel.behaviour.everybody_pins:
        audit.record(member, recorded, post, channel=post.channel_id)
    announce_channels.post_pinned(fresh, member)
