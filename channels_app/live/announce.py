"""What is said to browsers: one function per thing. The only caller of `log.emit`; only actions call it.

Each function is the last statement of its deed: it numbers the events, and publishes them after the commit.
A failed publish never fails the deed (`robust=True`); the sweep delivers what was not published.
"""

from collections.abc import Sequence
from functools import partial
from hashlib import sha256

from django.db import transaction

from channels_app import fragments
from channels_app.live import bus, log
from channels_app.live.log import Draft, Emitted, emit
from channels_app.models import Channel, LiveEvent, LiveStream, Membership, Post, Reaction

Kind = LiveEvent.Kind
SITE = (LiveStream.Kind.SITE, 0)


def channel_stream(channel_id: int) -> tuple[str, int]:
    """The stream of a channel, for a draft."""
    return (LiveStream.Kind.CHANNEL, channel_id)


def _member(member_id: int) -> tuple[str, int]:
    return (LiveStream.Kind.MEMBER, member_id)


def say(*drafts: Draft) -> list[Emitted]:
    """Number the events and publish them after the commit."""
    emitted = emit(drafts)
    transaction.on_commit(partial(bus.publish, emitted), robust=True)
    return emitted


def post_published(post: Post, stay: Membership) -> None:
    """A post is in its channel. Sets Post.n.

    A reply also changes its root, whose `v` the action raised. What stands in the channel (a root, or a reply
    shown there too) counts, and is read already by its author, whose other screens learn it from their
    `stay`.
    """
    # Before the publication, which then finds the fragment made.
    transaction.on_commit(partial(fragments.of_new, post), robust=True)
    stream = channel_stream(post.channel_id)
    aux = {"root": post.root.pk} | ({"in_channel": True} if post.in_channel else {}) if post.root else None
    posts = int(post.in_channel)
    drafts = [Draft(stream, Kind.POST_PUBLISHED, post.pk, post.v, post.author_id, aux, posts)]
    if post.root:
        drafts.append(Draft(stream, Kind.POST_REPLIED, post.root.pk, post.root.v, post.author_id))
    if post.in_channel:
        drafts.append(_read(stay))
    told = say(*drafts)
    post.n = next(event.n for event in told if event.kind == Kind.POST_PUBLISHED)
    Post.objects.filter(pk=post.pk).update(n=post.n)


def post_edited(post: Post, actor) -> None:
    """The wording changed."""
    say(Draft(channel_stream(post.channel_id), Kind.POST_EDITED, post.pk, post.v, actor.pk))


def post_removed(post: Post, actor) -> None:
    """The post is gone but for its trace; a removed reply also changes its root's count."""
    stream = channel_stream(post.channel_id)
    drafts = [Draft(stream, Kind.POST_REMOVED, post.pk, post.v, actor.pk)]
    if post.root:
        drafts.append(Draft(stream, Kind.POST_REPLIED, post.root.pk, post.root.v, actor.pk))
    say(*drafts)


def post_reacted(post: Post, reaction: Reaction, *, on: bool, shown: bool = True) -> None:
    """Counts changed for everybody; the member's own other screens learn which stamp is theirs.

    What only the post's author may know (`shown` false) is not said on the channel's stream.
    """
    own = {"post": post.pk, "stamp": reaction.stamp, "on": on}
    member_id = reaction.member_id
    drafts = [Draft(_member(member_id), Kind.REACTED, post.pk, post.v, member_id, own)]
    if shown:
        counted = Draft(channel_stream(post.channel_id), Kind.POST_REACTED, post.pk, post.v, member_id)
        drafts.insert(0, counted)
    say(*drafts)


def member_joined(membership: Membership) -> None:
    """A stay begins at the event's own number, so what the member may hear starts exactly here.

    Sets joined_n, last_read_n (= n) and read_posts (= posts): nothing is unread on joining.
    """
    stay = {"member": membership.member_id}
    told = say(
        Draft(channel_stream(membership.channel_id), Kind.MEMBER_JOINED, membership.member_id, aux=stay),
        _own(membership, on=True),
    )
    at = next(event for event in told if event.kind == Kind.MEMBER_JOINED)
    membership.joined_n = membership.last_read_n = at.n
    membership.read_posts = at.posts
    Membership.objects.filter(pk=membership.pk).update(joined_n=at.n, last_read_n=at.n, read_posts=at.posts)


