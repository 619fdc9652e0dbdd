"""What is said to a member's own screens about their inbox. The rules are those of announce.py.

On the wire: notified {"id":post,"aux":{"unread":3}} · read with one or more of {"unread":2} (rows of the
inbox that wait), {"read":{"c42":4103,…}} (read_posts of many channels) and, for one channel,
{"s":"c42","n":…,"read_posts":…}; there "back":true says that the position went back: take it as it is, and do
not mark the channel as read by yourself. `unread` is the number of that moment, not a difference.
"""

from collections.abc import Mapping, Sequence

from channels_app.live.announce import Kind, say
from channels_app.live.log import Draft
from channels_app.models import LiveStream, Membership


def _own(member_id: int) -> tuple[str, int]:
    return (LiveStream.Kind.MEMBER, member_id)


def notified(unread: Mapping[int, int], post_id: int) -> None:
    """Each of some members has something new: one event on their own stream with their unread number.

    At most 100 members per transaction (bulk rule): their streams stay locked until it ends.
    """
    say(
        *(
            Draft(_own(member_id), Kind.NOTIFIED, post_id, aux={"unread": number})
            for member_id, number in unread.items()
        )
    )


def inbox_read(member_id: int, unread: int) -> None:
    """The member's other screens follow: so many rows are unread now, fewer or more than before."""
    say(Draft(_own(member_id), Kind.READ, 0, aux={"unread": unread}))


def channels_read(member_id: int, stays: Sequence[Membership], unread: int) -> None:
    """Several of a member's channels are read: one event, whatever their number."""
    read = {f"{LiveStream.Kind.CHANNEL}{stay.channel_id}": stay.read_posts for stay in stays}
    say(Draft(_own(member_id), Kind.READ, 0, aux={"read": read, "unread": unread}))


def unread_again(stay: Membership, unread: int) -> None:
    """A channel is unread again from a post on: the only event by which a read position goes back."""
    aux = {"s": f"{LiveStream.Kind.CHANNEL}{stay.channel_id}", "n": stay.last_read_n}
    aux |= {"read_posts": stay.read_posts, "back": True, "unread": unread}
    say(Draft(_own(stay.member_id), Kind.READ, stay.channel_id, aux=aux))
