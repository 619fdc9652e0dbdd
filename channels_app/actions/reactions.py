"""Pressing stamps."""

from channels_app.actions.posts import Refused, raise_version
from channels_app.live import announce
from channels_app.models import Membership, Post, Reaction
from channels_app.models.reactions import stamps
from kyoso.lib.deeds import deed


class UnknownStamp(ValueError):
    """There is no such stamp."""


@deed
def react(member, post: Post, *, stamp: str, on: bool | None = None) -> Post:
    """Press a stamp on a post (on=True), take it off (False), or turn it round (None).

    Pressing twice is pressing once. Raises UnknownStamp for a code outside the set, Refused when the post is
    removed, the channel archived, or closed to the member. Readers of an open channel may press without
    joining it: looking and pressing is the first step of shy members. Side effects in order: the reaction,
    the post's v, the announcement on the channel's and the member's streams. Returns the post as changed.
    """
    if stamp not in stamps():
        raise UnknownStamp(stamp)
    post = Post.objects.select_for_update(no_key=True, of=("self",)).select_related("channel").get(pk=post.pk)
    _require_reach(member, post)
    pressed = Reaction.objects.filter(post=post, member=member, stamp=stamp).first()
    wanted = (not pressed) if on is None else on
    if wanted == bool(pressed):
        return post
    reaction = pressed or Reaction(
        post=post, member=member, stamp=stamp, organisation=member.affiliation.organisation
    )
    if wanted:
        reaction.save()
    else:
        reaction.delete()
    post = raise_version(post.pk)
    announce.post_reacted(post, reaction, on=wanted)
    return post


def _require_reach(member, post: Post) -> None:
    if post.removed_at:
        raise Refused("取り消された投稿にはスタンプを押せません。")
    if post.channel.archived_at:
        raise Refused("このチャンネルは保管済みです。読むことだけできます。")
    if not member.is_active or member.affiliation is None:
        raise Refused("いまはスタンプを押せません。事務局にお問い合わせください。")
    if post.channel.is_closed:
        inside = Membership.objects.current().filter(member=member, channel=post.channel)
        if not inside.exists():
            raise Refused("このチャンネルの参加者だけが押せます。")
