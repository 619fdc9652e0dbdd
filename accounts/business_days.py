"""The clock of an application: three business days, as the offices of the state count them.

Saturdays, Sundays, national holidays and 29 December to 3 January are no business days
(行政機関の休日に関する法律 第1条). The day of receipt itself is not counted (民法 第140条).
While an answer of the applicant is awaited the clock stands.
"""

from datetime import date, datetime, timedelta
from functools import cache

import jpholiday
from django.utils import timezone

ANSWER_DAYS = 3
DAY = timedelta(days=1)


@cache
def is_business_day(day: date) -> bool:
    """Whether offices are open on a day in Japan."""
    year_end = (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)
    return day.weekday() < 5 and not year_end and not jpholiday.is_holiday(day)


@cache
def business_days_between(first: date, last: date) -> int:
    """The business days after `first` up to and including `last`; negative when `last` is earlier."""
    if last < first:
        return -business_days_between(last, first)
    return sum(is_business_day(first + DAY * step) for step in range(1, (last - first).days + 1))


@cache
def business_day_after(day: date, number: int) -> date:
    """The business day that is `number` business days after a day; the day itself for 0."""
    while number > 0:
        day += DAY
        number -= is_business_day(day)
    return day


def due_on(
    submitted_at: datetime,
    asked_at: datetime | None = None,
    answered_at: datetime | None = None,
    waited: int = 0,
) -> date:
    """The last day (in Japan) on which the answer is in time.

    `asked_at` and `answered_at` are those of the last question to the applicant, `waited` the business days
    that earlier questions took: all of them are added. Without an answer it waits until today.
    """
    if asked_at:
        waited += days_waited(asked_at, answered_at)
    return business_day_after(timezone.localdate(submitted_at), ANSWER_DAYS + waited)


def days_waited(asked_at: datetime, answered_at: datetime | None = None) -> int:
    """The business days from a question to its answer, or to today when there is none."""
    answered_on = timezone.localdate(answered_at) if answered_at else timezone.localdate()
    return business_days_between(timezone.localdate(asked_at), answered_on)


def days_left(
    submitted_at: datetime,
    asked_at: datetime | None = None,
    answered_at: datetime | None = None,
    waited: int = 0,
    on: date | None = None,
) -> int:
    """The business days left on a day (today) until `due_on`: 0 on the last day, negative when it is over.

    A weekend after the last day counts as one day too late, because "0" would say that there is still time.
    """
    on, due = on or timezone.localdate(), due_on(submitted_at, asked_at, answered_at, waited)
    if on > due:
        return min(business_days_between(on, due), -1)
    return business_days_between(on, due)
