"""Who decides: granting and taking back roles."""

from accounts import signals
from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import Member
from kyoso.lib.deeds import deed


@deed
def give_role(actor: Member, member: Member, *, role: str) -> bool:
    """Make a member an approver, one of the secretariat or a plain member; False when they are already.

    Raises Refused for anybody but the secretariat, for oneself (so one of the secretariat always remains),
    and for a suspended or former member. Both rows are locked in the order of their ids, so that two who take
    the role from each other cannot both succeed. Side effects in order: the role; the audit entry;
    member_changed, because posts show the badge.
    """
    people = Member.objects.select_for_update(no_key=True).filter(pk__in={actor.pk, member.pk}).order_by("pk")
    found = {person.pk: person for person in people}
    actor, member = found[actor.pk], found[member.pk]
    if not (actor.is_active and actor.is_secretariat):
        raise Refused("役割を変えられるのは、事務局だけです。")
    if member.pk == actor.pk:
        raise Refused("自分の役割は変えられません。ほかの事務局の方に頼んでください。")
    if not member.is_active:
        raise Refused("利用を止めている会員と退会した会員の役割は変えられません。")
    if member.role == role:
        return False
    before, member.role = member.role, role
    member.save(update_fields=["role"])
    audit.record(actor, "member.role", member, before=str(before), after=str(role))
    signals.member_changed.send(sender=Member, member=member, what="role")
    return True
