"""What the live connections of a member must learn about accounts."""

from channels_app.actions import stewards
from channels_app.live import announce
from channels_app.models import Membership
from kyoso import jobs
from kyoso.lib.deeds import deed

SEEN_AT_ONCE = {"name", "role", "ambassador"}


@deed
def tell_member_changed(member, what: str = "name") -> None:
    """A member is shown differently: name, role, ambassador or picture.

    Side effects in order: the job that draws their posts anew; the announcement on the site's stream.
    """
    _redraw_later(member, at_once=what in SEEN_AT_ONCE)
    announce.member_changed(member)


@deed
def end_stays(member) -> None:
    """A member has left for good: every stay ends at an exact number, every open connection closes.

    Groups of which they were the owner go on under somebody else.
    """
    stays = list(Membership.objects.current().filter(member=member).select_related("channel"))
    for stay in stays:
        stewards.hand_over(stay)
    _redraw_later(member, at_once=True)
    announce.member_departed(member, stays)


def _redraw_later(member, *, at_once: bool) -> None:
    name = f"redraw-{member.pk}"
    facts = {"member_id": member.pk, "at_once": at_once}
    jobs.enqueue("redraw_posts_of", lock=name, queueing_lock=f"{name}-{at_once}", **facts)


@deed
def cut_member(member) -> None:
    """Close every open connection of a suspended or departed member, in every process."""
    announce.access_revoked(member)


@deed
def cut_session(member, session_key: str) -> None:
    """Close the open connections of one session."""
    announce.session_revoked(member, session_key)
