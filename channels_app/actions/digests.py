"""Sending what is new by mail: daily or weekly, at 8:30, to those who want it."""

from collections.abc import Iterator
from datetime import date, datetime, time

from django.db.models import Q
from django.utils import timezone

from accounts import mails
from accounts.business_days import is_business_day
from accounts.models import Member
from channels_app import digests
from channels_app.models import Notification
from kyoso import jobs
from kyoso.lib.deeds import deed

BATCH = 200  # members per transaction
MONDAY = 0


def rhythms_of(day: date) -> list[str]:
    """Whose digest is due on a day: the daily one on business days only, the weekly one on every Monday."""
    due = [(Member.Digest.DAILY, is_business_day(day)), (Member.Digest.WEEKLY, day.weekday() == MONDAY)]
    return [rhythm for rhythm, is_due in due if is_due]


def enqueue_digests(day: date) -> int:
    """Write one job per member whose digest is due on a day; returns their number.

    BATCH members per transaction. A second run writes no job for those whose mail has gone or still waits.
    """
    number = 0
    for members in _batches(day):
        _enqueue(members, day)
        number += len(members)
    return number


def _batches(day: date) -> Iterator[list[int]]:
    last = 0
    while True:
        found = _due(day).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)
        members = list(found[:BATCH])
        if not members:
            return
        yield members
        last = members[-1]


def _due(day: date):
    """Active members whose digest is due on the day and was not sent yet."""
    begin = timezone.make_aware(datetime.combine(day, time()))
    unsent = Q(digest_sent_at=None) | Q(digest_sent_at__lt=begin)
    return Member.objects.active().filter(unsent, digest__in=rhythms_of(day))


@deed
def _enqueue(members: list[int], day: date) -> None:
    for member_id in members:
        lock, said = f"digest-{member_id}", day.isoformat()
        jobs.enqueue("send_digest", queueing_lock=lock, member_id=member_id, day=said)


@deed
def send_digest(member_id: int, day: date) -> bool:
    """Mail a member what is new, once per day; nothing for who is gone, wants none, or has nothing new.

    The member's row is locked, so that two at once send one mail. Side effects in order: digest_sent_at,
    mailed_at of the rows, the mail; a mail that cannot be sent undoes the rest, and the job is tried again.
    """
    member = _due(day).select_for_update(no_key=True).filter(pk=member_id).first()
    if member is None:
        return False
    now = timezone.now()
    told = digests.of(member, now)
    if told is None:
        return False
    Member.objects.filter(pk=member.pk).update(digest_sent_at=now)
    waiting = digests.waiting(member).values("pk")
    Notification.objects.filter(pk__in=waiting).update(mailed_at=now)
    mails.digest(member, told)
    return True
