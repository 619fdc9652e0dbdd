"""Where an application stands, in the words and days that the applicant sees."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from accounts.business_days import DAY, business_days_between, days_left, due_on, is_business_day
from accounts.models import Registration

MOST_DAYS = 7  # more do not fit a phone beside one another: year's end, long holidays


@dataclass(frozen=True)
class ClockDay:
    """One day between the receipt and the last day, with what it is to the applicant."""

    date: date
    label: str
    rests: bool = False


@dataclass(frozen=True)
class Standing:
    """One application that was handed in, with its clock of three business days."""

    registration: Registration

    @property
    def state(self) -> str:
        """approved, declined, asked or waiting."""
        if self.registration.outcome:
            return self.registration.outcome
        return "asked" if self.registration.awaiting_answer else "waiting"

    @property
    def due_on(self) -> date:
        """The last day on which the answer is in time; while something is asked, from today's view."""
        return due_on(*self._clock)

    @property
    def days_left(self) -> int:
        """Business days until then: 0 on the last day, negative when it is over."""
        return days_left(*self._clock)

    @property
    def days(self) -> list[ClockDay]:
        """The days from the receipt to the last one; none when they are many or the clock stood."""
        begun = timezone.localdate(self.registration.submitted_at)
        if self.registration.asked_at or self.state != "waiting" or (self.due_on - begun).days > MOST_DAYS:
            return []
        dates = [begun + DAY * step for step in range((self.due_on - begun).days + 1)]
        return [self._day(on, begun) for on in dates]

    def _day(self, on: date, begun: date) -> ClockDay:
        if on == begun:
            return ClockDay(on, "受付", not is_business_day(on))
        if not is_business_day(on):
            return ClockDay(on, "休み", rests=True)
        number = business_days_between(begun, on)
        return ClockDay(on, f"{number}日目" if on < self.due_on else "期限")

    @property
    def rests(self) -> bool:
        """Whether no office works today, so that nothing can happen."""
        return not is_business_day(timezone.localdate())

    @property
    def _clock(self) -> tuple:
        row = self.registration
        return row.submitted_at or timezone.now(), row.asked_at, row.answered_at, row.waited_days
