"""Whether a campaign's windows are open, and when that changes next; pure: it reads no model and no clock.

The windows are a pattern on the wall clock of one week. It is worked out once as the times at which it flips; what the
zone's clock does to it (hours skipped, hours repeated) follows from the periods of constant offset.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise

from brands.calendar import ONE_DAY, Interval, offset_periods, zone

ONE_WEEK = 7 * ONE_DAY
MIDNIGHT = time(0, 0, 0)
LAST_SECOND = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Window:
    """The hours `[start, end)` of one weekday (0 = Monday) on the wall clock; an end of 00:00 is the day's end."""

    day_of_week: int
    start: time
    end: time
    ends_next_day: bool


@dataclass(frozen=True, slots=True)
class _Week:
    """One week of the wall clock: its state at Monday 00:00, and the times after that at which it flips."""

    begins_open: bool
    flips: tuple[timedelta, ...]

    def is_open(self, moment: timedelta) -> bool:
        return self.begins_open ^ bool(bisect_right(self.flips, moment) % 2)

    def next_flip(self, moment: timedelta) -> timedelta:
        """Return the first flip after the time; it may lie in the next week."""
        place = bisect_right(self.flips, moment)
        return self.flips[place] if place < len(self.flips) else self.flips[0] + ONE_WEEK


def normal_end(end: time, ends_next_day: bool) -> time:
    """Return the end as it is stored: 23:59:59 is how people write the end of a day."""
    return MIDNIGHT if end == LAST_SECOND and not ends_next_day else end


def is_open(windows: Iterable[Window], *, at: datetime, tz: str) -> bool:
    """Return whether any of the windows is open at that instant in that time zone."""
    return _week(tuple(windows)).is_open(_moment(at.astimezone(zone(tz))))


def next_transition(windows: Sequence[Window], *, at: datetime, tz: str) -> datetime | None:
    """Return the first instant after `at`, in UTC, at which the windows open or close; `None` if they never do."""
    week = _week(tuple(windows))
    if not week.flips:
        return None
    state = is_open(windows, at=at, tz=tz)
    for start, end, offset in offset_periods(at, tz):
        moment = _moment(start + offset)
        if week.is_open(moment) != state:  # the clock jumped over the edge
            return start
        flip = start + (week.next_flip(moment) - moment)
        if flip < end:
            return flip
    return None


def next_open(windows: Sequence[Window], *, at: datetime, tz: str, until: datetime) -> datetime | None:
    """Return the first instant in `[at, until)`, in UTC, at which the windows are open."""
    opens = at.astimezone(UTC) if is_open(windows, at=at, tz=tz) else next_transition(windows, at=at, tz=tz)
    return opens if opens is not None and opens < until else None


@lru_cache(maxsize=2048)  # campaigns of one brand mostly keep the same hours
def open_intervals(windows: tuple[Window, ...], *, within: Interval, tz: str) -> tuple[Interval, ...]:
    """Return the intervals, in order, in which the windows are open; those that touch are one."""
    found: list[Interval] = []
    at = within.start
    opened = at if is_open(windows, at=at, tz=tz) else None
    while (turn := next_transition(windows, at=at, tz=tz)) is not None and turn < within.end:
        if opened is None:
            opened = turn
        else:
            found.append(Interval(opened, turn))
            opened = None
        at = turn
    if opened is not None:
        found.append(Interval(opened, within.end))
    return tuple(found)


def weekly_time(windows: Iterable[Window]) -> timedelta:
    """Return for how long the windows are open in a week of the wall clock; what overlaps counts once."""
    week = _week(tuple(windows))
    edges = (timedelta(0), *week.flips, ONE_WEEK)
    spans = list(pairwise(edges))[not week.begins_open :: 2]
    return sum((end - start for start, end in spans), timedelta(0))


@lru_cache(maxsize=8192)
def _week(windows: tuple[Window, ...]) -> _Week:
    """Return the week's flips: windows that touch or overlap have none between them."""
    edges: list[timedelta] = []
    for start, end in sorted(span for window in windows for span in _spans(window)):
        if edges and start <= edges[-1]:
            edges[-1] = max(edges[-1], end)
        else:
            edges += [start, end]
    if edges and edges[0] == timedelta(0) and edges[-1] == ONE_WEEK:  # open from Sunday through to Monday
        return _Week(begins_open=True, flips=tuple(edges[1:-1]))
    return _Week(begins_open=False, flips=tuple(edges))


def _spans(window: Window) -> Iterator[tuple[timedelta, timedelta]]:
    """Yield the window as times since Monday 00:00, in two parts where it runs over the week's end."""
    day = window.day_of_week * ONE_DAY
    end_of_clock = normal_end(window.end, window.ends_next_day)
    overnight = window.ends_next_day or end_of_clock == MIDNIGHT
    start = day + _clock(window.start)
    end = day + overnight * ONE_DAY + _clock(end_of_clock)
    if start < end:  # the other way round holds no time at all
        yield start, min(end, ONE_WEEK)
    if end > ONE_WEEK:
        yield timedelta(0), end - ONE_WEEK


def _moment(wall: datetime) -> timedelta:
    return wall.weekday() * ONE_DAY + _clock(wall.time())


def _clock(of_day: time) -> timedelta:
    return timedelta(hours=of_day.hour, minutes=of_day.minute, seconds=of_day.second, microseconds=of_day.microsecond)
