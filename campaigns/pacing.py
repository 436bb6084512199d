"""How a period's budget is being spent: what should be gone by now, where it leads, and when it runs out; pure.

It reads no model and no clock. Everything is exact until it is rounded once at the end: money is whole cents, time is
whole microseconds as they really pass, and what comes of dividing them is a fraction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Final

from django.db.models import TextChoices

from brands.calendar import Interval
from budget_system.core.money import as_cents, is_used_up

MICROSECOND: Final = timedelta(microseconds=1)
WEEK_DAYS: Final = 7
"""How many full days the run rate is the mean of."""

WIDEST_BAND, BAND_NARROWS_BY = Fraction(25, 100), Fraction(24, 100)
"""How far off the plan is still on track: this much at the beginning, and by so much less at the end."""


class PacingState(TextChoices):
    """How a period is going: the first of these that holds."""

    NO_BUDGET = "no_budget", "no budget"
    NOTHING_ALLOWED = "nothing_allowed", "nothing may be spent"
    USED_UP = "used_up", "used up"
    NOT_STARTED = "not_started", "not started"
    NOT_SCHEDULED = "not_scheduled", "not scheduled"
    UNDER = "under", "under plan"
    OVER = "over", "over plan"
    ON_TRACK = "on_track", "on track"


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """What is looked at of a month beside what is looked at of a day."""

    spent_before_today: Decimal
    spent_last_week: Decimal | None
    """On the last 7 full days; `None` where there have not been as many since the first spend."""
    days_left: Sequence[Interval]
    """The days from today to the month's last."""


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """All that the pacing of one owner's day or month depends on."""

    now: datetime
    end: datetime
    scheduled: Sequence[Interval]
    """The time within the period in which money may be spent."""
    spent: Decimal
    budget: Decimal | None
    unit_cents: int = 1
    """The smallest amount of the currency: a cent, or 100 where it has no decimals."""
    month: MonthFacts | None = None


@dataclass(frozen=True, slots=True)
class Pacing:
    """How one period is going; `None` is what does not apply. `elapsed` and `pace` are percent."""

    elapsed: Decimal | None
    expected: Decimal | None
    pace: Decimal | None
    projected_linear: Decimal | None
    projected_run_rate: Decimal | None
    recommended_daily: Decimal | None
    runs_out_at: datetime | None
    state: PacingState


def pacing_of(facts: PeriodFacts) -> Pacing:
    """Return how a period is going."""
    spent = as_cents(facts.spent)
    budget = None if facts.budget is None else as_cents(facts.budget)
    total = _length(facts.scheduled)
    if not total:
        return Pacing(None, None, None, None, None, None, None, _state(spent, budget, None))
    gone = _length(_up_to(facts.now, facts.scheduled))
    elapsed = Fraction(gone, total)
    expected = None if budget is None else budget * elapsed
    return Pacing(
        elapsed=_percent(elapsed),
        expected=None if expected is None else _rounded(expected, facts),
        pace=_percent(spent / expected) if expected else None,
        projected_linear=_rounded(spent / elapsed, facts) if elapsed else None,
        projected_run_rate=_run_rate(spent, facts),
        recommended_daily=None if budget is None else _recommended(budget, facts),
        runs_out_at=None if budget is None else _runs_out_at(spent, budget, gone, facts),
        state=_state(spent, budget, elapsed),
    )


def _state(spent: int, budget: int | None, elapsed: Fraction | None) -> PacingState:
    """Return the first state that holds; `elapsed` is `None` where nothing is scheduled."""
    if budget is None:
        return PacingState.NO_BUDGET
    if budget == 0:
        return PacingState.NOTHING_ALLOWED
    if is_used_up(spent, budget):
        return PacingState.USED_UP
    if elapsed is None:
        return PacingState.NOT_SCHEDULED
    if elapsed == 0:
        return PacingState.NOT_STARTED
    off_plan = spent / (budget * elapsed) - 1
    band = WIDEST_BAND - BAND_NARROWS_BY * elapsed
    if abs(off_plan) <= band:
        return PacingState.ON_TRACK
    return PacingState.UNDER if off_plan < 0 else PacingState.OVER


def _run_rate(spent: int, facts: PeriodFacts) -> Decimal | None:
    """Return what the month comes to if each day left is like the mean of the last 7 full ones."""
    month = facts.month
    if month is None or month.spent_last_week is None:
        return None
    each_day = Fraction(as_cents(month.spent_last_week), WEEK_DAYS)
    days = sum(day.start < day.end for day in month.days_left)
    return _rounded(max(Fraction(spent), as_cents(month.spent_before_today) + days * each_day), facts)


def _recommended(budget: int, facts: PeriodFacts) -> Decimal | None:
    """Return what may be spent on each day left that has scheduled time left, rounded down."""
    month = facts.month
    if month is None:
        return None
    days = sum(_is_open_in(facts, day) for day in month.days_left)
    if not days:
        return None
    left = max(0, budget - as_cents(month.spent_before_today))
    return _from_cents(left // (days * facts.unit_cents) * facts.unit_cents)


def _is_open_in(facts: PeriodFacts, day: Interval) -> bool:
    start = max(day.start, facts.now)
    return any(max(start, one.start) < min(day.end, one.end) for one in facts.scheduled)


def _runs_out_at(spent: int, budget: int, gone: int, facts: PeriodFacts) -> datetime | None:
    """Return when the budget is reached at the rate so far: a walk over the scheduled time that is left."""
    if not 0 < spent < budget or not gone:
        return None
    needed = Fraction((budget - spent) * gone, spent)
    for one in facts.scheduled:
        start = max(one.start, facts.now)
        length = (one.end - start) // MICROSECOND
        if length >= needed:
            at = start + floor(needed) * MICROSECOND
            return at if at < facts.end else None
        needed -= max(0, length)
    return None


def _up_to(now: datetime, intervals: Iterable[Interval]) -> Iterable[Interval]:
    return (Interval(one.start, min(one.end, now)) for one in intervals if one.start < now)


def _length(intervals: Iterable[Interval]) -> int:
    """Return how many microseconds intervals have together."""
    return sum((one.end - one.start) // MICROSECOND for one in intervals)


def _percent(share: Fraction) -> Decimal:
    return Decimal(f"{_half_up(share * 1000)}E-1")


def _rounded(cents: Fraction | int, facts: PeriodFacts) -> Decimal:
    return _from_cents(_half_up(Fraction(cents, facts.unit_cents)) * facts.unit_cents)


def _half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _from_cents(cents: int) -> Decimal:
    """Return cents as an amount: written, not calculated, as a projection may have more digits than the context."""
    return Decimal(f"{cents}E-2")
