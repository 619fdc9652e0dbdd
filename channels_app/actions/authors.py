"""What posts print of their author: name, badges, picture. When it changes, the posts are drawn anew."""

from django.db.models import F, Q

from channels_app.live import announce
from channels_app.models import Post
from kyoso.lib.deeds import deed

AT_ONCE = 500  # posts per transaction: some 20 ms


def redraw_posts_of(member_id: int, *, at_once: bool) -> int:
    """Raise the version of every post that prints a member; returns their number.

    These are their own posts and the roots under which their face stands. A fragment is kept by (id, v), so
    this is how every process learns of it, also those without a hub. Channel by channel and at most AT_ONCE
    posts per transaction; a second run only raises the versions once more. `at_once` is that of
    announce.author_redrawn.
    """
    printed = Q(author=member_id) | Q(replies__author=member_id)
    rows = Post.objects.filter(printed).order_by("channel_id", "pk").distinct()
    by_channel: dict[int, list[int]] = {}
    for channel_id, post_id in rows.values_list("channel_id", "pk"):
        by_channel.setdefault(channel_id, []).append(post_id)
    for channel_id, ids in by_channel.items():
        for start in range(0, len(ids), AT_ONCE):
            redraw(channel_id, ids[start : start + AT_ONCE], member_id, at_once=at_once)
    return sum(map(len, by_channel.values()))


@deed
def redraw(channel_id: int, ids: list[int], member_id: int, *, at_once: bool) -> None:
    """Raise the versions of some posts of one channel and announce it, in one transaction."""
    Post.objects.filter(pk__in=ids).update(v=F("v") + 1)
    announce.author_redrawn(channel_id, member_id, at_once=at_once)
