"""How a member likes the site to look, sound and answer."""

from django.utils import timezone

from accounts.actions.profiles import locked
from accounts.models import Member
from kyoso.lib.deeds import deed

KEPT = ("era", "enter_sends", "announcing", "single_keys", "theme", "digest")


@deed
def prefer(member: Member, **wishes: str | bool) -> Member:
    """Keep a member's own settings (KEPT); what is not named stays. Pages follow from the next one on.

    Raises TypeError for a setting that does not exist.
    """
    if unknown := wishes.keys() - set(KEPT):
        raise TypeError(f"no such settings: {sorted(unknown)}")
    member = locked(member)
    for name, wish in wishes.items():
        setattr(member, name, wish)
    member.save(update_fields=list(wishes))
    return member


@deed
def put_ladder_away(member: Member) -> bool:
    """Leave out the first steps on one's home from now on; False when they are gone already."""
    member = locked(member)
    if member.ladder_closed_at:
        return False
    member.ladder_closed_at = timezone.now()
    member.save(update_fields=["ladder_closed_at"])
    return True
