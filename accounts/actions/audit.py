"""Recording deeds in the audit log, and verifying its chain. Removing by age is in audit_anchors.py."""

import ipaddress
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import DataError, models, transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import AuditAnchor, AuditEntry, AuditHead, Member
from accounts.models.audit import seal
from accounts.whereabouts import current_address
from kyoso import jobs
from kyoso.lib.deeds import deed as one_transaction

ROWS_AT_ONCE = 2000
REPEATS_WITHIN = timedelta(minutes=1)
LOOKED_AT = 2000

logger = logging.getLogger(__name__)


def record(
    actor: Member | None,
    deed: str,
    /,
    noun: models.Model | None = None,
    address: str | None = None,
    **detail: Any,
) -> AuditEntry:
    """Append one entry, in the caller's transaction; without one, in a transaction of its own.

    Arguments: `actor`, who did it, None for a visitor or the machine; `deed`, "noun.verb", which must have a
    sentence in secretariat/audit_sentences.py; `noun`, a saved model instance; `address`, the terminal's
    network address, by default that of the present request; `detail`, ids and short facts only, never text
    bodies, tokens, codes or whole mail addresses.

    Raises TypeError for a detail that JSON would not give back as it was. Takes the lock of the chain's head
    until the transaction ends: record after the deed's own locks and before anything is announced, because
    the live log's counters come last.
    """
    _insist_on_plain(detail)
    with transaction.atomic(savepoint=False):
        head = hold_head()
        entry = AuditEntry(
            id=head.last_id + 1,
            actor=actor,
            deed=deed,
            noun=str(noun._meta.model_name) if noun else "",
            noun_id=noun.pk if noun else None,
            detail=detail,
            address=_inet(address or current_address()),
            chained_before=head.chained,
        )
        entry.chained = seal(entry)
        entry.save(force_insert=True)
        facts = {"count": head.count + 1, "last_id": entry.pk, "chained": entry.chained}
        AuditHead.objects.filter(pk=head.pk).update(**facts)
    return entry


record_alone = one_transaction(record)
record_alone.__doc__ = "Like `record`, as a deed of its own: waits 2 s for the head, twice, then raises Busy."


@one_transaction
def record_once(actor: Member | None, deed: str, /, **detail: Any) -> AuditEntry | None:
    """Record what a script could repeat without end: the same within a minute is recorded once.

    The same is: actor, deed, network address and detail. Returns None when it stands in the log already.
    """
    same = {"actor": actor, "deed": deed, "detail": detail, "address": _inet(current_address())}
    if _stands_already(AuditHead.objects.filter(pk=1).first(), same):
        return None
    if _stands_already(hold_head(), same):
        return None
    return record(actor, deed, **detail)


def _stands_already(head: AuditHead | None, same: dict) -> bool:
    """Only the last entries are looked at, so that the question costs the same in a log of years."""
    recent = AuditEntry.objects.filter(at__gte=timezone.now() - REPEATS_WITHIN, **same)
    return head is not None and recent.filter(pk__gt=head.last_id - LOOKED_AT).exists()


def hold_head() -> AuditHead:
    """The chain's head, for this transaction alone; a removed one is not made to fit, so that it is found."""
    head = AuditHead.objects.select_for_update(no_key=True).filter(pk=1).first()
    if head is None:
        last = AuditEntry.objects.aggregate(last=Max("id"))["last"] or 0
        AuditHead.objects.bulk_create([AuditHead(pk=1, last_id=last)], ignore_conflicts=True)
        head = AuditHead.objects.select_for_update(no_key=True).get(pk=1)
    return head


def _insist_on_plain(value: Any) -> None:
    """Refuse what JSON changes on its way through the database: the hash would not fit afterwards."""
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("keys of an audit detail are texts")
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            _insist_on_plain(each)
    elif not (value is None or isinstance(value, str | int)):
        raise TypeError(f"an audit detail holds texts, whole numbers and lists, not {type(value).__name__}")


def _inet(address: str | None) -> str | None:
    """The address as PostgreSQL keeps it, None when it is none."""
    try:
        found = ipaddress.ip_address((address or "").split("%")[0])
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


@dataclass(frozen=True)
class Verdict:
    """What a verification found. `broken_id`: the first entry that does not fit."""

    count: int
    chained: str
    broken_id: int | None = None
    reason: str = ""

    @property
    def is_intact(self) -> bool:
        """Whether every entry fits."""
        return self.broken_id is None


