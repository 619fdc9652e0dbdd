"""Private groups: founding one, letting people in, and asking to be let in."""

from secrets import token_hex

from django.utils import timezone

from accounts.models import Member
from channels_app.actions import stewards
from channels_app.actions.channels import admit, leave_channel, open_channel
from channels_app.actions.refusals import Refused
from channels_app.live import announce
from channels_app.models import Channel, Entreaty, Membership
from kyoso.lib.deeds import deed

ONLY_TENDING = "参加者を決められるのは、代表者と世話役だけです。"


@deed
def found_group(member, *, name: str, purpose: str, listed: bool, prefecture_code: str = "") -> Channel:
    """Open a private channel; its founder is its owner and its first participant.

    `listed`: its name and purpose stand in the directory, for the members of `prefecture_code` ("" for all).
    Side effects in order: the channel and its stream, the owner's membership, the announcements.
    """
    channel = open_channel(
        member,
        slug=f"group-{token_hex(4)}",
        name=name,
        kind=Channel.Kind.PRIVATE,
        purpose=purpose,
        prefecture_code=prefecture_code,
        listed_at=timezone.now() if listed else None,
    )
    stay = admit(member, channel)
    stay.role = Membership.Role.OWNER
    stay.save(update_fields=["role"])
    return channel


@deed
def describe_group(
    actor, channel: Channel, *, name: str, purpose: str, listed: bool, prefecture_code: str
) -> bool:
    """Change what a private channel is called and meant for, and to whom it says that it exists.

    False when nothing changed. Raises Refused for everybody but its owner. Side effects in order: the facts
    and v, the announcement to its members.
    """
    channel = _led_by(actor, channel)
    listed_at = (channel.listed_at or timezone.now()) if listed else None
    facts = {"name": name, "purpose": purpose, "prefecture_code": prefecture_code, "listed_at": listed_at}
    if all(getattr(channel, field) == value for field, value in facts.items()):
        return False
    for field, value in facts.items():
        setattr(channel, field, value)
    channel.v += 1
    channel.save(update_fields=[*facts, "v"])
    announce.channel_changed(channel, actor)
    return True


@deed
def close_group(actor, channel: Channel) -> None:
    """End a private channel: its members can read it, nobody writes in it any more, no list shows it.

    Raises Refused for everybody but its owner. Side effects in order: archived_at and v, the announcement.
    """
    channel = _led_by(actor, channel)
    channel.archived_at, channel.listed_at, channel.v = timezone.now(), None, channel.v + 1
    channel.save(update_fields=["archived_at", "listed_at", "v"])
    announce.channel_changed(channel, actor)


def _led_by(actor, channel: Channel) -> Channel:
    channel = Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
    leads = channel.behaviour.owner_leads and channel.is_led_by(actor, stewards.role_in(actor, channel))
    if not (actor.is_active and leads):
        raise Refused("このチャンネルを変えられるのは、代表者だけです。")
    if channel.archived_at:
        raise Refused("このチャンネルは、もう閉じています。")
    return channel


@deed
def invite(actor, channel: Channel, member: Member) -> Membership:
    """Let a member into a private channel; they may leave at any time. Again changes nothing.

    Raises Refused for everybody but its owner and stewards, and for a member who is not active. Side effects
    in order: what they had asked is answered, the membership, the announcement (the channel appears in their
    list, with nothing unread).
    """
    _insist(actor, channel)
    if not member.is_active:
        raise Refused("この会員は、いま利用していません。")
    answered = {"answered_at": timezone.now(), "answered_by": actor, "admitted_at": timezone.now()}
    Entreaty.objects.open().filter(channel=channel, member=member).update(**answered)
    return admit(member, channel)


@deed
def show_out(actor, membership: Membership) -> None:
    """End a participant's stay in a private channel: its text leaves their screens at once.

    Raises Refused for everybody but its owner and stewards, and for the owner's own stay.
    """
    _insist(actor, membership.channel)
    if membership.role == Membership.Role.OWNER:
        raise Refused("代表者は外せません。")
    leave_channel(membership.member, membership.channel)


@deed
def ask_in(member, channel: Channel, *, reason: str) -> Entreaty:
    """Ask the owner and stewards of a listed private channel to be let in; asking again changes nothing.

    Raises Refused for somebody who is in already, and for a channel that does not say that it exists.
    """
    if not Channel.objects.listed_for(member).filter(pk=channel.pk, listed_at__isnull=False).exists():
        raise Refused("このチャンネルには、参加をお願いできません。")
    if Membership.objects.current().filter(member=member, channel=channel).exists():
        raise Refused("すでに参加しています。")
    if channel.archived_at:
        raise Refused("このチャンネルは保管済みです。")
    return Entreaty.objects.get_or_create(
        channel=channel, member=member, answered_at=None, defaults={"reason": reason}
    )[0]


@deed
def answer_entreaty(actor, entreaty: Entreaty, *, admitted: bool) -> bool:
    """Let in who asked, or decline; False when somebody has answered already.

    Raises Refused for everybody but the owner and stewards. Side effects in order: the answer, the
    membership.
    """
    _insist(actor, entreaty.channel)
    locked = Entreaty.objects.select_for_update(no_key=True).get(pk=entreaty.pk)
    if locked.answered_at:
        return False
    locked.answered_at, locked.answered_by = timezone.now(), actor
    locked.admitted_at = locked.answered_at if admitted else None
    locked.save(update_fields=["answered_at", "answered_by", "admitted_at"])
    if admitted:
        admit(entreaty.member, entreaty.channel)
    return True


def _insist(actor, channel: Channel) -> None:
    role = stewards.role_in(actor, channel)
    if not (actor.is_active and channel.behaviour.owner_leads and role in Membership.TENDING):
        raise Refused(ONLY_TENDING)
