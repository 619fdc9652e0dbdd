"""Making channels, and being in them."""

from collections.abc import Sequence

from django.db.models import Count, Q

from channels_app.actions import inbox, stewards
from channels_app.actions.refusals import Refused
from channels_app.live import announce, announce_channels, log
from channels_app.models import Channel, LiveStream, Membership, Post
from channels_app.models.kinds import INVITED_ONLY
from kyoso.lib.deeds import deed


@deed
def open_channel(actor, *, slug: str, name: str, kind: str, **facts) -> Channel:
    """Create a channel with its stream and announce it. `actor` is None for the set-up itself.

    `facts` are further Channel fields (purpose, category, prefecture_code, by_default). Side effects in
    order: the channel, its stream, the announcement.
    """
    channel = Channel.objects.create(slug=slug, name=name, kind=kind, **facts)
    log.open_stream(LiveStream.Kind.CHANNEL, channel.pk)
    log.open_stream(LiveStream.Kind.SITE)
    announce.channel_changed(channel, actor)
    return channel


@deed
def join_channel(member, channel: Channel) -> Membership:
    """Enter an open channel; joining again returns the present stay. Nothing is unread on joining.

    Raises Refused for closed and archived channels. Side effects in order: the membership, the announcement
    (which sets joined_n, last_read_n and read_posts to the present).
    """
    if channel.is_closed:
        raise Refused(INVITED_ONLY)
    if channel.archived_at:
        raise Refused("このチャンネルは保管済みです。")
    return admit(member, channel)


@deed
def admit(member, channel: Channel) -> Membership:
    """Make `member` a participant, whatever the kind; for joins, invitations and default channels.

    Somebody who is in already stays so. Side effects in order: the membership, the channel's counts, the
    announcement.
    """
    membership, created = Membership.objects.get_or_create(
        member=member,
        channel=channel,
        left_n=None,
        defaults={"joined_n": 0, "last_read_n": 0, "read_posts": 0},
    )
    if created:
        recount(channel)
        announce.member_joined(membership)
    return membership


@deed
def admit_many(members: Sequence, channel: Channel, **facts) -> list[Membership]:
    """Make many members participants at once; whoever is in already stays so. Returns the new stays.

    `facts` are further fields of each stay (level). For a few hundred members at most: they hold the
    channel's number until the commit. Side effects in order: the memberships, the channel's counts, one
    announcement for all.
    """
    inside = set(Membership.objects.current().filter(channel=channel).values_list("member", flat=True))
    stays = Membership.objects.bulk_create(
        Membership(member=member, channel=channel, joined_n=0, last_read_n=0, read_posts=0, **facts)
        for member in members
        if member.pk not in inside
    )
    if stays:
        recount(channel)
        announce_channels.members_joined(stays)
    return stays


@deed
def leave_channel(member, channel: Channel) -> None:
    """Leave a channel; leaving a channel one is not in changes nothing.

    Raises Refused for a direct conversation, which has nobody else to be in it. Side effects in order: who
    leads a group after its owner, the channel's counts, the announcement, which ends the stay at an exact
    event number.
    """
    stays = Membership.objects.current().select_for_update(no_key=True)  # before the channel, as a post does
    membership = stays.filter(member=member, channel=channel).first()
    if membership is None:
        return
    if not channel.behaviour.can_be_left:
        raise Refused("ダイレクトからは退出できません。知らせが要らないときは、ミュートしてください。")
    stewards.hand_over(membership)
    recount(channel, leaving=membership)
    announce.member_left(membership)


@deed
def recount(channel: Channel, *, leaving: Membership | None = None) -> None:
    """Store how many members, and of how many organisations, are in a channel; `leaving` counts no more.

    Side effects: member_count and organisation_count, also on the given object.
    """
    # Two who join at once must see each other: the second one counts when the first has committed.
    Channel.objects.select_for_update(no_key=True).only("pk").get(pk=channel.pk)
    present = Membership.objects.current().filter(channel=channel)
    counted = present.exclude(pk=leaving.pk if leaving else None).aggregate(
        members=Count("pk", distinct=True),
        organisations=Count(
            "member__affiliations__organisation",
            distinct=True,
            filter=Q(member__affiliations__valid_to=None),
        ),
    )
    channel.member_count, channel.organisation_count = counted["members"], counted["organisations"]
    Channel.objects.filter(pk=channel.pk).update(
        member_count=channel.member_count, organisation_count=channel.organisation_count
    )


@deed
def mark_read(member, channel: Channel, *, upto: int | None = None) -> Membership | None:
    """Move the read position to event `upto` (default and at most: the present), never backwards.

    Returns the membership, or None for somebody who only looks in. Side effects in order: last_read_n and
    read_posts (one row), what waits in the inbox about these posts, the announcement to the member's own
    other screens. No change, no event.
    """
    membership = (
        Membership.objects.select_for_update().current().filter(member=member, channel=channel).first()
    )
    if membership is None:
        return None
    stream = LiveStream.objects.get(kind=LiveStream.Kind.CHANNEL, ref_id=channel.pk)
    upto = stream.head if upto is None else min(upto, stream.head)
    if upto <= membership.last_read_n:
        return membership
    # What came after the stream was read is in neither number.
    known = Post.objects.in_channel().filter(channel=channel, n__gt=upto, n__lte=stream.head)
    later = known.exclude(author=member).count()
    membership.last_read_n, membership.read_posts = upto, stream.posts - later
    membership.save(update_fields=["last_read_n", "read_posts"])
    inbox.read_channel(membership)
    announce.channel_read(membership)
    return membership


def recount_all() -> None:
    """Count every living channel anew: members depart, and organisations merge, without leaving channels."""
    for channel in Channel.objects.living():
        recount(channel)


def recount_of(member_id: int) -> None:
    """Count the channels of a member anew, who now works elsewhere."""
    stays = Membership.objects.current().filter(member=member_id).select_related("channel")
    for stay in stays.order_by("channel"):
        recount(stay.channel)


@deed
def admit_to_default_channels(member) -> None:
    """A newcomer's first channels: those marked by_default, and those of their prefecture and class.

    Side effects in order: the member's own stream, one membership and announcement per channel.
    """
    log.open_stream(LiveStream.Kind.MEMBER, member.pk)
    log.open_stream(LiveStream.Kind.SITE)
    open_to_all = Channel.objects.living().exclude(kind__in=Channel.CLOSED_KINDS)
    home = Q(pk__in=Channel.objects.of_home(member).values("pk"))
    for channel in open_to_all.filter(Q(by_default=True) | home).order_by("pk"):
        admit(member, channel)
