"""Days as the reader likes years."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from kyoso import dates

WAREKI, SEIREKI, VISITOR = SimpleNamespace(era="wareki"), SimpleNamespace(era="seireki"), object()
LATE = datetime(2026, 11, 22, 15, 5, tzinfo=UTC)  # the 23rd in Japan


@pytest.mark.parametrize(
    ("reader", "day"), [(WAREKI, "令和8年11月23日"), (SEIREKI, "2026年11月23日"), (VISITOR, "2026年11月23日")]
)
def test_a_moment_is_a_day_in_japan(reader, day):
    assert dates.day(LATE, reader) == day
    assert dates.weekday(LATE, reader) == f"{day}（月）"
    assert dates.moment(LATE, reader) == f"{day}（月）0:05"


def test_the_turn_of_an_era_is_not_lost():
    turn = [date(2019, 4, 30), date(2019, 5, 1), date(1989, 1, 7), date(1868, 1, 1)]
    assert [dates.day(day, WAREKI) for day in turn] == [
        "平成31年4月30日",
        "令和元年5月1日",
        "昭和64年1月7日",
        "1868年1月1日",
    ]


def test_nothing_is_printed_for_nothing():
    assert [dates.day(None, WAREKI), dates.weekday(None, WAREKI), dates.moment(None, WAREKI)] == ["", "", ""]
