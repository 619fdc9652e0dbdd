"""How far a member has read, where it is more than one step forward (channels.mark_read)."""

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from channels_app.actions.inbox import SEEN_IN_CHANNEL
from channels_app.actions.notifications import unread_numbers
from channels_app.actions.refusals import Refused
from channels_app.live import announce_inbox
from channels_app.models import LiveStream, Membership, Notification, Post
from kyoso.lib.deeds import deed

# One statement: each position is that of its stream at the same moment.
ALL_READ = """
UPDATE channels_app_membership AS stay
SET last_read_n = stream.head, read_posts = stream.posts
FROM live_stream AS stream
WHERE stream.kind = 'c' AND stream.ref_id = stay.channel_id
    AND stay.member_id = %s AND stay.left_n IS NULL
    AND (stay.last_read_n < stream.head OR stay.read_posts < stream.posts)
RETURNING stay.id
"""


@deed
def read_all_channels(member) -> int:
    """Mark every channel the member is in as read; returns how many had something new.

    Side effects in order: the read positions; the rows of the inbox about what stands in these channels; one
    event to the member's own screens. Nothing new, no event.
    """
    # One's own post at the same moment counts as read: the statement below must begin after it.
    list(_present(member).order_by("pk").values_list("pk"))
    with connection.cursor() as cursor:
        cursor.execute(ALL_READ, [member.pk])
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        return 0
    stays = list(Membership.objects.filter(pk__in=ids))
    seen = Notification.objects.filter(
        member=member,
        read_at=None,
        kind__in=SEEN_IN_CHANNEL,
        post__in_channel=True,
        post__channel__in=[stay.channel_id for stay in stays],
    )
    Notification.objects.filter(pk__in=seen.values("pk")).update(read_at=timezone.now())
    announce_inbox.channels_read(member.pk, stays, unread_numbers([member.pk]).get(member.pk, 0))
    return len(stays)


@deed
def unread_from(member, post: Post) -> Membership:
    """Make a channel unread again from one of its posts on; that post and what others said since is new.

    Raises Refused for a reply that stands in its thread only, and for somebody who is not in the channel.
    Side effects in order: last_read_n and read_posts set back exactly (one row), the announcement to the
    member's own screens. A channel that is unread from there already stays so.
    """
    stay = _present(member).filter(channel=post.channel_id).first()
    if stay is None:
        raise Refused("参加していないチャンネルに、未読はつきません。")
    if not post.in_channel or not post.n:
        raise Refused("スレッドの中の返信からは、未読にできません。")
    if post.n > stay.last_read_n:
        return stay
    stream = LiveStream.objects.get(kind=LiveStream.Kind.CHANNEL, ref_id=post.channel_id)
    known = Post.objects.in_channel().filter(channel=post.channel_id, n__gte=post.n, n__lte=stream.head)
    later = known.exclude(author=member).count()
    stay.last_read_n, stay.read_posts = post.n - 1, stream.posts - later
    stay.save(update_fields=["last_read_n", "read_posts"])
    announce_inbox.unread_again(stay, unread_numbers([member.pk]).get(member.pk, 0))
    return stay


def _present(member) -> QuerySet[Membership]:
    """The stays of a member, locked."""
    return Membership.objects.current().select_for_update(no_key=True).filter(member=member)
