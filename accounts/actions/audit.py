"""Recording deeds in the audit log."""

from accounts.models import AuditEntry


def record(actor, deed: str, noun, **detail) -> AuditEntry:
    """Append one entry about `noun` (a saved model instance), in the caller's transaction.

    `detail` holds ids and short facts only: never text bodies, tokens, codes or full addresses.
    """
    return AuditEntry.objects.create(
        actor=actor, deed=deed, noun=noun._meta.model_name, noun_id=noun.pk, detail=detail
    )
