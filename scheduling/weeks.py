"""A campaign's week as a whole: its windows written in one line, and what leads from one week to another; pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Final

from scheduling.windows import MIDNIGHT, Window, normal_end

DAY_NAMES: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ALWAYS: Final = "Always"
"""How a week without any window is written: the campaign may run at any hour."""
DAILY: Final = "Daily"
OFF: Final = "(off)"
_EVERY_DAY: Final = tuple(range(len(DAY_NAMES)))
_SHORTEST_RUN: Final = 2


@dataclass(frozen=True, slots=True)
class WeekWindow:
    """A window of the week, switched on or off."""

    window: Window
    is_active: bool = True

    @property
    def hours(self) -> str:
        """Its hours, as `09:00–18:00`."""
        end = "24:00" if self.window.end == MIDNIGHT else _clock(self.window.end)
        return f"{_clock(self.window.start)}–{end}"


Week = frozenset[WeekWindow]


@dataclass(frozen=True, slots=True)
class WeekDifference:
    """What makes one week another: windows to remove, to change and to add; all others stay as they are."""

    removed: Sequence[WeekWindow]
    changed: Sequence[tuple[WeekWindow, WeekWindow]]
    added: Sequence[WeekWindow]


def normal_window(window: Window) -> Window:
    """Return the one form of a window: 22:00–00:00 is the same with and without `ends_next_day`."""
    end = normal_end(window.end, window.ends_next_day).replace(fold=0)
    return Window(window.day_of_week, window.start, end, window.ends_next_day and end != MIDNIGHT)


def active_windows(week: Iterable[WeekWindow]) -> tuple[Window, ...]:
    """Return the windows that are on, in order."""
    return tuple(one.window for one in sorted(week, key=_place) if one.is_active)


def week_text(week: Iterable[WeekWindow]) -> str:
    """Return a week in one line, as `Mon–Fri 09:00–18:00, Sat 22:00–02:00`; each window is in it as it is."""
    days_of: dict[tuple[time, time, str], list[int]] = defaultdict(list)
    for one in sorted(week, key=_place):
        hours = one.hours if one.is_active else f"{one.hours} {OFF}"
        days_of[one.window.start, one.window.end, hours].append(one.window.day_of_week)
    hours_of: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for (*_, hours), days in days_of.items():
        hours_of[tuple(days)].append(hours)
    return ", ".join(f"{_days_text(days)} {' and '.join(hours)}" for days, hours in hours_of.items()) or ALWAYS


def week_difference(present: Collection[WeekWindow], wanted: Collection[WeekWindow]) -> WeekDifference:
    """Return what leads from one week to another and leaves alone what is in both.

    A window that goes and one that comes on the same day are one window that changes, those with hours in common
    first: its history goes on.
    """
    removed, added = (sorted(one, key=_place) for one in (set(present) - set(wanted), set(wanted) - set(present)))
    changed: list[tuple[WeekWindow, WeekWindow]] = []
    for fits in (_is_same, _overlaps, _is_same_day):
        for old in list(removed):
            new = next((one for one in added if fits(old.window, one.window)), None)
            if new is not None:
                changed.append((old, new))
                removed.remove(old)
                added.remove(new)
    return WeekDifference(removed, changed, added)


def _is_same(one: Window, other: Window) -> bool:
    return one == other


def _overlaps(one: Window, other: Window) -> bool:
    (start, end), (other_start, other_end) = _span(one), _span(other)
    return _is_same_day(one, other) and start < other_end and other_start < end


def _is_same_day(one: Window, other: Window) -> bool:
    return one.day_of_week == other.day_of_week


def _span(window: Window) -> tuple[time, time]:
    return window.start, time.max if window.ends_next_day or window.end == MIDNIGHT else window.end


def _place(one: WeekWindow) -> tuple[int, time, bool, time, bool]:
    window = one.window
    return window.day_of_week, window.start, window.ends_next_day or window.end == MIDNIGHT, window.end, one.is_active


def _days_text(days: Sequence[int]) -> str:
    if tuple(days) == _EVERY_DAY:
        return DAILY
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(
        DAY_NAMES[run[0]] if len(run) < _SHORTEST_RUN else f"{DAY_NAMES[run[0]]}–{DAY_NAMES[run[-1]]}" for run in runs
    )


def _clock(of_day: time) -> str:
    return f"{of_day:%H:%M:%S}" if of_day.second else f"{of_day:%H:%M}"
