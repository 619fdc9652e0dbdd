"""Things that people make, made by the same actions that the pages call."""

from uuid import UUID, uuid4

from channels_app.actions import channels, posts, reactions
from channels_app.models import Channel, Post


def channel(slug: str = "madoguchi-dx", *members, **facts) -> Channel:
    """A channel with its stream; `members` are in it."""
    facts = {"name": "窓口DX", "kind": Channel.Kind.TOPIC, "category": "業務改革"} | facts
    made = channels.open_channel(None, slug=slug, **facts)
    for member in members:
        channels.admit(member, made)
    return made


def post(
    author,
    channel: Channel,
    text: str = "窓口の待ち時間を測ってみました。",
    root: Post | None = None,
    cid: UUID | None = None,
    **more,
) -> Post:
    """A published post; `more` are the further arguments of publish_post."""
    return posts.publish_post(author, channel, text=text, cid=cid or uuid4(), root=root, **more).post


def react(member, post: Post, stamp: str = "onaji") -> Post:
    """A stamp pressed on a post."""
    return reactions.react(member, post, stamp=stamp, on=True)
