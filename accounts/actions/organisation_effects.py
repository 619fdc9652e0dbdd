"""What a change of an organisation does on its day."""

from collections.abc import Callable
from datetime import UTC, date, timedelta

from django.utils import timezone

from accounts.actions import audit, directory_rows
from accounts.master.postal import KIND_BY_SUFFIX
from accounts.models import (
    Affiliation,
    EmailDomain,
    Invitation,
    Member,
    Organisation,
    OrganisationChange,
    Registration,
)
from kyoso.lib.deeds import deed

Kind = OrganisationChange.Kind
ONE_DAY = timedelta(days=1)
# Towns become cities under their code only by name; the other kinds keep what they are.
KINDS_BY_NAME = (Organisation.Kind.CITY, Organisation.Kind.TOWN, Organisation.Kind.VILLAGE)


def take_due_effects() -> int:
    """Carry out every planned change whose day has come, each in a deed of its own; returns their number.

    Then whoever was admitted to a body in the very moment of its merger follows the others.
    """
    done = sum(take_effect(change, planned=True) for change in OrganisationChange.objects.due())
    left_behind = Affiliation.objects.current().filter(organisation__successor__isnull=False)
    for organisation in Organisation.objects.filter(pk__in=left_behind.values("organisation")):
        follow(organisation)
    return done


@deed
def follow(organisation: Organisation) -> None:
    """Move the members who are still at a merged body to its successor, from the day of the merger."""
    last_day = organisation.valid_to or timezone.localdate()
    moved = move_members(organisation, living_successor(organisation.pk), last_day + ONE_DAY)
    directory_rows.refresh(Member.objects.filter(pk__in=moved))


@deed
def take_effect(change: OrganisationChange, *, planned: bool = False) -> bool:
    """Carry out one change; False when it was carried out or withdrawn before.

    Side effects in order: the organisation; for a merger the members' affiliations, the domains and what is
    still open at the desk; the members' search rows; taken_effect_at; for a planned one the audit entry.
    """
    rows = OrganisationChange.objects.select_for_update(no_key=True, of=("self",))
    found = rows.filter(pk=change.pk, taken_effect_at=None).first()
    if found is None:
        return False
    organisation = locked(found.organisation_id)
    EFFECTS[found.kind](organisation, found)
    found.taken_effect_at = timezone.now()
    found.save()
    if planned:
        audit.record(None, "organisation.took_effect", organisation, change=found.pk, kind=str(found.kind))
    return True


def _rename(organisation: Organisation, change: OrganisationChange) -> None:
    """The name changes now; what was said before keeps the old one. A correction says it was never right."""
    change.name_before, change.kana_before = organisation.name, organisation.kana
    if change.kind == Kind.RENAMED and organisation.name != change.name_after:
        until = timezone.now().astimezone(UTC).isoformat()
        organisation.former_names = [*organisation.former_names, [until, organisation.name]]
    organisation.name, organisation.kana = change.name_after, change.kana_after
    if organisation.kind in KINDS_BY_NAME:
        organisation.kind = KIND_BY_SUFFIX.get(organisation.name[-1], organisation.kind)
    organisation.save(update_fields=["name", "kana", "kind", "former_names"])
    directory_rows.refresh(Member.objects.working_at(organisation))


def _abolish(organisation: Organisation, change: OrganisationChange) -> None:
    """It exists no longer. Its members keep their affiliation, so that nobody is shut out by a form."""
    organisation.valid_to = change.effective_on - ONE_DAY
    organisation.save(update_fields=["valid_to"])


def _merge(organisation: Organisation, change: OrganisationChange) -> None:
    """It becomes part of the successor: members and domains go there, the past stays where it was."""
    successor = living_successor(change.successor_id)
    change.successor = organisation.successor = successor
    organisation.valid_to = change.effective_on - ONE_DAY
    organisation.save(update_fields=["valid_to", "successor"])
    moved = move_members(organisation, successor, change.effective_on)
    EmailDomain.objects.filter(organisation=organisation).update(organisation=successor)
    Registration.objects.filter(organisation=organisation, decided_at=None).update(organisation=successor)
    Invitation.objects.filter(organisation=organisation, used_at=None).update(organisation=successor)
    directory_rows.refresh(Member.objects.filter(pk__in=moved))


def living_successor(organisation_id: int | None) -> Organisation:
    """The body that a successor has become part of meanwhile, or itself, locked: it must not end now."""
    body = locked(organisation_id)
    while body.successor_id:
        body = locked(body.successor_id)
    return body


def locked(organisation_id: int | None) -> Organisation:
    """The organisation as it is now, for this transaction alone."""
    return Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id or 0)


def move_members(before: Organisation, after: Organisation, day: date) -> list[int]:
    """End every current affiliation before the day and begin one at the successor; returns the members' ids.

    Sections and titles stay as they were: the member corrects them. One that began after the day of a merger
    that is noted late ends on its first day.
    """
    rows = Affiliation.objects.current().filter(organisation=before)
    present = list(rows.select_for_update(no_key=True).order_by("pk"))
    begun = [
        Affiliation(
            organisation=after,
            valid_from=max(day, row.valid_from),
            **{
                field: getattr(row, field)
                for field in ("member_id", "section", "title", "email", "verified_at")
            },
        )
        for row in present
    ]
    for row in present:
        row.valid_to = max(day - ONE_DAY, row.valid_from)
    Affiliation.objects.bulk_update(present, ["valid_to"])
    Affiliation.objects.bulk_create(begun)
    return [row.member_id for row in present]


def _note_only(organisation: Organisation, change: OrganisationChange) -> None:
    """A body that was set up stands in the table already."""


EFFECTS: dict[str, Callable[[Organisation, OrganisationChange], None]] = {
    Kind.CREATED: _note_only,
    Kind.RENAMED: _rename,
    Kind.CORRECTED: _rename,
    Kind.MERGED: _merge,
    Kind.ABOLISHED: _abolish,
}
