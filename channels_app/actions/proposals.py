"""Proposals: wishes for a channel, their support, and what the secretariat decides."""

from django.utils import timezone

from accounts.actions import audit
from channels_app.actions.channel_changes import insist_on_free
from channels_app.actions.channels import admit_many, open_channel
from channels_app.actions.refusals import Refused
from channels_app.models import Channel, Proposal, Support
from kyoso.lib.deeds import deed

MOST_OPEN = 5  # undecided proposals of one member


@deed
def propose(member, *, name: str, purpose: str, reason: str) -> Proposal:
    """Wish for a channel; the proposer supports it. Raises Refused after 5 undecided ones.

    Side effects in order: the proposal, the support.
    """
    if Proposal.objects.undecided().filter(proposer=member).count() >= MOST_OPEN:
        raise Refused(f"返事を待っている提案は、一人{MOST_OPEN}件までです。")
    proposal = Proposal.objects.create(proposer=member, name=name, purpose=purpose, reason=reason)
    support(member, proposal)
    return proposal


@deed
def support(member, proposal: Proposal) -> Support:
    """Support a proposal, once, with the organisation of today. Raises Refused when it is decided."""
    _insist_on_open(proposal)
    if member.affiliation is None:
        raise Refused("いまの所属がないため、賛成できません。事務局にお問い合わせください。")
    organisation = {"organisation": member.affiliation.organisation}
    return Support.objects.get_or_create(proposal=proposal, member=member, defaults=organisation)[0]


@deed
def withdraw_support(member, proposal: Proposal) -> bool:
    """Take one's support back; False when there was none. Raises Refused when it is decided."""
    _insist_on_open(proposal)
    gone, _ = Support.objects.filter(proposal=proposal, member=member).delete()
    return bool(gone)


@deed
def grant(actor, proposal: Proposal, *, slug: str, answer: str = "", **facts) -> Channel:
    """Open the channel that was wished for; its supporters are in it from the start.

    `facts` are further Channel fields (kind, category, kana). Raises Refused for everybody but the
    secretariat, when it is decided, and for an address in use. Side effects in order: the decision, the
    audit entry, the channel with its stream, the memberships, the announcements.
    """
    proposal = _decided_by(actor, proposal, answer)
    insist_on_free(slug)
    facts = {"name": proposal.name, "purpose": proposal.purpose, "kind": Channel.Kind.TOPIC} | facts
    channel = open_channel(actor, slug=slug, **facts)
    proposal.channel = channel
    proposal.save(update_fields=["channel"])
    supports = proposal.supports.filter(member__is_active=True).select_related("member").order_by("pk")
    admit_many([one.member for one in supports], channel)
    return channel


@deed
def decline(actor, proposal: Proposal, *, answer: str) -> Proposal:
    """Answer that there will be no such channel, with the reason; everybody reads it.

    Raises Refused for everybody but the secretariat, without a reason, and when it is decided.
    """
    if not answer.strip():
        raise Refused("お断りの理由を書いてください。")
    return _decided_by(actor, proposal, answer, declined=True)


def _decided_by(actor, proposal: Proposal, answer: str, *, declined: bool = False) -> Proposal:
    if not (actor.is_active and actor.is_secretariat):
        raise Refused("提案に答えられるのは、事務局だけです。")
    proposal = Proposal.objects.select_for_update(no_key=True, of=("self",)).get(pk=proposal.pk)
    _insist_on_open(proposal)
    proposal.decided_at, proposal.decided_by, proposal.answer = timezone.now(), actor, answer.strip()
    proposal.save(update_fields=["decided_at", "decided_by", "answer"])
    audit.record(actor, "proposal.declined" if declined else "proposal.granted", proposal)
    return proposal


def _insist_on_open(proposal: Proposal) -> None:
    if proposal.decided_at:
        raise Refused("この提案には、もう事務局が答えています。")
