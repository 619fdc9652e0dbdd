"""What members do with the rows of their inbox: read them, or keep them for later as unread."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from channels_app.actions.notifications import unread_numbers
from channels_app.live import announce_inbox
from channels_app.models import Membership, Notification, Post
from kyoso.lib.deeds import Busy, deed

Kind = Notification.Kind
KEPT = timedelta(days=180)
SEEN_IN_CHANNEL = (Kind.MENTION, Kind.REPLY, Kind.POST)


@deed
def mark(member, notification: Notification, *, read: bool) -> None:
    """Mark one row of one's own as read, or as unread again; no change, no event.

    Side effects in order: the row, the announcement to the member's own screens.
    """
    rows = Notification.objects.filter(pk=notification.pk, member=member, read_at__isnull=read)
    if rows.update(read_at=timezone.now() if read else None):
        _tell(member.pk)


@deed
def mark_all(member, *, upto: datetime) -> int:
    """Mark everything as read that happened up to the moment the member's page shows; returns the number.

    What came in since stays unread, because nobody has seen it.
    """
    return _read(member.pk, Q(happened_at__lte=upto))


def read_post(member, post: Post) -> int:
    """The member opened a post by its link: its rows are read, or those of the thread it opens."""
    return _read_if_any(member, Q(post=post.pk)) if post.in_channel else read_thread(member, post.thread_id)


def read_thread(member, root_id: int) -> int:
    """The member opened a thread: the rows of its posts are read."""
    return _read_if_any(member, Q(post=root_id) | Q(post__root=root_id))


def read_channel(stay: Membership) -> int:
    """The member read a channel up to stay.last_read_n: the posts they saw there wait no more.

    Stamps, answers and doubts stay: whoever reads on in the channel does not see them.
    """
    seen = Q(post__channel=stay.channel_id, post__in_channel=True, post__n__lte=stay.last_read_n)
    return _read(stay.member_id, seen & Q(kind__in=SEEN_IN_CHANNEL))


def forget_old(older_than: timedelta = KEPT) -> int:
    """Delete read rows that are older than `older_than`; returns their number. What waits stays."""
    old = Notification.objects.filter(read_at__isnull=False, happened_at__lt=timezone.now() - older_than)
    return old.delete()[0]


def _read_if_any(member, which: Q) -> int:
    """One query when there are none. A page is shown also when the rows cannot be marked at the moment."""
    if not Notification.objects.filter(which, member=member).unread().exists():
        return 0
    with suppress(Busy):
        return _read_deed(member.pk, which)
    return 0


def _read(member_id: int, which: Q) -> int:
    """Inside a deed: mark rows, and tell the member's screens if there were any."""
    rows: QuerySet = Notification.objects.filter(member=member_id, read_at=None)
    # Joined in a subquery: an UPDATE takes no joins.
    number = rows.filter(pk__in=rows.filter(which).values("pk")).update(read_at=timezone.now())
    if number:
        _tell(member_id)
    return number


_read_deed = deed(_read)


def _tell(member_id: int) -> None:
    for known, number in unread_numbers([member_id]).items():
        announce_inbox.inbox_read(known, number)
