"""What only those hear who look at this moment: that somebody is writing. No number, no row, no replay."""

from typing import TYPE_CHECKING

from django.db import Error

from accounts.models import Member
from channels_app.live import bus, frames, streams
from channels_app.live.connections import Connection
from channels_app.live.threads import together
from channels_app.models import Channel, Membership

if TYPE_CHECKING:
    from channels_app.live.hub import Hub

EVERY_SECONDS = 3  # one of a connection in so long is passed on


async def typing(hub: "Hub", connection: Connection, said: dict) -> None:
    """Pass on that a member is writing, to all who look at the channel, in every process. Raises Malformed.

    Nothing happens when the connection does not look at the channel, says it too often, or its member may
    not write there; nor when the database is away.
    """
    label = said.get("s")
    if not isinstance(label, str):
        raise frames.Malformed("s")
    now = hub.loop.time()
    if label not in connection.cursors or not streams.is_channel(label) or now < connection.typing_after:
        return
    connection.typing_after = now + EVERY_SECONDS
    try:
        name = await together(writer, connection.member_id, int(label[1:]))
    except Error:
        return
    if name:
        text = frames.typing(label, connection.member_id, name)
        hub.whisper(label, text, connection.member_id)
        bus.whisper(label, text, connection.member_id)


def writer(member_id: int, channel_id: int) -> str:
    """The name of a member who may write in a channel, otherwise ""."""
    member = Member.objects.filter(pk=member_id, is_active=True).first()
    channel = Channel.objects.filter(pk=channel_id).first()
    if member is None or channel is None:
        return ""
    stay = Membership.objects.current().filter(channel=channel, member=member).first()
    return "" if channel.refusal_to_post(member, stay, replying=True) else member.name
