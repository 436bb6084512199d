"""The rules of pacing, written slowly from their text: intervals of real time, and fractions.

Of the system it knows nothing: calendars and clocks are worked out by `walltime`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

from tests.oracle.walltime import DAY, changes_between, date_at, dates_from, day_start, month_of, wall

MICROSECOND = timedelta(microseconds=1)
Interval = tuple[datetime, datetime]
Window = tuple[int, time, time, bool]
"""Weekday, start, end, and whether it ends the next day."""
Values = dict[str, object]


@dataclass
class Booked:
    """An entry of the ledger."""

    amount: Decimal
    day: date
    kind: str = "DAILY"


@dataclass
class Owner:
    """A brand, or a campaign; without any schedule its `windows` are `None`, and those that are not active are left
    out.
    """

    zone: str
    whole: bool = False
    daily_budget: Decimal | None = None
    monthly_budget: Decimal | None = None
    windows: list[Window] | None = None
    entries: list[Booked] = field(default_factory=list)
    cleared_day: dict[date, Decimal] = field(default_factory=dict)
    cleared_month: dict[date, Decimal] = field(default_factory=dict)


def pacing(owner: Owner, now: datetime) -> dict[str, Values]:
    """Return the figures of the owner's day and month."""
    today = date_at(now, owner.zone)
    first = month_of(today)
    last = month_of(first + 31 * DAY) - DAY
    of_day = [entry for entry in owner.entries if entry.day == today and entry.kind == "DAILY"]
    of_month = [entry for entry in owner.entries if month_of(entry.day) == first]
    day = _money(of_day) - owner.cleared_day.get(today, Decimal(0))
    month = _money(of_month) - owner.cleared_month.get(first, Decimal(0))
    answer = {
        "day": _period(owner, now, today, today, day, owner.daily_budget),
        "month": _period(owner, now, first, last, month, owner.monthly_budget),
    }
    before = _money([entry for entry in of_month if entry.day < today]) - owner.cleared_month.get(first, Decimal(0))
    before = max(before, Decimal(0))
    _add_month(answer["month"], owner, now, month, before)
    return answer


def _period(owner: Owner, now: datetime, first: date, last: date, spent: Decimal, budget: Decimal | None) -> Values:
    begin, end = day_start(first, owner.zone), day_start(last + DAY, owner.zone)
    scheduled = scheduled_in(owner, begin, end)
    values: Values = dict.fromkeys(
        ("elapsed", "expected", "pace", "projected_linear", "projected_run_rate", "recommended_daily", "runs_out_at")
    )
    values |= {"start": first, "end": last, "spent": spent, "budget": budget}
    total = seconds(scheduled)
    gone = seconds(cut(scheduled, begin, now))
    share = None if total == 0 else gone / total
    ratio = None
    if share is not None:
        values["elapsed"] = rounded(share * 100, "0.1")
        if budget is not None:
            values["expected"] = _amount(owner, Fraction(budget) * share)
        if budget and share:
            ratio = Fraction(spent) / (Fraction(budget) * share)
            values["pace"] = rounded(ratio * 100, "0.1")
        if share:
            values["projected_linear"] = _amount(owner, Fraction(spent) / share)
        if budget is not None and share and 0 < spent < budget:
            values["runs_out_at"] = _runs_out(scheduled, now, end, Fraction(spent) / gone, Fraction(budget - spent))
    values["state"] = _state(spent, budget, share, ratio)
    return values


def _state(spent: Decimal, budget: Decimal | None, share: Fraction | None, ratio: Fraction | None) -> str:
    if budget is None:
        return "no_budget"
    if budget == 0:
        return "nothing_allowed"
    if spent >= budget:
        return "used_up"
    if share == 0:
        return "not_started"
    if share is None or ratio is None:
        return "not_scheduled"
    band = Fraction("0.25") - Fraction("0.24") * share
    if ratio < 1 - band:
        return "under"
    if ratio > 1 + band:
        return "over"
    return "on_track"


