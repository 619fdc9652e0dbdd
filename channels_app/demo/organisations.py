"""The demo's organisations beyond the master: a union, a renaming and a merger with their history."""

import json
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

from accounts.actions import email_domains, organisation_changes
from accounts.models import EmailDomain, Organisation, OrganisationChange
from channels_app.demo.accounts import CONTENT


def history() -> dict[str, list[dict]]:
    """The rows of organisations.json by what happened: unions, renamings, mergers."""
    return json.loads((CONTENT / "organisations.json").read_text(encoding="utf-8"))


def add_organisations() -> None:
    """Set up the union, note the renaming, and merge the town; the master must be loaded.

    By the same deeds as the operator's own command, but for the renaming: the master has the new name
    already, so its note alone is written, with the old name until the day before.
    """
    rows = history()
    for row in rows["unions"]:
        _set_up(row)
    for row in rows["renamings"]:
        _note_renaming(row)
    for row in rows["mergers"]:
        _merge(row)


def _set_up(row: dict) -> None:
    union = organisation_changes.create(
        None,
        code=row["code"],
        kind=Organisation.Kind.UNION,
        name=row["name"],
        kana=row["kana"],
        effective_on=date.fromisoformat(row["effective_on"]),
        evidence=row["evidence"],
    )
    email_domains.add_domain(
        None,
        union,
        domain=row["domain"],
        kind=EmailDomain.Kind.EXCEPTION,
        evidence=row["domain_evidence"],
        expires_on=timezone.localdate() + timedelta(days=row["domain_days"]),
    )


def _note_renaming(row: dict) -> None:
    body, day = Organisation.objects.get(slug=row["slug"]), date.fromisoformat(row["effective_on"])
    midnight = timezone.make_aware(datetime.combine(day, time()))
    body.former_names = [[midnight.astimezone(UTC).isoformat(), row["name_before"]]]
    body.save(update_fields=["former_names"])
    OrganisationChange.objects.create(
        organisation=body,
        kind=OrganisationChange.Kind.RENAMED,
        effective_on=day,
        name_before=row["name_before"],
        kana_before=row["kana_before"],
        name_after=body.name,
        kana_after=body.kana,
        evidence=row["evidence"],
        taken_effect_at=timezone.now(),
    )


def _merge(row: dict) -> None:
    facts = {field: row[field] for field in ("code", "kind", "name", "kana", "gun", "gun_kana")}
    facts |= {"slug": row["code"], "prefecture_code": row["code"][:2]}
    organisation_changes.merge(
        None,
        Organisation.objects.create(**facts),
        successor=Organisation.objects.get(slug=row["successor"]),
        effective_on=date.fromisoformat(row["effective_on"]),
        evidence=row["evidence"],
    )
