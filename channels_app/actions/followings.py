"""Following a thread: its replies come into one's inbox."""

from collections.abc import Iterable

from django.utils import timezone

from channels_app.models import Following, Post
from kyoso.lib.deeds import deed


@deed
def follow(member, root: Post) -> Following:
    """Follow a thread; one that was ended is followed again. Following twice is following once.

    `root` is the post that begins the thread. Side effects: one row.
    """
    following, _ = Following.objects.update_or_create(member=member, root=root, defaults={"ended_at": None})
    return following


@deed
def unfollow(member, root: Post) -> None:
    """Stop following a thread, for good: neither a reply nor a mention follows it again by itself.

    The row stays (or is made) with `ended_at`, because the author of a root hears of replies also without
    one.
    """
    ended = {"ended_at": timezone.now()}
    Following.objects.update_or_create(member=member, root=root, defaults=ended)


def follow_by_themselves(members: Iterable[int], root_id: int) -> None:
    """Let those who take part in a thread follow it: one statement; who ended it stays so."""
    rows = [Following(member_id=member_id, root_id=root_id) for member_id in sorted(set(members))]
    Following.objects.bulk_create(rows, ignore_conflicts=True)
