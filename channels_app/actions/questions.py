"""Questions: asking, accepting an answer, closing without one."""

from channels_app.models import Post, Question


def ask(post: Post, title: str) -> None:
    """Make a root post, just inserted, a question; a reply, or one without `title` (80 characters), is none.

    Called by publish_post inside its transaction. Side effect: the Question row.
    """
    if title and not post.is_reply:
        Question.objects.create(post=post, channel=post.channel, title=title)
    else:
        # Its fragment is made from this object: spare it the question whether there is one.
        Post._meta.get_field("question").set_cached_value(post, None)
