"""Versions of fragments: whatever changes what a post shows raises its `v`."""

from django.db.models import F

from channels_app.models import Post


def raise_version(post_id: int) -> Post:
    """Lock a post and raise `v`, because something its fragment shows has changed."""
    Post.objects.filter(pk=post_id).update(v=F("v") + 1)
    return Post.objects.select_related("channel").get(pk=post_id)
