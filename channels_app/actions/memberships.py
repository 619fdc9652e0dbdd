"""What a member sets for themselves about a channel: favourite, mute, what reaches the inbox, the section."""

from collections.abc import Callable

from django.utils import timezone

from channels_app.actions.refusals import Refused
from channels_app.live import announce_channels
from channels_app.models import Channel, Membership, Section
from kyoso.lib.deeds import deed


def set_favourite(member, channel: Channel, *, on: bool) -> Membership:
    """Put a channel at the top of one's list, or back. Raises, writes and announces as `_set`."""
    return _set(member, channel, favourite_at=lambda before: (before or timezone.now()) if on else None)


def set_muted(member, channel: Channel, *, on: bool) -> Membership:
    """Hide a channel's unread number, or show it again. Raises, writes and announces as `_set`."""
    return _set(member, channel, muted_at=lambda before: (before or timezone.now()) if on else None)


def set_level(member, channel: Channel, *, level: str) -> Membership:
    """What of a channel reaches the inbox, a Membership.Level. Raises, writes and announces as `_set`."""
    return _set(member, channel, level=lambda before: level)


def place(member, channel: Channel, *, section: Section | None) -> Membership:
    """Put a channel under one of one's own headings, None: back to its kind's. As `_set`.

    Raises Refused for a heading of somebody else.
    """
    if section is not None and section.member_id != member.pk:
        raise Refused("この見出しは使えません。")
    return _set(member, channel, section_id=lambda before: section.pk if section else None)


@deed
def _set(member, channel: Channel, **change: Callable) -> Membership:
    """Change one column of the present stay; `change` gives its new value from the one before.

    Raises Refused for somebody who is not in the channel. No change writes and says nothing. Side effects in
    order: the column, the announcement to the member's own screens.
    """
    stays = Membership.objects.current().select_for_update(no_key=True)
    stay = stays.filter(member=member, channel=channel).first()
    if stay is None:
        raise Refused("参加していないチャンネルの設定は変えられません。")
    (column, value_after), *_ = change.items()
    before = getattr(stay, column)
    after = value_after(before)
    if after != before:
        setattr(stay, column, after)
        stay.save(update_fields=[column])
        announce_channels.membership_changed(stay)
    return stay
