"""When the days of a zone begin, found by looking at its wall clock every quarter of an hour.

Slow and simple, and nothing of the system's own calendar: what it finds is what the system is held to.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

QUARTER = timedelta(minutes=15)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class LocalDays:
    """The days of one zone, from a date on, with the instants (UTC) at which they begin and the clocks change."""

    zone: str
    dates: list[date]
    starts: list[datetime]
    changes: list[datetime]

    def date_at(self, at: datetime) -> date:
        """Return which of the days it is."""
        return self.dates[bisect_right(self.starts, at) - 1]

    def skipped_midnights(self) -> list[date]:
        """Name the days whose wall clock never showed 00:00."""
        shown = {
            date: start.astimezone(ZoneInfo(self.zone)).time()
            for date, start in zip(self.dates, self.starts, strict=True)
        }
        return [date for date, clock in shown.items() if clock != time(0)]

    def repeated_midnights(self) -> list[date]:
        """Name the days whose wall clock showed 00:00 twice."""
        clock, skipped = ZoneInfo(self.zone), self.skipped_midnights()
        midnights = {date: datetime.combine(date, time(0), clock) for date in self.dates if date not in skipped}
        return [date for date, shown in midnights.items() if shown.utcoffset() != shown.replace(fold=1).utcoffset()]


@cache
def local_days(zone: str, first: date, number: int) -> LocalDays:
    """Find the first instants of `number` days of a zone, from the date `first` on, and of the one after them."""
    clock = ZoneInfo(zone)

    def date_at(at: datetime) -> date:
        return at.astimezone(clock).date()

    def offset_at(at: datetime) -> timedelta | None:
        return at.astimezone(clock).utcoffset()

    at = datetime.combine(first, time(0), UTC) - timedelta(days=2)
    day, offset = date_at(at), offset_at(at)
    dates: list[date] = []
    starts: list[datetime] = []
    changes: list[datetime] = []
    while len(dates) <= number:
        later = at + QUARTER
        next_day, next_offset = date_at(later), offset_at(later)
        if next_offset != offset:
            changes.append(_first_second(at, later, offset_at))
        if next_day != day and next_day >= first:
            dates.append(next_day)
            starts.append(_first_second(at, later, date_at))
        at, day, offset = later, next_day, next_offset
    return LocalDays(zone, dates, starts, [change for change in changes if starts[0] <= change < starts[-1]])


def _first_second(before: datetime, after: datetime, shown: Callable[[datetime], object]) -> datetime:
    """Find the second, after the one instant and up to the other, from which on something else is shown."""
    while after - before > SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        before, after = (middle, after) if shown(middle) == shown(before) else (before, middle)
    return after
