"""What the secretariat does with the mail domains of organisations."""

from datetime import date, timedelta

from django.utils import timezone

from accounts.actions import audit
from accounts.actions.organisation_changes import insist_on_secretariat
from accounts.actions.refusals import Refused
from accounts.addresses import MalformedAddress, bindable_domain
from accounts.models import EmailDomain, Member, Organisation
from kyoso.lib.deeds import deed

LONGEST_EXCEPTION = timedelta(days=366)  # an exception is looked at again after a year


@deed
def add_domain(
    actor: Member | None,
    organisation: Organisation,
    *,
    domain: str,
    kind: str,
    evidence: str,
    expires_on: date | None = None,
) -> EmailDomain:
    """Tie a mail domain to one organisation, with the evidence for it; without an actor by the operator.

    Raises Refused for a domain open to strangers, one that is tied already, an exception without a date
    within a year, and an organisation that has ended. Side effects in order: the domain; the audit entry.
    """
    insist_on_secretariat(actor)
    if organisation.valid_to:
        raise Refused(f"{organisation.full_name}は、{organisation.fate}しています。")
    expires_on = _expiry(kind, expires_on)
    facts = {"organisation": organisation, "kind": kind, "evidence": evidence, "expires_on": expires_on}
    row, created = EmailDomain.objects.get_or_create(
        domain=_bindable(domain), defaults=facts | {"bound_by": actor}
    )
    if not created:
        raise Refused(
            f"{row.domain} は、すでに{row.organisation.full_name}のドメインとして登録されています。"
        )
    audit.record(
        actor, "domain.added", organisation, domain=row.domain, kind=kind, expires_on=_written(expires_on)
    )
    return row


def _bindable(domain: str) -> str:
    try:
        return bindable_domain(domain)
    except MalformedAddress as error:
        raise Refused(str(error)) from error


def _expiry(kind: str, day: date | None) -> date | None:
    if kind != EmailDomain.Kind.EXCEPTION:
        return None
    today = timezone.localdate()
    if day is None or not today <= day <= today + LONGEST_EXCEPTION:
        raise Refused("例外には、今日から1年以内の期限を付けてください。")
    return day


def _written(day: date | None) -> str:
    return day.isoformat() if day else ""


@deed
def extend_domain(actor: Member, domain: EmailDomain, *, expires_on: date) -> EmailDomain:
    """Give an exception a later end, at most a year from today; the same end changes nothing.

    Raises Refused for a domain without an end. Side effects in order: the date; the audit entry.
    """
    insist_on_secretariat(actor)
    row = EmailDomain.objects.select_for_update(no_key=True, of=("self",)).get(pk=domain.pk)
    if row.kind != EmailDomain.Kind.EXCEPTION:
        raise Refused("期限のないドメインです。")
    before, row.expires_on = row.expires_on, _expiry(row.kind, expires_on)
    if before == row.expires_on:
        return row
    row.save(update_fields=["expires_on"])
    facts = {"domain": row.domain, "before": _written(before), "expires_on": _written(row.expires_on)}
    audit.record(actor, "domain.extended", row.organisation, **facts)
    return row


@deed
def remove_domain(actor: Member, domain: EmailDomain) -> bool:
    """Untie a domain: its addresses go to a person again. Members stay; False when it was removed before.

    Side effects in order: the row; the audit entry, which keeps what it was.
    """
    insist_on_secretariat(actor)
    row = EmailDomain.objects.select_for_update(no_key=True, of=("self",)).filter(pk=domain.pk).first()
    if row is None:
        return False
    facts = {"domain": row.domain, "kind": row.kind, "expires_on": _written(row.expires_on)}
    audit.record(actor, "domain.removed", row.organisation, **facts)
    row.delete()
    return True
