"""The practice channels clear themselves."""

from datetime import datetime, timedelta

from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from channels_app.live import announce_channels
from channels_app.models import Channel, LiveStream, Membership, Post
from channels_app.models.kinds import BEHAVIOURS
from kyoso.lib.deeds import deed

KEPT = timedelta(hours=24)


def clear_practice(now: datetime | None = None) -> int:
    """Delete what stands longer than 24 hours in channels that clear themselves; returns how many posts.

    A thread goes with its first post, also when a reply is younger.
    """
    clearing = [kind for kind, behaviour in BEHAVIOURS.items() if behaviour.clears_itself]
    before = (now or timezone.now()) - KEPT
    return sum(_clear(channel, before) for channel in Channel.objects.filter(kind__in=clearing))


@deed
def _clear(channel: Channel, before: datetime) -> int:
    """Delete old threads for good, with everything that hangs on them; nothing old, nothing happens.

    Side effects in order: the posts; read positions, because what is gone cannot be unread; the announcement.
    """
    old = Post.objects.filter(channel=channel, root=None, posted_at__lt=before)
    gone = list(Post.objects.filter(Q(root__in=old) | Q(pk__in=old)).values_list("pk", flat=True))
    if not gone:
        return 0
    posts = Post.objects.filter(pk__in=gone)
    posts.exclude(root=None).delete()
    posts.delete()
    _forget_unread(channel)
    announce_channels.channel_cleared(channel)
    return len(gone)


def _forget_unread(channel: Channel) -> None:
    """Nobody has more unread posts than there are."""
    stream = LiveStream.objects.get(kind=LiveStream.Kind.CHANNEL, ref_id=channel.pk)
    left = Post.objects.in_channel().filter(channel=channel).count()
    behind = Membership.objects.current().filter(channel=channel, read_posts__lt=stream.posts - left)
    behind.update(read_posts=Greatest(F("read_posts"), stream.posts - left))
