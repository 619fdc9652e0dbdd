"""Japanese years: 令和8年4月1日."""

from datetime import date

# First days of the eras (元号法 and its cabinet orders; 明治 by the solar calendar).
ERAS = (
    (date(2019, 5, 1), "令和"),
    (date(1989, 1, 8), "平成"),
    (date(1926, 12, 25), "昭和"),
    (date(1912, 7, 30), "大正"),
    (date(1873, 1, 1), "明治"),
)

WAREKI, SEIREKI = "wareki", "seireki"  # how a member likes years
WEEKDAYS = "月火水木金土日"


def heading(day: date, years: str = SEIREKI) -> str:
    """The day with its weekday, as it stands above the posts of that day: 令和8年11月22日（日）."""
    return f"{written(day, years)}（{WEEKDAYS[day.weekday()]}）"


def written(day: date, years: str = SEIREKI) -> str:
    """The day in one of both ways: 令和8年11月22日, 2026年11月22日."""
    return in_era(day) if years == WAREKI else f"{day.year}年{day.month}月{day.day}日"


def in_era(day: date) -> str:
    """The day as offices write it; days before the solar calendar in Western years."""
    for begun, era in ERAS:
        if day >= begun:
            year = day.year - begun.year + 1 + (5 if era == "明治" else 0)
            return f"{era}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    return f"{day.year}年{day.month}月{day.day}日"
