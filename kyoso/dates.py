"""The template library `dates`: days as the reader likes years, 2026年 or 令和8年 (Member.era).

`{{ post.posted_at|day:user }}`. Only pages know their reader; a fragment prints no years.
"""

from datetime import date, datetime

from django import template
from django.utils import timezone

from kyoso.lib import eras

register = template.Library()


def _local(value: date) -> date:
    """The day in Japan of a moment or a day."""
    return timezone.localdate(value) if isinstance(value, datetime) else value


def _years(reader) -> str:
    return getattr(reader, "era", eras.SEIREKI)


@register.filter
def day(value: date | None, reader) -> str:
    """2026年11月22日, or 令和8年11月22日; "" for None."""
    return eras.written(_local(value), _years(reader)) if value else ""


@register.filter
def weekday(value: date | None, reader) -> str:
    """The day with its weekday: 2026年11月22日（日）."""
    return eras.heading(_local(value), _years(reader)) if value else ""


@register.filter
def moment(value: datetime | None, reader) -> str:
    """The day with weekday and time: 2026年11月22日（日）9:05."""
    if not value:
        return ""
    return f"{weekday(value, reader)}{timezone.localtime(value):%-H:%M}"
