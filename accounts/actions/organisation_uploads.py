"""Many changes of organisations at once, from a CSV file: rehearsed first, then carried out or not at all.

A rehearsal is the deed itself, undone at its end: what it says cannot differ from what would happen.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from accounts.actions import audit
from accounts.actions.organisation_changes import insist_on_secretariat
from accounts.actions.organisation_rows import (
    MASTER_COLUMNS,
    POPULATION_COLUMNS,
    Register,
    change_by,
    populate_by,
)
from accounts.actions.refusals import Refused
from accounts.master.uploads import Unreadable, rows_of
from accounts.models import Member, OrganisationUpload
from kyoso.lib.deeds import deed

Kind = OrganisationUpload.Kind
COLUMNS: dict[str, dict] = {Kind.MASTER: MASTER_COLUMNS, Kind.POPULATION: POPULATION_COLUMNS}
VERBS: dict[str, Callable] = {Kind.MASTER: change_by, Kind.POPULATION: populate_by}


@dataclass(frozen=True, slots=True)
class Line:
    """What one line of the file does, or why it cannot."""

    number: int
    sentence: str


@dataclass
class Outcome:
    """What a file does as a whole. Any error means that nothing may be carried out."""

    changes: list[Line] = field(default_factory=list)
    errors: list[Line] = field(default_factory=list)
    unchanged: int = 0

    @property
    def fingerprint(self) -> str:
        """The same for two outcomes only if they change the same things."""
        said = "\n".join(f"{line.number} {line.sentence}" for line in self.changes)
        return sha256(said.encode()).hexdigest()


def carry_out(actor: Member | None, kind: str, text: str) -> Outcome:
    """Every row of a file, in its order, inside the caller's transaction; a refused row is left undone."""
    try:
        rows = rows_of(text, **COLUMNS[kind])
    except Unreadable as error:
        return Outcome(errors=[Line(1, str(error))])
    outcome, register = Outcome(), Register()
    for row in rows:
        try:
            with transaction.atomic():
                sentence = VERBS[kind](actor, register, row)
        except Refused as refusal:
            outcome.errors.append(Line(row.line, str(refusal)))
            continue
        if sentence:
            outcome.changes.append(Line(row.line, sentence))
        else:
            outcome.unchanged += 1
    return outcome


@deed
def rehearse(actor: Member | None, kind: str, text: str) -> Outcome:
    """What a file would do. Changes nothing: everything is undone before it returns."""
    insist_on_secretariat(actor)
    with transaction.atomic():
        outcome = carry_out(actor, kind, text)
        transaction.set_rollback(True)
    return outcome


@deed
def keep_upload(actor: Member, kind: str, text: str) -> tuple[Outcome, OrganisationUpload | None]:
    """Rehearse a file and keep it to be carried out later; one with errors or without changes is not kept."""
    outcome = rehearse(actor, kind, text)
    if outcome.errors or not outcome.changes:
        return outcome, None
    facts = {"fingerprint": outcome.fingerprint, "changes": len(outcome.changes), "uploaded_by": actor}
    return outcome, OrganisationUpload.objects.create(kind=kind, content=text, **facts)


@deed
def apply_upload(actor: Member, upload: OrganisationUpload) -> bool:
    """Carry out a kept file exactly as its preview said; False when that was done before.

    Raises Refused, with nothing changed, when it would now do anything else. Side effects in order: those of
    every row; applied_at; the audit entry.
    """
    insist_on_secretariat(actor)
    upload = OrganisationUpload.objects.select_for_update(no_key=True).get(pk=upload.pk)
    if upload.applied_at:
        return False
    outcome = carry_out(actor, upload.kind, upload.content)
    if outcome.errors or outcome.fingerprint != upload.fingerprint:
        raise Refused(
            "確かめた後で団体が変わったため、反映しませんでした。ファイルをもう一度読み込んでください。"
        )
    upload.applied_at = timezone.now()
    upload.save(update_fields=["applied_at"])
    audit.record(actor, "organisation.updated", upload, kind=upload.kind, changes=len(outcome.changes))
    return True


@deed
def apply_file(kind: str, text: str) -> Outcome:
    """The operator's command: carry out a file at once; with any error nothing is changed."""
    with transaction.atomic():
        outcome = carry_out(None, kind, text)
        transaction.set_rollback(bool(outcome.errors))
    if outcome.changes and not outcome.errors:
        audit.record(None, "organisation.updated", kind=kind, changes=len(outcome.changes))
    return outcome
