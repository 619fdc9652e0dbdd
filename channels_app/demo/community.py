"""The demo community's conversations: channels, who is in them, posts, threads and stamps."""

from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

from accounts.models import Member
from channels_app.actions.channels import open_channel, recount
from channels_app.actions.imports import OldPost, import_posts
from channels_app.demo.accounts import CONTENT, content
from channels_app.demo.living import live
from channels_app.demo.organisations import add_organisations
from channels_app.demo.people import add_applicants, add_people
from channels_app.demo.tending import tend
from channels_app.models import Channel, LiveStream, Membership, Post, Reaction
from channels_app.models.stamps import DOUBT

SHY = 6  # the newest posts of a channel that a demo member has not read yet, at most


def seed() -> dict[str, int]:
    """Make the whole demo community in an empty database; returns the number of rows of each kind.

    Organisations must be loaded. Not idempotent: the caller checks that there are no members.
    """
    add_organisations()
    members = add_people()
    add_applicants()
    chance = Random(2026)  # noqa: S311  (the same community every time)
    for row in content("channels"):
        channel = _channel(row)
        people = _participants(row["members"], members, chance)
        _fill(channel, people | {members[key] for key in _heard_in(channel)})
        _talk(channel, members)
        _leave_some_unread(channel, chance)
    tend(members)
    live(members)
    return {"会員": len(members), "チャンネル": Channel.objects.count(), "投稿": Post.objects.count()}


def _channel(row: dict) -> Channel:
    """The channel of a row; a regional one that every site has stands there already."""
    if found := Channel.objects.filter(slug=row["slug"]).first():
        return found
    return open_channel(
        None,
        slug=row["slug"],
        name=row["name"],
        kana=row["kana"],
        kind=row["kind"],
        purpose=row["purpose"],
        category=row["category"],
        prefecture_code=row["prefecture_code"],
        by_default=row["kind"] in {"announcement", "casual", "practice"},
    )


def _participants(share, members: dict[str, Member], chance: Random) -> set[Member]:
    """All members, the named ones, or a share of them that always contains those who can sign in."""
    if share == "all":
        return set(members.values())
    if isinstance(share, list):
        return {members[key] for key in share}
    return {m for m in members.values() if m.has_usable_password() or chance.random() < share}


def _threads_of(channel: Channel) -> list[dict]:
    exists = (CONTENT / f"threads/{channel.slug}.json").exists()
    return content(f"threads/{channel.slug}") if exists else []


def _heard_in(channel: Channel) -> set[str]:
    """The keys of everybody who posts or presses a stamp in a channel: they are in it."""
    said = [post for thread in _threads_of(channel) for post in (thread, *thread["replies"])]
    return {row["author"] for row in said} | {
        key for row in said for keys in row["stamps"].values() for key in keys
    }


def _last_evening() -> datetime:
    """The latest 18:00 in Japan that is past: the content counts its days back from an evening."""
    now = timezone.localtime()
    evening = now.replace(hour=18, minute=0, second=0, microsecond=0)
    return evening if evening <= now else evening - timedelta(days=1)


def _fill(channel: Channel, participants: set[Member]) -> None:
    """Put people into a channel at its beginning, so that they see all of it."""
    Membership.objects.bulk_create(
        Membership(channel=channel, member=member, joined_n=0, last_read_n=0, read_posts=0)
        for member in sorted(participants, key=lambda member: member.pk)
    )
    recount(channel)


def _talk(channel: Channel, members: dict[str, Member]) -> None:
    """The threads of threads/<slug>.json: first the roots in the order of time, then all replies."""
    evening = _last_evening()
    threads = sorted(_threads_of(channel), key=lambda thread: -thread["days_ago"])
    roots = import_posts(
        channel, [_old(t, members, evening - timedelta(days=t["days_ago"])) for t in threads]
    )
    replies = [
        _old(reply, members, root.posted_at + timedelta(minutes=reply["after_minutes"]), root)
        for root, thread in zip(roots, threads, strict=True)
        for reply in thread["replies"]
    ]
    import_posts(channel, sorted(replies, key=lambda old: old.posted_at))
    for root, thread in zip(roots, threads, strict=True):
        for key in thread["stamps"].get(DOUBT, ()):
            _doubt(root, members[key])


def _doubt(root: Post, member: Member) -> None:
    """A 違うかも with its reason: the member's own reply in the thread."""
    reason = root.replies.filter(author=member).earliest("posted_at")
    facts = {"post": root, "member": member, "organisation": reason.affiliation.organisation}
    Reaction.objects.create(stamp=DOUBT, reason=reason, reacted_at=reason.posted_at, **facts)


def _old(row: dict, members: dict[str, Member], at, root: Post | None = None) -> OldPost:
    stamps = [(stamp, members[key]) for stamp, keys in row["stamps"].items() for key in keys]
    return OldPost(members[row["author"]], row["text"], at, root, stamps)


def _leave_some_unread(channel: Channel, chance: Random) -> None:
    """Read positions as on a working day: most people are level, some have a few posts waiting."""
    stream = LiveStream.objects.get(kind=LiveStream.Kind.CHANNEL, ref_id=channel.pk)
    roots = Post.objects.filter(channel=channel, root=None, n__isnull=False).order_by("-n")
    newest = [n for n in roots.values_list("n", flat=True)[:SHY] if n is not None]
    memberships = list(channel.memberships.select_related("member"))
    for membership in memberships:
        waiting = chance.choice((0, 0, 0, 1, 2, len(newest)))
        waiting = min(waiting, len(newest))
        membership.last_read_n = newest[waiting - 1] - 1 if waiting else stream.head
        membership.read_posts = stream.posts - waiting
    Membership.objects.bulk_update(memberships, ["last_read_n", "read_posts"])
