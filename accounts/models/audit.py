"""The audit log: who did what, append-only, each entry chained to the one before (docs/security.md D1)."""

import hashlib
import ipaddress
import json
from datetime import UTC, date, datetime, time, timedelta

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from .affiliations import Affiliation
from .registrations import Registration


class AuditQuerySet(models.QuerySet):
    """Sentences about entries."""

    def visible_to(self, member):
        """The whole log for the secretariat, nothing for anybody else."""
        return self.all() if member.is_active and member.is_secretariat else self.none()

    def about(self, member_ids):
        """Entries of deeds that one of the members did or underwent."""
        ids = list(member_ids)
        return self.filter(Q(actor__in=ids) | Q(noun="member", noun_id__in=ids))

    def concerning(self, organisations):
        """Entries about one of the bodies: itself, applications to it, and deeds by or on its staff then.

        Who has moved on is found by the days on which they worked there, Japanese time.
        """
        ids = list(organisations)
        there = Affiliation.objects.filter(organisation__in=ids)
        on_that_day = there.filter(
            Q(valid_to=None) | Q(valid_to__gte=OuterRef("day")), valid_from__lte=OuterRef("day")
        )
        staff = list(there.values_list("member", flat=True).distinct())
        applied = list(Registration.objects.filter(organisation__in=ids).values_list("pk", flat=True))
        done = Q(actor__in=staff) & Exists(on_that_day.filter(member=OuterRef("actor")))
        undergone = Q(noun="member", noun_id__in=staff) & Exists(
            on_that_day.filter(member=OuterRef("noun_id"))
        )
        itself = Q(noun="organisation", noun_id__in=ids) | Q(noun="registration", noun_id__in=applied)
        return self.alias(day=TruncDate("at")).filter(itself | done | undergone)

    def on_days(self, since, until):
        """Entries from the day `since` to the end of `until`, Japanese time; None leaves an end open."""
        entries = self.filter(at__gte=_midnight(since)) if since else self
        return entries.filter(at__lt=_midnight(until + timedelta(days=1))) if until else entries


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class AuditEntry(models.Model):
    """One deed. Holds no text bodies, no tokens, no codes, no whole mail addresses (docs/security.md D1).

    `id` is the place in the chain: entries made by `accounts.actions.audit.record` have no gaps. The
    database refuses to change a row, and to remove one that is less than a year old (migrations 0005, 0011).
    """

    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey("accounts.Member", models.PROTECT, null=True, related_name="+")
    deed = models.CharField(max_length=40)
    noun = models.CharField(max_length=40, blank=True)
    noun_id = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True, blank=True)
    chained_before = models.CharField(max_length=64, blank=True)
    chained = models.CharField(max_length=64, blank=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["actor", "-id"], name="audit_by_actor"),
            models.Index(fields=["deed", "-id"], name="audit_by_deed"),
            models.Index(fields=["noun", "noun_id"], name="audit_by_noun"),
        ]

    def __str__(self) -> str:
        return f"{self.deed} {self.noun} {self.noun_id}"

    @property
    def is_intact(self) -> bool:
        """Whether the entry still has the hash it was given."""
        return self.chained == seal(self)


class AuditHead(models.Model):
    """The one row that knows how long the chain is and how it ends, so that a removed last entry is found.

    Locked while an entry is written: whoever writes next waits for the commit. The other fields keep the
    result of the last verification, for the desk.
    """

    count = models.BigIntegerField(default=0)
    last_id = models.BigIntegerField(default=0)
    chained = models.CharField(max_length=64, blank=True)
    checked_at = models.DateTimeField(null=True)
    checked_count = models.BigIntegerField(default=0)
    broken_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="audit_has_one_head")]

    def __str__(self) -> str:
        return f"{self.count} {self.chained}"


def seal(entry) -> str:
    """SHA-256 over everything an entry says and the hash before it, as 64 hexadecimal digits.

    The formula never changes: hashes of years depend on it. A new one needs a new name in the first place.
    """
    said = [
        "kyoso-audit-1",
        entry.chained_before,
        entry.pk,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_id,
        entry.deed,
        entry.noun,
        entry.noun_id,
        entry.detail,
        _plain_address(entry.address),
    ]
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain_address(address: str | None) -> str | None:
    """One spelling per address: PostgreSQL and Python write some IPv6 addresses differently."""
    try:
        return str(ipaddress.ip_address(address)) if address else None
    except ValueError:  # tampered with: any text will do, it only must differ
        return str(address)
