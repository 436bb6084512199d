"""Dates and clock times of a zone, worked out with `zoneinfo` alone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def wall(at: datetime, zone: str) -> datetime:
    """Read the zone's wall clock at an instant."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def date_at(at: datetime, zone: str) -> date:
    """Return which date it is in the zone."""
    return wall(at, zone).date()


def month_of(day: date) -> date:
    """Name a month by its first day."""
    return day.replace(day=1)


@lru_cache(maxsize=512)
def clock_changes(zone: str, year: int) -> tuple[datetime, ...]:
    """List the instants of a UTC year at which the zone's clocks are put forward or back."""

    def offset(at: datetime) -> timedelta:
        return wall(at, zone) - at.replace(tzinfo=None)

    found: list[datetime] = []
    left = datetime(year, 1, 1, tzinfo=UTC)
    while left.year == year:
        right = left + timedelta(hours=6)
        if offset(left) != offset(right):
            low, high = left, right
            while high - low > SECOND:
                middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
                low, high = (low, middle) if offset(middle) != offset(low) else (middle, high)
            found.append(high)
        left = right
    return tuple(found)


def changes_between(zone: str, after: datetime, until: datetime) -> list[datetime]:
    """List the clock changes in `(after, until]`."""
    years = range(after.year, until.year + 1)
    return [at for year in years for at in clock_changes(zone, year) if after < at <= until]


@lru_cache(maxsize=65536)
def instants_of(shown: datetime, zone: str) -> tuple[datetime, ...]:
    """Return the instants at which the wall clock shows this; where it never does, those just before and after."""
    aware = shown.replace(tzinfo=ZoneInfo(zone))
    return tuple(sorted({aware.replace(fold=fold).astimezone(UTC) for fold in (0, 1)}))


@lru_cache(maxsize=4096)
def turns_of(day: date, zone: str) -> tuple[datetime, ...]:
    """Return the instants around a date at which the date, or the clock itself, may change."""
    midnight = datetime.combine(day, time())
    edges = instants_of(midnight, zone)
    return tuple(sorted({*edges, *changes_between(zone, edges[0] - DAY, edges[-1] + 2 * DAY)}))


def day_start(day: date, zone: str) -> datetime:
    """Return the first instant that bears the date."""
    return min(at for at in turns_of(day, zone) if date_at(at, zone) == day)


def dates_from(day: date, days: int) -> Iterator[date]:
    """Count dates on from one."""
    return (day + n * DAY for n in range(days))