def verify() -> Verdict:
    """Read the whole log once and compare every hash, link, anchor and head; some 25 µs per entry.

    Nobody waits while the bulk is read; only for the entries written meanwhile the head is locked. A removal
    by age meanwhile takes away what is being read: then the reading begins again.
    """
    anchor = AuditAnchor.present()
    verdict = _read(anchor)
    while not verdict.is_intact and anchor.said != (moved := AuditAnchor.present()).said:
        anchor, verdict = moved, _read(moved)
    return verdict


def _read(anchor: AuditAnchor) -> Verdict:
    before = AuditEntry(id=anchor.last_id, chained=anchor.chained)
    try:
        with transaction.atomic():
            known = AuditHead.objects.filter(pk=1).first() or AuditHead()
            bulk = AuditEntry.objects.filter(pk__lte=known.last_id)
            count, last = walk(bulk, anchor.count, before)
        with transaction.atomic():
            head = AuditHead.objects.select_for_update(no_key=True).filter(pk=1).first() or AuditHead()
            count, last = walk(AuditEntry.objects.filter(pk__gt=known.last_id), count, last)
            _insist_on_anchor(anchor)
            return _compared(head, count, last)
    except Broken as broken:
        return Verdict(broken.count, broken.chained, broken.entry_id, broken.reason)


def _insist_on_anchor(anchor: AuditAnchor) -> None:
    """Nothing stands before the beginning, and the newest entry about a removal says the same."""
    before = AuditEntry.objects.filter(pk__lte=anchor.last_id).order_by("id")
    stray = before.values_list(
        "pk", flat=True
    ).first()  # its other columns may be such that nobody reads them
    if stray is not None:
        raise Broken(stray, anchor.count, anchor.chained, "記録の始まりより前に、別の記録があります")
    if not anchor.is_attested:
        raise Broken(
            anchor.last_id + 1, anchor.count, anchor.chained, "記録の始まりが、消したときの控えと合いません"
        )


class Broken(Exception):
    """Where the chain does not hold."""

    def __init__(self, entry_id: int, count: int, chained: str, reason: str) -> None:
        self.entry_id, self.count, self.chained, self.reason = entry_id, count, chained, reason


def walk(entries, count: int, before: AuditEntry, at_once: int = ROWS_AT_ONCE) -> tuple[int, AuditEntry]:
    """Compare the `entries` after `before`, the `count`-th; returns the new count and the last entry.

    Raises Broken at the first that does not fit.
    """
    try:
        for entry in entries.filter(pk__gt=before.pk).order_by("id").iterator(chunk_size=at_once):
            if entry.chained_before != before.chained:
                raise Broken(entry.pk, count, before.chained, "この記録とひとつ前の記録がつながりません")
            if not entry.is_intact:
                raise Broken(entry.pk, count, before.chained, "この記録は書き換えられています")
            count, before = count + 1, entry
    except (DataError, ValueError, OverflowError) as error:
        if at_once > 1:  # one of this bundle cannot be read: which one?
            return walk(entries, count, before, at_once=1)
        raise Broken(before.pk + 1, count, before.chained, "この記録を読み取れません") from error
    return count, before


def _compared(head: AuditHead, count: int, last: AuditEntry) -> Verdict:
    """The verdict on the end of the chain. Without a gap the missing entry is the one after the last."""
    if (head.count, head.last_id, head.chained) == (count, last.pk, last.chained):
        return Verdict(count, last.chained)
    return Verdict(count, last.chained, last.pk + 1, "記録の数と終わりが控えと合いません")


@one_transaction
def export_asked(actor: Member, count: int, asked: dict[str, str]) -> AuditEntry:
    """Record that `count` entries are taken away; `asked` says by which deed and period they were chosen."""
    return record(actor, "audit.exported", None, None, count=count, **asked)


@one_transaction
def ask_for_verification(actor: Member) -> None:
    """Have the whole log verified in the background, once while a job waits; the desk shows the result."""
    record(actor, "audit.verification_asked")
    jobs.enqueue("verify_audit_log", queueing_lock="verify-audit-log")


def verify_and_note() -> Verdict:
    """Verify, keep the result for the desk, and write the head into the log, which leaves the machine.

    An operator who keeps those lines elsewhere can show later that the chain of that day is still in today's.
    """
    verdict = verify()
    facts = {"checked_count": verdict.count, "broken_id": verdict.broken_id, "checked_at": timezone.now()}
    AuditHead.objects.filter(pk=1).update(**facts)
    extra = {"entries": verdict.count, "chained": verdict.chained, "broken_id": verdict.broken_id or 0}
    if verdict.is_intact:
        logger.info("the audit log is intact", extra=extra)
    else:
        logger.error("the audit log is broken", extra=extra)
    return verdict
