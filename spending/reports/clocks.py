"""What day it is for each brand, and how much of that day and its month has gone, by time zone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Final

from django.db.models import QuerySet

from brands.calendar import first_of_month, interval_of, last_of_month, local_date
from brands.models import Brand
from campaigns.pacing import MICROSECOND

EARLY_IN_A_DAY: Final = timedelta(hours=1)
EARLY_IN_A_MONTH: Final = timedelta(days=1)
"""A budget that lasts until less than this before its period ends needs nobody."""
RUNS_OUT_FROM: Final = Fraction(1, 24)
"""What part of a day must have gone before its rate says anything."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The current day and month of a time zone; parts are of the whole period."""

    timezone: str
    today: date
    this_month: date
    day_gone: Fraction
    day_but_its_end: Fraction
    month_gone: Fraction
    month_but_its_end: Fraction


def clocks_of(brands: QuerySet[Brand], *, now: datetime) -> Sequence[Clock]:
    """Return the clocks of the time zones in which brands are, at `now` (UTC), in one query."""
    zones = brands.order_by().values_list("timezone", flat=True).distinct()
    return [_clock(tz, now) for tz in sorted(zones)]


def zones_by_today(clocks: Sequence[Clock]) -> Mapping[date, Sequence[str]]:
    """Return the dates that it is somewhere, three at most, each with its zones."""
    zones: dict[date, list[str]] = defaultdict(list)
    for clock in clocks:
        zones[clock.today].append(clock.timezone)
    return zones


def _clock(tz: str, now: datetime) -> Clock:
    today = local_date(now, tz)
    day = _parts(today, today, tz, now, EARLY_IN_A_DAY)
    month = _parts(first_of_month(today), last_of_month(today), tz, now, EARLY_IN_A_MONTH)
    return Clock(tz, today, first_of_month(today), *day, *month)


def _parts(first: date, last: date, tz: str, now: datetime, early: timedelta) -> tuple[Fraction, Fraction]:
    whole = interval_of(first, last, tz)
    length = whole.end - whole.start
    return _part(now - whole.start, length), _part(length - early, length)


def _part(time: timedelta, whole: timedelta) -> Fraction:
    return Fraction(time // MICROSECOND, whole // MICROSECOND)
