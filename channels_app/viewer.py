"""What belongs to the one who looks: the only part of a channel page that differs between members.

Fragments and windows are the same for everybody; the page adds these facts in one small JSON block.
"""

from collections.abc import Iterable
from functools import lru_cache

from django.db.models import Count, OuterRef, Q, Subquery

from channels_app.live import log
from channels_app.models import Channel, LiveMeta, LiveStream, Membership, Reaction
from channels_app.models.reactions import stamps


def channel_seen_by(member, **lookup) -> Channel:
    """A channel with everything its page needs about the stream and the viewer's stay, in one query.

    Adds `head` and `posts` of the stream, `stay` (the id of the current membership, None outside),
    `last_read_n` and `read_posts` of that stay, and `epoch`. Raises Channel.DoesNotExist for a channel the
    member may not see. The head is older than whatever is read afterwards (docs/live.md, catch-up).
    """
    stream = LiveStream.objects.filter(kind=LiveStream.Kind.CHANNEL, ref_id=OuterRef("pk"))
    stay = Membership.objects.current().of(member)
    channel = (
        Channel.objects.visible_to(member)
        .annotate(
            head=Subquery(stream.values("head")),
            posts_ever=Subquery(stream.values("posts")),
            stay=Subquery(stay.values("pk")),
            last_read_n=Subquery(stay.values("last_read_n")),
            read_posts=Subquery(stay.values("read_posts")),
            epoch=Subquery(LiveMeta.objects.values("epoch")[:1]),
        )
        .get(**lookup)
    )
    channel.epoch = str(channel.epoch or log.epoch())
    return channel


def facts(member, channel: Channel, post_ids: Iterable[int]) -> dict:
    """The page's viewer block: who looks, which stamps are theirs, how far they have read."""
    return {
        "member": member.pk,
        "reactions": reactions_of(member, post_ids),
        "last_read_n": channel.last_read_n,
        "joined": channel.stay is not None,
        "stamps": list(stamps()),
    }


def reactions_of(member, post_ids: Iterable[int]) -> dict[int, list[str]]:
    """The member's own stamps by post id, in the order of the stamp set; one query."""
    order = {code: place for place, code in enumerate(stamps())}
    mine: dict[int, list[str]] = {}
    for post_id, stamp in Reaction.objects.filter(member=member, post_id__in=list(post_ids)).values_list(
        "post_id", "stamp"
    ):
        if stamp in order:
            mine.setdefault(post_id, []).append(stamp)
    return {post_id: sorted(codes, key=order.__getitem__) for post_id, codes in mine.items()}


@lru_cache(maxsize=1024)
def headcount(channel_id: int, head: int) -> tuple[int, int]:
    """(members, organisations) of a channel, kept per head of its stream: joining and leaving raise it."""
    counted = (
        Membership.objects.current()
        .filter(channel=channel_id)
        .aggregate(
            members=Count("pk", distinct=True),
            organisations=Count(
                "member__affiliations__organisation",
                distinct=True,
                filter=Q(member__affiliations__valid_to=None),
            ),
        )
    )
    return counted["members"], counted["organisations"]
