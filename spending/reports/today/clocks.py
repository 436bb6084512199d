"""What day it is for each brand, and how much of that day and its month has gone, by time zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from brands.calendar import first_of_month, interval_of, last_of_month, local_date
from brands.models import Brand

EARLY_IN_A_DAY: Final = timedelta(hours=1)
EARLY_IN_A_MONTH: Final = timedelta(days=1)
"""A budget that lasts until less than this before its period ends needs nobody."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The current day and month of a time zone; parts are of the whole period."""

    timezone: str
    today: date
    this_month: date
    day_gone: float
    day_but_its_end: float
    month_gone: float
    month_but_its_end: float


def clocks_of(brands: QuerySet[Brand], *, now: datetime) -> Sequence[Clock]:
    """Return the clocks of the time zones in which brands are, at `now` (UTC), in one query."""
    zones = brands.order_by().values_list("timezone", flat=True).distinct()
    return [_clock(tz, now) for tz in sorted(zones)]


def _clock(tz: str, now: datetime) -> Clock:
    today = local_date(now, tz)
    day = _parts(today, today, tz, now, EARLY_IN_A_DAY)
    month = _parts(first_of_month(today), last_of_month(today), tz, now, EARLY_IN_A_MONTH)
    return Clock(tz, today, first_of_month(today), *day, *month)


def _parts(first: date, last: date, tz: str, now: datetime, early: timedelta) -> tuple[float, float]:
    whole = interval_of(first, last, tz)
    length = whole.end - whole.start
    return (now - whole.start) / length, (length - early) / length
