"""Stewards (世話役): who tends a channel's guide and pins, and lets people into a group."""

from accounts.actions import audit
from channels_app.actions.refusals import Refused
from channels_app.models import Channel, Membership
from kyoso.lib.deeds import deed

Role = Membership.Role


def role_in(member, channel: Channel) -> str:
    """The member's role in the channel now, "" for somebody who is not in it."""
    roles = Membership.objects.current().filter(member=member, channel=channel).values_list("role", flat=True)
    return roles.first() or ""


@deed
def appoint(actor, membership: Membership) -> bool:
    """Make a participant a steward; False when they tend it already.

    Raises Refused for everybody but the secretariat, in a private group but its owner. Side effects in order:
    the role, the audit entry.
    """
    return _change(actor, membership, Role.STEWARD, "channel.steward_appointed")


@deed
def dismiss(actor, membership: Membership) -> bool:
    """Take stewardship back; False when there was none. Raises and records as `appoint`."""
    return _change(actor, membership, Role.MEMBER, "channel.steward_dismissed")


def _change(actor, membership: Membership, role: str, recorded: str) -> bool:
    channel = membership.channel
    if not (actor.is_active and channel.is_led_by(actor, role_in(actor, channel))):
        who = "代表者" if channel.behaviour.owner_leads else "事務局"
        raise Refused(f"世話役を決められるのは、{who}だけです。")
    stays = Membership.objects.current().select_for_update(no_key=True, of=("self",))
    stay = stays.filter(pk=membership.pk).first()
    if stay is None or stay.role in {role, Role.OWNER}:
        return False
    stay.role = role
    stay.save(update_fields=["role"])
    audit.record(actor, recorded, channel, member=stay.member_id)
    return True


def hand_over(leaving: Membership) -> None:
    """An owner who goes leaves the group to its first steward, else to whoever has been there longest."""
    if leaving.role != Role.OWNER:
        return
    others = Membership.objects.current().filter(channel=leaving.channel, member__is_active=True)
    staying = sorted(others.exclude(pk=leaving.pk), key=lambda stay: (stay.role != Role.STEWARD, stay.pk))
    for heir in staying[:1]:
        heir.role = Role.OWNER
        heir.save(update_fields=["role"])
