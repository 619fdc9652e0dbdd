"""Removing entries of the audit log by age, so that what is left still verifies."""

import logging
from datetime import date, datetime, time

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.actions import audit
from accounts.models import AuditAnchor, AuditEntry
from accounts.models.audit_anchors import PRUNED
from kyoso.lib.deeds import deed

AT_ONCE = 5_000  # entries: about half a second in which other deeds wait for the head

logger = logging.getLogger(__name__)


def oldest_kept(today: date) -> datetime:
    """Midnight, Japanese time, AUDIT_YEARS before `today`: what is older may go (docs/security.md D4)."""
    year = today.year - settings.AUDIT_YEARS
    day = today.replace(year=year, day=28 if (today.month, today.day) == (2, 29) else today.day)
    return timezone.make_aware(datetime.combine(day, time()))


def prune() -> int:
    """Remove every entry older than AUDIT_YEARS, in portions; returns their number.

    Nothing is removed from a log that does not verify: it stays as it is for whoever looks into it.
    """
    before, removed = oldest_kept(timezone.localdate()), 0
    if not _beginning(before, AT_ONCE).exists():
        return 0
    if not audit.verify().is_intact:
        logger.error("nothing is removed from a broken audit log")
        return 0
    while portion := prune_before(before):
        removed += portion
    return removed


@deed
def prune_before(moment: datetime, at_once: int = AT_ONCE) -> int:
    """Remove the oldest entries, all before `moment` and at most `at_once`; returns their number.

    Only an unbroken beginning of the chain goes, up to the first entry that must stay. Raises audit.Broken
    when it does not fit together, with nothing removed. Side effects in order: the chain's head is held; the
    entries; the anchor; the entry about the removal, which repeats the anchor.
    """
    audit.hold_head()
    anchor = AuditAnchor.present()
    old = _beginning(moment, at_once)
    if not old.exists():
        return 0
    count, last = audit.walk(old, anchor.count, AuditEntry(id=anchor.last_id, chained=anchor.chained))
    removed, until = count - anchor.count, timezone.localtime(last.at).date().isoformat()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL kyoso.pruning = 'on'")  # asked for by the trigger of migration 0011
        old.delete()
        cursor.execute("SET LOCAL kyoso.pruning = 'off'")
    moved = AuditAnchor(pk=1, count=count, last_id=last.pk, chained=last.chained)
    moved.save()
    audit.record(None, PRUNED, None, None, removed=removed, until=until, **moved.said)
    return removed


def _beginning(moment: datetime, at_once: int):
    """The oldest entries, by their place in the chain: until the first that is younger or one too many."""
    oldest = AuditEntry.objects.order_by("id")
    stays = oldest.filter(at__gte=moment).values_list("pk", flat=True).first()
    entries = AuditEntry.objects.all() if stays is None else AuditEntry.objects.filter(pk__lt=stays)
    too_many = entries.order_by("id").values_list("pk", flat=True)[at_once : at_once + 1].first()
    return entries if too_many is None else entries.filter(pk__lt=too_many)
