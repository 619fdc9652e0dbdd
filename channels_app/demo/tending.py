"""How the demo community tends its channels: regions, stewards, guides, pins and proposals."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Member
from channels_app.actions.activity import count_weeks
from channels_app.actions.channels import recount
from channels_app.actions.regions import open_regional_channels
from channels_app.demo.accounts import content
from channels_app.models import Channel, Membership, Pin, Post, Proposal, Support
from kyoso.lib import markdown

Role = Membership.Role


def tend(members: dict[str, Member]) -> None:
    """Everything of tending.json, the members in the channels of their homes, and the counted weeks."""
    [told] = content("tending")
    open_regional_channels()
    for member in members.values():
        _settle(member)
    for channel in Channel.objects.filter(kind=Channel.Kind.REGIONAL):
        recount(channel)
    _appoint(told, members)
    for slug, text in told["guides"].items():
        written = {"guide": text, "guide_html": markdown.to_html(text), "guide_edited_at": timezone.now()}
        Channel.objects.filter(slug=slug).update(**written)
    for slug, count in told["pins"].items():
        _pin(slug, count)
    for row in told["proposals"]:
        _propose(row, members)
    count_weeks()


def _settle(member: Member) -> None:
    """Be in the channels of one's prefecture and class from their beginning."""
    inside = Membership.objects.current().filter(member=member).values("channel")
    home = Channel.objects.living().of_home(member).exclude(pk__in=inside)
    Membership.objects.bulk_create(
        Membership(channel=channel, member=member, joined_n=0, last_read_n=0, read_posts=0)
        for channel in home
        if channel.last_post_at is None  # who is in the others is told by channels.json
    )


def _appoint(told: dict[str, Any], members: dict[str, Member]) -> None:
    stays = Membership.objects.current()
    for slug, keys in told["stewards"].items():
        stays.filter(channel__slug=slug, member__in=[members[key] for key in keys]).update(role=Role.STEWARD)
    for slug, key in told["owners"].items():
        stays.filter(channel__slug=slug, member=members[key]).update(role=Role.OWNER)
    for slug, prefecture in told["listed"].items():
        facts = {"listed_at": timezone.now(), "prefecture_code": prefecture}
        Channel.objects.filter(slug=slug).update(**facts)


def _pin(slug: str, count: int) -> None:
    """The threads with the most replies stand pinned."""
    roots = Post.objects.roots().filter(channel__slug=slug).order_by("-reply_count", "id")
    for post in roots.select_related("channel")[:count]:
        Pin.objects.create(channel=post.channel, post=post, pinned_by=post.author)


def _propose(row: dict, members: dict[str, Member]) -> None:
    proposed = timezone.now() - timedelta(days=row["days_ago"])
    answer = row.get("answer", "")
    desk = Member.objects.filter(role=Member.Role.SECRETARIAT).first() if answer else None
    proposal = Proposal.objects.create(
        proposer=members[row["by"]],
        name=row["name"],
        purpose=row["purpose"],
        reason=row["reason"],
        proposed_at=proposed,
        decided_at=proposed + timedelta(days=6) if answer else None,
        decided_by=desk,
        answer=answer,
        channel=Channel.objects.filter(slug=row.get("became", "")).first(),
    )
    people = [members[key] for key in (row["by"], *row["support"])]
    Support.objects.bulk_create(
        Support(
            proposal=proposal,
            member=member,
            organisation=member.affiliation.organisation,  # type: ignore[union-attr]
            supported_at=proposed,
        )
        for member in people
    )