def _add_month(values: Values, owner: Owner, now: datetime, spent: Decimal, before: Decimal) -> None:
    """Add what only a month has."""
    if values["elapsed"] is None:
        return
    today, last = date_at(now, owner.zone), values["end"]
    assert isinstance(last, date)
    days = list(dates_from(today, (last - today).days + 1))
    if owner.entries and min(entry.day for entry in owner.entries) <= today - 7 * DAY:
        week = [entry for entry in owner.entries if entry.kind == "DAILY" and today - 7 * DAY <= entry.day < today]
        mean = Fraction(_money(week)) / 7
        values["projected_run_rate"] = _amount(owner, max(Fraction(spent), Fraction(before) + len(days) * mean))
    open_days = 0
    for day in days:
        begin, end = day_start(day, owner.zone), day_start(day + DAY, owner.zone)
        open_days += seconds(cut(scheduled_in(owner, begin, end), max(begin, now), end)) > 0
    if open_days and owner.monthly_budget is not None:
        share = Fraction(max(Decimal(0), owner.monthly_budget - before)) / open_days
        values["recommended_daily"] = _amount(owner, share, ROUND_DOWN)


def _runs_out(
    scheduled: list[Interval], now: datetime, end: datetime, rate: Fraction, left: Fraction
) -> datetime | None:
    needed = left / rate
    for a, b in cut(scheduled, now, end):
        if needed <= seconds([(a, b)]):
            at = a + int(needed * 1_000_000) * MICROSECOND
            return at if at < end else None
        needed -= seconds([(a, b)])
    return None


def scheduled_in(owner: Owner, begin: datetime, end: datetime) -> list[Interval]:
    """Return the scheduled intervals, in order, none overlapping."""
    if owner.windows is None:
        return [(begin, end)]
    found = []
    edges = [begin, *changes_between(owner.zone, begin, end - MICROSECOND), end]
    for a, b in pairwise(edges):
        offset = wall(a, owner.zone) - a.replace(tzinfo=None)  # the wall clock runs evenly from one change to the next
        for day in dates_from(wall(a, owner.zone).date() - 2 * DAY, (b - a).days + 5):
            for weekday, start, stop, overnight in owner.windows:
                if weekday == day.weekday():
                    opens = datetime.combine(day, start, UTC) - offset
                    over = DAY if overnight or stop == time(0) else timedelta(0)
                    closes = datetime.combine(day, stop, UTC) + over - offset
                    found += cut([(opens, closes)], a, b)
    return _merged(found)


def cut(intervals: list[Interval], begin: datetime, end: datetime) -> list[Interval]:
    """Return what of the intervals lies in `[begin, end)`."""
    return [(max(a, begin), min(b, end)) for a, b in intervals if max(a, begin) < min(b, end)]


def seconds(intervals: list[Interval]) -> Fraction:
    """Return how many seconds the intervals have together."""
    return sum((Fraction((b - a) // MICROSECOND, 1_000_000) for a, b in intervals), Fraction(0))


def _merged(intervals: list[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for a, b in sorted(intervals):
        if merged and a <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(b, merged[-1][1])
        else:
            merged.append((a, b))
    return merged


def seconds_by_the_clock(owner: Owner, begin: datetime, end: datetime) -> int:
    """Count scheduled seconds one by one, by what the wall clock shows in each; slower still."""
    return sum(_is_open(owner, wall(at, owner.zone)) for at in _every_second(begin, end))


def _every_second(begin: datetime, end: datetime) -> Iterator[datetime]:
    while begin < end:
        yield begin
        begin += timedelta(seconds=1)


def _is_open(owner: Owner, shown: datetime) -> bool:
    if owner.windows is None:
        return True
    for weekday, start, stop, overnight in owner.windows:
        today, yesterday = shown.weekday() == weekday, (shown.weekday() - 1) % 7 == weekday
        if not overnight:
            if today and start <= shown.time() and (shown.time() < stop or stop == time(0)):
                return True
        elif (today and shown.time() >= start) or (yesterday and shown.time() < stop):
            return True
    return False


def _money(entries: list[Booked]) -> Decimal:
    return sum((entry.amount for entry in entries), Decimal(0))


def _amount(owner: Owner, value: Fraction, how: str = ROUND_HALF_UP) -> Decimal:
    return rounded(value, "1" if owner.whole else "0.01", how)


def rounded(value: Fraction, step: str, how: str = ROUND_HALF_UP) -> Decimal:
    """Round a fraction as school does, with more digits than matter."""
    with localcontext(prec=80):
        return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(step), how)
