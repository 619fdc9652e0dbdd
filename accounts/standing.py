"""Where an application stands, in the words and days that the applicant sees."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from accounts.business_days import days_left, due_on, is_business_day
from accounts.models import Registration


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
    def rests(self) -> bool:
        """Whether no office works today, so that nothing can happen."""
        return not is_business_day(timezone.localdate())

    @property
    def _clock(self) -> tuple:
        row = self.registration
        return row.submitted_at or timezone.now(), row.asked_at, row.answered_at, row.waited_days
