"""Three business days, with the holidays of Japan."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from accounts.business_days import business_day_after, business_days_between, days_left, due_on

JAPAN = ZoneInfo("Asia/Tokyo")


def at(month, day, hour=10, year=2026):
    return datetime(year, month, day, hour, tzinfo=JAPAN)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (at(11, 16), date(2026, 11, 19)),  # a Monday: Tuesday, Wednesday, Thursday
        (at(11, 20), date(2026, 11, 26)),  # a Friday before 勤労感謝の日 on Monday the 23rd
        (at(11, 21), date(2026, 11, 26)),  # a Saturday counts like the Friday before
        (at(9, 18), date(2026, 9, 28)),  # 敬老の日, 国民の休日 and 秋分の日 in one week
        (at(12, 28), date(2027, 1, 6)),  # offices close from 29 December to 3 January
        (at(5, 1), date(2026, 5, 11)),  # the holidays of May with their substitute on the 6th
    ],
)
def test_the_last_day_skips_weekends_and_holidays(received, due):
    assert due_on(received) == due


def test_the_day_is_that_of_japan():
    assert due_on(datetime(2026, 11, 16, 15, 30, tzinfo=ZoneInfo("UTC"))) == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("today", "left"),
    [(date(2026, 11, 16), 3), (date(2026, 11, 19), 0), (date(2026, 11, 20), -1), (date(2026, 11, 24), -2)],
)
def test_days_left_may_be_negative(today, left):
    assert days_left(at(11, 16), on=today) == left


def test_a_weekend_after_the_last_day_is_too_late():
    assert [days_left(at(11, 24), on=date(2026, 11, day)) for day in (27, 28, 29, 30)] == [0, -1, -1, -1]


def test_the_clock_stands_while_an_answer_is_awaited():
    asked, answered = at(11, 17), at(11, 25)  # five business days with the holiday left out
    assert due_on(at(11, 16), asked, answered) == date(2026, 11, 27)
    assert days_left(at(11, 16), asked, answered, on=date(2026, 11, 25)) == 2
    assert due_on(at(11, 16), asked, answered, waited=2) == date(2026, 12, 1)


def test_without_an_answer_the_days_left_stay(monkeypatch):
    for today in (date(2026, 11, 17), date(2026, 11, 18), date(2026, 11, 30)):
        monkeypatch.setattr("accounts.business_days.timezone.localdate", local_date(today))
        assert days_left(at(11, 16), at(11, 17)) == 2


def local_date(today):
    return lambda moment=None: moment.astimezone(JAPAN).date() if moment else today


def test_counting_goes_both_ways():
    assert business_days_between(date(2026, 11, 20), date(2026, 11, 25)) == 2
    assert business_days_between(date(2026, 11, 25), date(2026, 11, 20)) == -2
    assert business_day_after(date(2026, 11, 21), 0) == date(2026, 11, 21)
