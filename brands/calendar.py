"""When a brand's days begin and end, on the clock of its own time zone; pure: it reads no model and no clock.

Wall clocks jump: they skip midnight (Cairo), repeat it (Havana), or leave a date out (Apia, 2011-12-30). All of that is
answered from the periods in which a zone keeps one offset from UTC; within a period the wall clock simply runs.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
ONE_SECOND = timedelta(seconds=1)
# Long enough that a weekly window which falls into a skipped hour is still found in the weeks after it.
HORIZON_DAYS = 22
HORIZON = HORIZON_DAYS * ONE_DAY
# No offset is as large as a day, so this long before a date's midnight in UTC no clock on earth bears it.
MAX_OFFSET = timedelta(hours=26)


class Interval(NamedTuple):
    """The instants `[start, end)`, in UTC."""

    start: datetime
    end: datetime


class OffsetPeriod(NamedTuple):
    """A period `[start, end)`, in UTC, in which a zone keeps one offset."""

    start: datetime
    end: datetime
    offset: timedelta


@lru_cache(maxsize=1024)  # rows booked together ask for one instant again and again
def local_date(now: datetime, tz: str) -> date:
    """Return the date at `now` in the time zone: the brand's today."""
    return now.astimezone(zone(tz)).date()


@lru_cache(maxsize=8192)
def first_of_month(day: date) -> date:
    """Return the day on which the month of `day` begins."""
    return day.replace(day=1)


@lru_cache(maxsize=8192)
def last_of_month(day: date) -> date:
    """Return the day with which the month of `day` ends."""
    return first_of_month(first_of_month(day) + 31 * ONE_DAY) - ONE_DAY


@lru_cache(maxsize=8192)
def start_of_day(day: date, tz: str) -> datetime:
    """Return the first instant, in UTC, with that date; for a date that the zone skips, of the date after it."""
    return _first_instant(day, tz, after=_midnight(day) - MAX_OFFSET)


def end_of_day(now: datetime, tz: str) -> datetime:
    """Return the first instant after `now`, in UTC, whose date is later than that of `now`."""
    return _first_instant(local_date(now, tz) + ONE_DAY, tz, after=now)


def days_between(first: date, last: date) -> list[date]:
    """Return all days from one to another, both included."""
    return [first + number * ONE_DAY for number in range((last - first).days + 1)]


def interval_of(first: date, last: date, tz: str) -> Interval:
    """Return the instants from the beginning of one day to the end of another; none of a date that the zone skips."""
    return Interval(start_of_day(first, tz), start_of_day(last + ONE_DAY, tz))


def offset_periods(at: datetime, tz: str) -> Iterator[OffsetPeriod]:
    """Yield the periods of constant offset from `at` on, for at least `HORIZON_DAYS`; the first begins at `at`."""
    at = at.astimezone(UTC)
    for start, end, offset in _offset_periods(at.date(), tz):
        if end > at:
            yield OffsetPeriod(max(start, at), end, offset)


@cache
def zone(tz: str) -> ZoneInfo:
    """Return the time zone of that name, from a cache: the library caches only eight."""
    return ZoneInfo(tz)


@lru_cache(maxsize=8192)
def _offset_periods(day: date, tz: str) -> tuple[OffsetPeriod, ...]:
    """Return the periods from 00:00 UTC of `day` on."""
    clock = zone(tz)
    found: list[OffsetPeriod] = []
    start = _midnight(day)
    offset = _offset(start, clock)
    # No zone has ever changed twice within a day, so one look a day misses nothing.
    for number in range(HORIZON_DAYS + 1):
        dawn = _midnight(day + number * ONE_DAY)
        later = _offset(dawn + ONE_DAY, clock)
        if later != offset:
            change = _change(dawn, clock)
            found.append(OffsetPeriod(start, change, offset))
            start, offset = change, later
    if start < dawn + ONE_DAY:  # not where the clocks change at the very end
        found.append(OffsetPeriod(start, dawn + ONE_DAY, offset))
    return tuple(found)


def _change(dawn: datetime, clock: ZoneInfo) -> datetime:
    """Return the instant in the day after `dawn` from which on the zone has another offset."""
    before = _offset(dawn, clock)
    seconds = bisect_left(
        range(ONE_DAY // ONE_SECOND), True, key=lambda second: _offset(dawn + second * ONE_SECOND, clock) != before
    )
    return dawn + seconds * ONE_SECOND


def _first_instant(day: date, tz: str, *, after: datetime) -> datetime:
    """Return the first instant with `day` or a later date; at `after` the date is earlier."""
    midnight = _midnight(day)
    for start, end, offset in offset_periods(after, tz):
        # Where the clock jumps over the midnight, the day begins with the stretch.
        first = max(start, midnight - offset)
        if first < end:
            return first
    raise ValueError(f"{day} does not begin within {HORIZON_DAYS} days of {after} in {tz}")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def _offset(at: datetime, clock: ZoneInfo) -> timedelta:
    # The difference of two wall clocks: unlike `utcoffset()`, its type has no `None` in it.
    return at.astimezone(clock).replace(tzinfo=UTC) - at
