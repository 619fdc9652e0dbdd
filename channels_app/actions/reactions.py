"""Pressing stamps."""

from channels_app.actions.refusals import Refused
from channels_app.actions.versions import raise_version
from channels_app.live import announce
from channels_app.models import Membership, Post, Reaction
from channels_app.models.kinds import ARCHIVED
from channels_app.models.stamps import DOUBT, Stamp, stamp_to_press, stamps_by_code
from kyoso import jobs
from kyoso.lib.deeds import deed


class UnknownStamp(ValueError):
    """There is no such stamp, or it was retired."""


class ReasonWanted(Exception):
    """違うかも is pressed by saying why (actions/doubts.py): a bare doubt is never stored.

    `str(error)` is a sentence to show.
    """


@deed
def react(member, post: Post, *, stamp: str, on: bool | None = None) -> Post:
    """Press a stamp on a post (on=True), take it off (False), or turn it round (None).

    Pressing twice is pressing once. Raises UnknownStamp for a code outside the set, ReasonWanted for a new
    違うかも, Refused when the post is removed, the channel archived, or closed to the member. A retired stamp
    can be taken off, not pressed. Readers of an open channel may press without joining it: looking and
    pressing is the first step of shy members. Side effects in order: the reaction, the post's v, the job
    that tells the post's author, the announcement on the channel's and the member's streams: as many row
    writes however many have pressed. Returns the post as changed.
    """
    post = hold(member, post)
    pressed = Reaction.objects.filter(post=post, member=member, stamp=stamp).first()
    wanted = (not pressed) if on is None else on
    if wanted:
        _require_pressable(stamp, pressed)
    elif not stamps_by_code([stamp]):
        raise UnknownStamp(stamp)
    if wanted == bool(pressed):
        return post
    reaction = pressed or new_reaction(member, post, stamp)
    if wanted:
        reaction.save()
    else:
        reaction.delete()
    return tell(post, reaction, on=wanted)


def hold(member, post: Post) -> Post:
    """The post, locked until the deed ends; raises Refused where the member may not press."""
    post = Post.objects.select_for_update(no_key=True, of=("self",)).select_related("channel").get(pk=post.pk)
    _require_reach(member, post)
    return post


def new_reaction(member, post: Post, stamp: str) -> Reaction:
    """A reaction that is not stored yet, with the organisation of this day."""
    return Reaction(post=post, member=member, stamp=stamp, organisation=member.affiliation.organisation)


def tell(post: Post, reaction: Reaction, *, on: bool, shown: bool | None = None) -> Post:
    """Raise the post's version and announce; what only its author learns changes nothing for others.

    `shown` says whether everybody sees the change; left out, the reaction itself says it.
    """
    shown = reaction.is_shown if shown is None else shown
    post = raise_version(post.pk) if shown else post
    if post.author_id != reaction.member_id and reaction.stamp != DOUBT:
        jobs.enqueue("tell_of_stamp", queueing_lock=f"stamp-{post.pk}", post_id=post.pk)
    announce.post_reacted(post, reaction, on=on, shown=shown)
    return post


def withdraw_reasons(reply: Post) -> None:
    """A removed reply that was somebody's reason for a 違うかも takes the doubt with it.

    Inside the caller's deed, before it locks the thread's root.
    """
    doubts = Reaction.objects.filter(member=reply.author_id, stamp=DOUBT, reason=reply)
    for reaction in doubts.select_related("post"):
        reaction.delete()
        tell(reaction.post, reaction, on=False)


def _require_pressable(code: str, pressed: Reaction | None) -> Stamp:
    stamp = stamp_to_press(code)
    if stamp is None:
        raise UnknownStamp(code)
    if stamp.needs_reason and not pressed:
        raise ReasonWanted("「違うかも」は、理由を添えて伝えてください。")
    return stamp


def _require_reach(member, post: Post) -> None:
    if post.removed_at:
        raise Refused("取り消された投稿にはスタンプを押せません。")
    if post.channel.archived_at:
        raise Refused(ARCHIVED)
    if not member.is_active or member.affiliation is None:
        raise Refused("いまはスタンプを押せません。事務局にお問い合わせください。")
    if post.channel.is_closed:
        inside = Membership.objects.current().filter(member=member, channel=post.channel)
        if not inside.exists():
            raise Refused("このチャンネルの参加者だけが押せます。")
