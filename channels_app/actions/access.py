"""What the live connections of a member must learn about accounts."""

from channels_app.live import announce
from kyoso.lib.deeds import deed


@deed
def tell_member_changed(member) -> None:
    """Announce a changed name on the site's stream."""
    announce.member_changed(member)


@deed
def cut_member(member) -> None:
    """Close every open connection of a suspended or departed member, in every process."""
    announce.access_revoked(member)


@deed
def cut_session(member, session_key: str) -> None:
    """Close the open connections of one session."""
    announce.session_revoked(member, session_key)
