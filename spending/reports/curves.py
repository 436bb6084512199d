"""A month as a cumulative curve, and the last days as columns: what a chart of a brand shows; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from brands.calendar import days_between, interval_of
from budget_system.core.money import CENT, WHOLE, ZERO, decimals_of, overshoot
from campaigns.pacing import MICROSECOND
from spending.reports.pacing.owners import OwnerPacing


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One day of a month. What is not known or does not apply is `None`: the spend of days to come, a plan without a
    budget, a projection of days that are over.
    """

    day: date
    spent: Decimal | None
    """On that day alone."""
    total: Decimal | None
    """From the month's first day on, as it counts against the budget."""
    plan: Decimal | None
    """Where the total should be when the day ends."""
    linear: Decimal | None
    """The total, if it goes on at the rate of the month so far."""
    run_rate: Decimal | None
    """The total, if each day is like the mean of the last 7 full ones."""


@dataclass(frozen=True, slots=True)
class DayColumn:
    """One day: what was spent on it, and the daily budget that was in force when it ended."""

    day: date
    spent: Decimal
    budget: Decimal | None

    @property
    def overshoot(self) -> Decimal:
        """What was spent past the budget."""
        return overshoot(self.spent, self.budget)


def month_curve(
    pacing: OwnerPacing, *, today: date, daily: Mapping[date, Decimal], cleared: Decimal
) -> list[CurvePoint]:
    """Return the points of the current month.

    `daily` holds what the ledger has on each day; what a reset has cleared is taken off the beginning, as it is off the
    month's counter. The point of today is that counter.
    """
    month = pacing.month
    days = days_between(month.start, month.end)
    gone = _gone_by(days, pacing.timezone)
    yesterday = max(ZERO, sum((daily.get(day, ZERO) for day in days if day < today), ZERO) - cleared)
    points, running = [], -cleared
    for day in days:
        running += daily.get(day, ZERO)
        is_over, is_known = day < today, day <= today
        total = max(ZERO, running) if is_over else month.spent
        points.append(
            CurvePoint(
                day=day,
                spent=daily.get(day, ZERO) if is_known else None,
                total=total if is_known else None,
                plan=_share(month.budget, gone[day], pacing.currency),
                linear=None if is_over else _linear(pacing, today, day, gone[day]),
                run_rate=None if is_over else _run_rate(pacing, today, day, yesterday),
            )
        )
    return points


def day_columns(
    days: Sequence[date], *, daily: Mapping[date, Decimal], budgets: Mapping[date, Decimal | None]
) -> list[DayColumn]:
    """Return what was spent on each day beside its budget."""
    return [DayColumn(day, daily.get(day, ZERO), budgets[day]) for day in days]


def _gone_by(days: Sequence[date], tz: str) -> Mapping[date, Fraction]:
    """Return the part of a month that has passed when each day ends, in time that really passes."""
    whole = interval_of(days[0], days[-1], tz)
    length = (whole.end - whole.start) // MICROSECOND
    return {day: Fraction((interval_of(day, day, tz).end - whole.start) // MICROSECOND, length) for day in days}


def _linear(pacing: OwnerPacing, today: date, day: date, gone: Fraction) -> Decimal | None:
    end = pacing.month.pacing.projected_linear
    if end is None:
        return None
    return _share(end, gone, pacing.currency) if day > today or day == pacing.month.end else pacing.month.spent


def _run_rate(pacing: OwnerPacing, today: date, day: date, yesterday: Decimal) -> Decimal | None:
    month = pacing.month
    end = month.pacing.projected_run_rate
    if end is None or day == month.end:
        return end
    if day == today:
        return month.spent
    grown = _share(end - yesterday, Fraction((day - today).days + 1, (month.end - today).days + 1), pacing.currency)
    return max(month.spent, yesterday + (grown or ZERO))


def _share(amount: Decimal | None, part: Fraction, currency: str) -> Decimal | None:
    """Return a part of an amount, rounded to the currency's unit."""
    if amount is None:
        return None
    unit = CENT if decimals_of(currency) else WHOLE
    exact = amount * part.numerator / part.denominator
    return exact.quantize(unit, ROUND_HALF_UP).quantize(CENT)
