"""Keeping posts for later (あとで)."""

from django.utils import timezone

from channels_app.actions.refusals import Refused
from channels_app.models import Bookmark, Post
from kyoso.lib.deeds import deed


@deed
def save(member, post: Post) -> Bookmark:
    """Keep a post for later; one that is done with is open again, an open one stays as it is.

    Raises Refused for a removed post. Side effects: one row.
    """
    if post.removed_at:
        raise Refused("取り消された投稿は、あとで読めません。")
    bookmark, created = Bookmark.objects.get_or_create(member=member, post=post)
    if not created and bookmark.done_at:
        _set_done(bookmark, None)
    return bookmark


@deed
def finish(member, post: Post) -> None:
    """Be through with a kept post; one that is not kept, or done with already, stays as it is."""
    bookmark = Bookmark.objects.open().filter(member=member, post=post).first()
    if bookmark:
        _set_done(bookmark, timezone.now())


@deed
def remove(member, post: Post) -> None:
    """Keep a post no more; one that is not kept changes nothing."""
    Bookmark.objects.filter(member=member, post=post).delete()


def _set_done(bookmark: Bookmark, at) -> None:
    bookmark.done_at = at
    bookmark.save(update_fields=["done_at"])
