"""What a replay of the Microsoft report must come to, worked out from the report and PSEUDOCODE.md alone.

Shares no code with the system: `csv`, `Decimal`, dates, and a page of arithmetic.
"""

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

REPORTS = Path(__file__).resolve().parent.parent / "tests" / "data" / "reports"
REPORT = REPORTS / "microsoft_ads_campaign_performance_daily_report_data.csv"
HISTORY = REPORTS / "microsoft_ads_campaign_history_data.csv"

ZONE = "America/Los_Angeles"
"""The account's own, which its history calls PacificTimeUSCanadaTijuana."""

CENT = Decimal("0.01")
NONE = Decimal("0.00")
ACTIVE, PAUSED = "ACTIVE", "PAUSED"
MONTH, DAY = "MONTHLY_BUDGET_EXCEEDED", "DAILY_BUDGET_EXCEEDED"

Days = dict[date, dict[str, Decimal]]
"""What each campaign of the report spent, by day."""


class Budgets(NamedTuple):
    """Limits per day and month; `None` is no limit."""

    daily: Decimal | None
    monthly: Decimal | None


class Change(NamedTuple):
    """A campaign paused, woke, or is paused for another reason than before."""

    at: datetime
    campaign: str
    status: str
    reason: str | None


class Overshoot(NamedTuple):
    """A day's or month's budget that the day's spends went over, as it stood when the day ended."""

    day: date
    owner: str
    period: str
    over: Decimal


class Counters(NamedTuple):
    """What an owner had spent when a day ended: that day, and that month so far."""

    daily: Decimal
    monthly: Decimal


@dataclass(slots=True)
class Course:
    """The whole course of a replay."""

    changes: list[Change] = field(default_factory=list)
    overshoots: list[Overshoot] = field(default_factory=list)
    counters: dict[tuple[date, str], Counters] = field(default_factory=dict)
    """Of each campaign, and of the brand under the name `""`, at the end of each day."""


def read_days(path: Path = REPORT) -> tuple[int, Days]:
    """Read the report: its number of rows, and each campaign-day's sum, rounded half up once."""
    rows, sums = 0, defaultdict[tuple[date, str], Decimal](Decimal)
    with path.open(newline="") as lines:
        for row in csv.DictReader(lines):
            rows += 1
            sums[date.fromisoformat(row["date"]), row["campaign_id"]] += Decimal(row["spend"])
    days: Days = defaultdict(dict)
    for (day, campaign), spent in sorted(sums.items()):
        days[day][campaign] = spent.quantize(CENT, ROUND_HALF_UP)
    return rows, days


def read_names(path: Path = HISTORY) -> dict[str, str]:
    """Read the campaigns' names by their id on the platform."""
    with path.open(newline="") as lines:
        return {row["id"]: row["name"] for row in csv.DictReader(lines)}


def instant(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """Return an instant of the account's wall clock in UTC."""
    return datetime.combine(day, time(hour, minute), ZoneInfo(ZONE)).astimezone(UTC)


def booking_time(day: date, position: int) -> datetime:
    """Return when a day's sums are sent: from 18:00 on, a minute for each campaign."""
    return instant(day, 18, position)


def every_day(days: Days) -> list[date]:
    """Return all days from the first of the report to the last, those without rows too."""
    first, last = min(days), max(days)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def work_out(days: Days, brand: Budgets, caps: Mapping[str, Budgets]) -> Course:
    """Return what must happen when these sums are booked under these budgets."""
    account = Account({"": brand, **caps})
    for day in every_day(days):
        account.decide(instant(day), day)
        for position, (campaign, amount) in enumerate(days.get(day, {}).items()):
            account.book(day, campaign, amount)
            account.decide(booking_time(day, position), day)
        account.look(day)
    return account.course


class Account:
    """The brand, under the name `""`, and its campaigns: what they have spent, and how they stand."""

    def __init__(self, owners: Mapping[str, Budgets]) -> None:
        self.course = Course()
        self._owners = owners
        self._stands: dict[str, str | None] = dict.fromkeys(name for name in owners if name)
        self._of_day: dict[tuple[str, date], Decimal] = defaultdict(lambda: NONE)
        self._of_month: dict[tuple[str, int, int], Decimal] = defaultdict(lambda: NONE)

    def book(self, day: date, campaign: str, amount: Decimal) -> None:
        """Add to what the campaign and the brand have spent."""
        for owner in ("", campaign):
            self._of_day[owner, day] += amount
            self._of_month[owner, day.year, day.month] += amount

    def decide(self, at: datetime, day: date) -> None:
        """Note each campaign that stands otherwise now."""
        for campaign, reason in self._stands.items():
            holding = self._used_up("", day) | self._used_up(campaign, day)
            now = next((line for line in (MONTH, DAY) if line in holding), None)
            if now != reason:
                self._stands[campaign] = now
                self.course.changes.append(Change(at, campaign, PAUSED if now else ACTIVE, now))

    def look(self, day: date) -> None:
        """Note what the counters are now, and what is overspent."""
        for owner, budgets in self._owners.items():
            counters = self._counters(owner, day)
            self.course.counters[day, owner] = counters
            if counters.daily:
                for period, counter, budget in zip(("day", "month"), counters, budgets, strict=True):
                    if budget is not None and counter > budget:
                        self.course.overshoots.append(Overshoot(day, owner, period, counter - budget))

    def _counters(self, owner: str, day: date) -> Counters:
        return Counters(self._of_day[owner, day], self._of_month[owner, day.year, day.month])

    def _used_up(self, owner: str, day: date) -> set[str]:
        pairs = zip((DAY, MONTH), self._counters(owner, day), self._owners[owner], strict=True)
        return {reason for reason, counter, budget in pairs if budget is not None and counter >= budget}
