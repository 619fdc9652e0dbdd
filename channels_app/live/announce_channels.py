"""What is said to browsers about being in channels; part of announce.py, and as it only called by actions."""

from collections.abc import Sequence

from channels_app.live import log
from channels_app.live.announce import Kind, channel_stream, say
from channels_app.live.log import Draft
from channels_app.models import Channel, LiveStream, Membership, Post


def members_joined(stays: Sequence[Membership]) -> None:
    """Many enter one channel at once; each stay begins at its own event's number, with nothing unread.

    Sets joined_n, last_read_n and read_posts of each.
    """
    told = say(
        *(
            Draft(channel_stream(stay.channel_id), Kind.MEMBER_JOINED, stay.member_id, aux=_who(stay))
            for stay in stays
        ),
        *(_own(stay.member_id, stay.channel_id) for stay in stays),
    )
    begun = {event.obj_id: event for event in told if event.kind == Kind.MEMBER_JOINED}
    for stay in stays:
        at = begun[stay.member_id]
        stay.joined_n, stay.last_read_n, stay.read_posts = at.n, at.n, at.posts
    Membership.objects.bulk_update(stays, ["joined_n", "last_read_n", "read_posts"])


def membership_changed(membership: Membership) -> None:
    """The member's own screens draw their list anew: a favourite, a mute, another section."""
    say(_own(membership.member_id, membership.channel_id))


def sections_changed(member) -> None:
    """The member's own screens draw their list anew; channel 0 stands for all of it."""
    say(_own(member.pk, 0))


def _own(member_id: int, channel_id: int) -> Draft:
    aux = {"channel": channel_id, "on": True}
    return Draft((LiveStream.Kind.MEMBER, member_id), Kind.MEMBERSHIP_CHANGED, channel_id, aux=aux)


def _who(stay: Membership) -> dict:
    return {"member": stay.member_id}


def post_pinned(post: Post, actor) -> None:
    """A pin was set or taken off: the post shows it."""
    say(Draft(channel_stream(post.channel_id), Kind.POST_PINNED, post.pk, post.v, actor.pk))


def channel_cleared(channel: Channel) -> None:
    """Posts are gone for good: what was numbered before cannot be replayed, so open pages start over."""
    log.take_block(channel_stream(channel.pk), 1, 0)
    say(Draft(channel_stream(channel.pk), Kind.CHANNEL_RELOADED, channel.pk))
