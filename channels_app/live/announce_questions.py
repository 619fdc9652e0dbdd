"""What is said of questions."""

from collections.abc import Sequence

from channels_app.live.announce import Kind, channel_stream, say
from channels_app.live.log import Draft
from channels_app.models import Post


def question_changed(posts: Sequence[Post], actor) -> None:
    """An answer was accepted or taken back, or the question closed or opened: every post that shows it.

    `posts` are the root and the replies concerned, of one channel, with the versions the action raised.
    """
    stream = channel_stream(posts[0].channel_id)
    say(*(Draft(stream, Kind.QUESTION_CHANGED, post.pk, post.v, actor.pk) for post in posts))
