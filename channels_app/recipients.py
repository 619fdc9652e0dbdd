"""Who hears of a post in their inbox, and under which heading."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import Affiliation, Member
from channels_app.actions.mentions import ambassadors_of
from channels_app.models import Following, Membership, Mention, Notification, Post

Kind = Notification.Kind


@dataclass(frozen=True, slots=True)
class Recipient:
    """One member and what the post is to them. `has_seen`: they were looking when it came."""

    member_id: int
    kind: str
    has_seen: bool


def of(post: Post, *, called_only: bool = False) -> list[Recipient]:
    """Everybody who hears of a published post, by ascending id: each once, under the nearest heading.

    Called are the members it mentions, and those of a mentioned organisation and the ambassadors who were in
    the channel when it was published; then those who follow its thread; then those who want all posts of
    the channel. Never its author, nobody who is suspended or gone, nobody who may not read it, and nobody
    who muted the channel or wants nothing of it, unless they are called by name. `called_only` leaves out
    all but the called (an edited post). Seven queries at most, whatever the number.
    """
    mentions = list(Mention.objects.filter(post=post))
    by_name = {mention.member_id for mention in mentions if mention.member_id}
    wanted: dict[int, str] = {}
    if not called_only:
        wanted |= dict.fromkeys(_watching(post), Kind.POST)
        wanted |= dict.fromkeys(_following(post), Kind.REPLY)
    wanted |= dict.fromkeys((*_grouped(post, mentions), *by_name), Kind.MENTION)
    wanted.pop(post.author_id, None)
    stays = _stays(post, wanted)
    present = Member.objects.active().filter(pk__in=wanted).order_by("pk").values_list("pk", flat=True)
    return [
        Recipient(pk, wanted[pk], _has_seen(post, stays.get(pk)))
        for pk in present
        if _reaches(post, stays.get(pk), by_name=pk in by_name)
    ]


def takes(post: Post, *, by_name: bool) -> bool:
    """Whether the inbox of its own author takes something about a post: the reason of a doubt and the choice
    as an answer are addressed to them by name, stamps are not.
    """
    stay = _stays(post, [post.author_id]).get(post.author_id)
    return post.author.is_active and _reaches(post, stay, by_name=by_name)


def _stays(post: Post, members: Iterable[int]) -> dict[int, Membership]:
    stays = Membership.objects.current().filter(channel=post.channel_id, member__in=list(members))
    return {stay.member_id: stay for stay in stays}


def _reaches(post: Post, stay: Membership | None, *, by_name: bool) -> bool:
    if post.channel.is_closed and (stay is None or stay.joined_n >= (post.n or 0)):
        return False
    if by_name or stay is None:
        return True
    return stay.muted_at is None and stay.level != Membership.Level.NONE


def _has_seen(post: Post, stay: Membership | None) -> bool:
    """Whether the channel was read past the post before the job came to it."""
    return stay is not None and post.in_channel and stay.last_read_n >= (post.n or 0)


def _grouped(post: Post, mentions: Iterable[Mention]) -> set[int]:
    """Members of the mentioned organisations who were in the channel, and its ambassadors if mentioned."""
    bodies = [mention.organisation_id for mention in mentions if mention.organisation_id]
    called: set[int] = set()
    if bodies:
        staff = Affiliation.objects.current().filter(organisation__in=bodies).values("member")
        inside = Membership.objects.current().filter(channel=post.channel_id, joined_n__lt=post.n)
        called |= set(inside.filter(member__in=staff).values_list("member_id", flat=True))
    if any(mention.kind == Mention.Kind.AMBASSADORS for mention in mentions):
        called |= set(ambassadors_of(post.channel).values_list("pk", flat=True))
    return called


def _following(post: Post) -> set[int]:
    """Who follows the thread; the author of its root does so without a row, unless they ended it."""
    if post.root is None:
        return set()
    rows = dict(Following.objects.filter(root=post.root_id).values_list("member_id", "ended_at"))
    active = {member_id for member_id, ended_at in rows.items() if ended_at is None}
    return active if post.root.author_id in rows else active | {post.root.author_id}


def _watching(post: Post) -> set[int]:
    """Who wants every post of the channel; replies that stay in their thread are not among them."""
    if not post.in_channel:
        return set()
    stays = Membership.objects.current().filter(
        channel=post.channel_id, level=Membership.Level.ALL, joined_n__lt=post.n
    )
    return set(stays.values_list("member_id", flat=True))
