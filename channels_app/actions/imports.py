"""Bringing in many posts at once: archives and demo data. Obeys the bulk rule of the event log."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from django.db.models import Count, F, Max, OuterRef, Subquery

from accounts.models import Member, Organisation
from channels_app.live import announce
from channels_app.models import Channel, Membership, Post, Reaction
from channels_app.models.stamps import DOUBT
from kyoso.lib import markdown
from kyoso.lib.deeds import deed

BATCH = 500  # rows per transaction, so that no stream waits long behind an import


@dataclass(frozen=True)
class OldPost:
    """A post that was written elsewhere or earlier. `stamps` are (stamp code, member) pairs;
    nobody knows when they were pressed, so they count as of the post's time.

    A 違うかも without its reason is left out: a bare doubt is never stored.
    """

    author: Member
    text: str
    posted_at: datetime
    root: Post | None = None
    stamps: Sequence[tuple[str, Member]] = field(default=())


def import_posts(channel: Channel, old_posts: Sequence[OldPost]) -> list[Post]:
    """Store posts with their own times, in batches of at most 500 rows, each in its own transaction.

    Authors need a current affiliation and need not be in the channel. Roots first, replies in a later call.
    Side effects per batch in order: posts, reactions, the roots' counts, last_post_at, what is read, one
    channel.reloaded event (clients fetch the page once). Nobody has unread posts from an import.
    """
    stored: list[Post] = []
    for start in range(0, len(old_posts), BATCH):
        stored += _import_batch(channel, old_posts[start : start + BATCH])
    return stored


@deed
def _import_batch(channel: Channel, batch: Sequence[OldPost]) -> list[Post]:
    posts = Post.objects.bulk_create(
        Post(
            channel=channel,
            author=old.author,
            affiliation=old.author.affiliation,
            root=old.root,
            in_channel=old.root is None,
            cid=uuid4(),
            text=old.text,
            html=markdown.to_html(old.text),
            posted_at=old.posted_at,
        )
        for old in batch
    )
    Reaction.objects.bulk_create(
        Reaction(post=post, stamp=stamp, member=member, organisation=_home(member), reacted_at=old.posted_at)
        for post, old in zip(posts, batch, strict=True)
        for stamp, member in old.stamps
        if stamp != DOUBT
    )
    _recount({old.root for old in batch if old.root})
    visible = sum(old.root is None for old in batch)
    newest = max(old.posted_at for old in batch)
    Channel.objects.filter(pk=channel.pk).update(last_post_at=newest)
    Membership.objects.current().filter(channel=channel).update(read_posts=F("read_posts") + visible)
    announce.posts_imported(channel, posts, visible=visible)
    return posts


def _home(member: Member) -> Organisation:
    if member.affiliation is None:
        raise ValueError(f"member {member.pk} has no current affiliation")
    return member.affiliation.organisation


def _recount(roots: set[Post]) -> None:
    """Count the replies of all touched threads in one statement."""
    replies = Post.objects.filter(root=OuterRef("pk"), removed_at=None).order_by().values("root")
    Post.objects.filter(pk__in=[root.pk for root in roots]).update(
        reply_count=Subquery(replies.annotate(n=Count("pk")).values("n")),
        last_reply_at=Subquery(replies.annotate(last=Max("posted_at")).values("last")),
        v=F("v") + 1,
    )
