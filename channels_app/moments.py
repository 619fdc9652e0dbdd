"""Moments for what is published later: near ones to choose, and which are possible."""

from datetime import datetime, time, timedelta
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format

from accounts.business_days import business_day_after

EARLY, OPENING = time(8, 30), time(9, 0)
FURTHEST = timedelta(days=366)
PAST = "もう過ぎた日時です。これからの日時を選んでください。"
TOO_FAR = "予約できるのは1年先までです。"


class Moment(NamedTuple):
    """One moment to choose: `value` is what the button sends (Japanese time)."""

    name: str
    day: str
    value: str


def suggestions(now: datetime | None = None) -> list[Moment]:
    """明日 8:30, and the next business day at 9:00, when offices open (accounts.business_days)."""
    today = timezone.localdate(now)
    tomorrow, working = today + timedelta(days=1), business_day_after(today, 1)
    return [_moment("明日", tomorrow, EARLY), _moment("次の平日", working, OPENING)]


def _moment(name: str, day, at: time) -> Moment:
    value = datetime.combine(day, at)
    return Moment(f"{name} {at:%-H:%M}", date_format(day, "n月j日（D）"), value.isoformat(timespec="minutes"))


def at(naive: datetime) -> datetime:
    """A moment typed as Japanese time, as an aware one."""
    return timezone.make_aware(naive.replace(second=0, microsecond=0))


def refusal(moment: datetime) -> str:
    """Why nothing can be published at a moment, or ""."""
    now = timezone.now()
    if moment <= now:
        return PAST
    return TOO_FAR if moment > now + FURTHEST else ""