def member_left(membership: Membership) -> None:
    """A stay ends at the event's own number: nobody receives n > left_n."""
    told = say(
        Draft(channel_stream(membership.channel_id), Kind.MEMBER_LEFT, membership.member_id),
        _own(membership, on=False),
    )
    membership.left_n = next(event.n for event in told if event.kind == Kind.MEMBER_LEFT)
    Membership.objects.filter(pk=membership.pk).update(left_n=membership.left_n)


def _own(membership: Membership, *, on: bool) -> Draft:
    aux = {"channel": membership.channel_id, "on": on}
    return Draft(_member(membership.member_id), Kind.MEMBERSHIP_CHANGED, membership.channel_id, aux=aux)


def member_departed(member, stays: Sequence[Membership]) -> None:
    """A member has left for good: each stay ends at its own event's number, every connection closes."""
    told = say(
        *(Draft(channel_stream(stay.channel_id), Kind.MEMBER_LEFT, stay.member_id) for stay in stays),
        *(_own(stay, on=False) for stay in stays),
        Draft(SITE, Kind.MEMBER_SUSPENDED, member.pk),
        Draft(SITE, Kind.MEMBER_CHANGED, member.pk),
    )
    ends = {event.stream: event.n for event in told if event.kind == Kind.MEMBER_LEFT}
    for stay in stays:
        stay.left_n = ends[stay.channel.stream]
    Membership.objects.bulk_update(stays, ["left_n"])


def channel_changed(channel: Channel, actor) -> None:
    """Name, purpose or kind changed: hubs re-check who may hear the channel; lists are drawn anew.

    The site's stream reaches everybody, so it does not name a closed channel.
    """
    actor_id = actor.pk if actor else None
    closed = {"closed": channel.is_closed}
    say(
        Draft(channel_stream(channel.pk), Kind.CHANNEL_CHANGED, channel.pk, channel.v, actor_id, closed),
        Draft(SITE, Kind.CHANNELS_CHANGED, 0 if channel.is_closed else channel.pk, channel.v, actor_id),
    )


def posts_imported(channel: Channel, posts: Sequence[Post], *, visible: int) -> None:
    """A block of numbers for many posts and one event at its end (bulk rule): clients fetch the page once.

    Sets Post.n of each; `visible` of them stand in the channel itself.
    """
    last = log.take_block(channel_stream(channel.pk), len(posts), visible)
    for n, post in enumerate(posts, start=last - len(posts) + 1):
        post.n = n
    Post.objects.bulk_update(posts, ["n"])
    say(Draft(channel_stream(channel.pk), Kind.CHANNEL_RELOADED, channel.pk))


def author_redrawn(channel_id: int, member_id: int, *, at_once: bool) -> None:
    """Posts of one author are drawn anew: the head moves, so that no kept window shows the old ones.

    `at_once`: open pages start over and show it (a name); otherwise they show it when they are next opened (a
    picture, which is not worth a page for every reader).
    """
    kind, obj_id = (Kind.CHANNEL_RELOADED, channel_id) if at_once else (Kind.MEMBER_CHANGED, member_id)
    say(Draft(channel_stream(channel_id), kind, obj_id))


def channel_redrawn(channel_id: int) -> None:
    """Posts of a channel are drawn anew, because something they print has changed: pages start over."""
    say(Draft(channel_stream(channel_id), Kind.CHANNEL_RELOADED, channel_id))


def channel_read(membership: Membership) -> None:
    """The member's other screens follow the read position."""
    say(_read(membership))


def _read(membership: Membership) -> Draft:
    aux = {
        "s": f"{LiveStream.Kind.CHANNEL}{membership.channel_id}",
        "n": membership.last_read_n,
        "read_posts": membership.read_posts,
    }
    return Draft(_member(membership.member_id), Kind.READ, membership.channel_id, aux=aux)


def member_changed(member) -> None:
    """Name or picture changed."""
    say(Draft(SITE, Kind.MEMBER_CHANGED, member.pk))


def access_revoked(member) -> None:
    """The member is suspended or gone: every connection of theirs closes, in every process."""
    say(Draft(SITE, Kind.MEMBER_SUSPENDED, member.pk))


def session_revoked(member, session_key: str) -> None:
    """One session ended (logout): its connections close. The log keeps a fingerprint, never the key."""
    aux = {"session": session_fingerprint(session_key)}
    say(Draft(_member(member.pk), Kind.SESSION_REVOKED, member.pk, aux=aux))


def session_fingerprint(session_key: str) -> str:
    """What stands for a session in the log: the first 16 hex digits of the key's SHA-256."""
    return sha256(session_key.encode()).hexdigest()[:16]
