"""Commissioning ambassadors for a region and a term."""

from datetime import date

from django.db.models import Q

from accounts import signals
from accounts.actions import audit
from accounts.actions.profiles import locked
from accounts.actions.refusals import Refused
from accounts.models import Ambassador, Member
from kyoso.lib.deeds import deed


@deed
def appoint(
    actor: Member, member: Member, *, prefecture_code: str, valid_from: date, valid_to: date
) -> Ambassador:
    """Commission a member for one prefecture, from `valid_from` to `valid_to`, both included.

    Raises Refused for anybody but the secretariat, for a suspended or former member, and when a term of the
    same member for the same prefecture overlaps. Side effects in order: the term; the audit entry;
    member_changed, because posts show the badge.
    """
    _check(actor)
    member = locked(member)
    if not member.is_active:
        raise Refused("利用を止めている会員と退会した会員には委嘱できません。")
    terms = member.ambassador_terms.filter(prefecture_code=prefecture_code, valid_from__lte=valid_to)
    if terms.filter(Q(valid_to=None) | Q(valid_to__gte=valid_from)).exists():
        raise Refused("この会員には、同じ地域で重なる任期がすでにあります。")
    facts = {"prefecture_code": prefecture_code, "valid_from": valid_from, "valid_to": valid_to}
    term = Ambassador.objects.create(member=member, appointed_by=actor, **facts)
    told = {"prefecture": prefecture_code, "from": valid_from.isoformat(), "to": valid_to.isoformat()}
    audit.record(actor, "ambassador.appointed", term, member=member.pk, **told)
    signals.member_changed.send(sender=Member, member=member, what="ambassador")
    return term


@deed
def end_term(actor: Member, term: Ambassador, *, on: date) -> bool:
    """End a term early, on its last day `on`; False when it ends by then anyway.

    A term that would end before it began never was: it is deleted. Raises Refused for anybody but the
    secretariat. Side effects in order: the end; the audit entry; member_changed.
    """
    _check(actor)
    term = Ambassador.objects.select_for_update(no_key=True).select_related("member").get(pk=term.pk)
    if term.valid_to and term.valid_to <= on:
        return False
    audit.record(actor, "ambassador.ended", term, member=term.member_id, on=on.isoformat())
    if on < term.valid_from:
        term.delete()
    else:
        term.valid_to = on
        term.save(update_fields=["valid_to"])
    signals.member_changed.send(sender=Member, member=term.member, what="ambassador")
    return True


def _check(actor: Member) -> None:
    if not (actor.is_active and actor.is_secretariat):
        raise Refused("アンバサダーを委嘱できるのは、事務局だけです。")
