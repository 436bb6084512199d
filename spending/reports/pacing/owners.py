"""The pacing of many brands or campaigns at once, in a number of queries that does not depend on theirs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final
from uuid import UUID

from brands.calendar import Interval, days_between, first_of_month, interval_of, last_of_month, local_date
from brands.models import Brand
from budget_system.core.money import decimals_of
from campaigns.models import Campaign
from campaigns.pacing import MonthFacts, Pacing, PeriodFacts, pacing_of
from scheduling.windows import open_intervals
from spending.enforcement.facts import ALWAYS, Hours, read_hours
from spending.reports.pacing.spent import Spent, spent_by_brands, spent_by_campaigns

PERIODS: Final = ("day", "month")


@dataclass(frozen=True, slots=True)
class PeriodPacing:
    """A day or month of an owner: its dates (both included), its money, and how it is going."""

    start: date
    end: date
    spent: Decimal
    budget: Decimal | None
    pacing: Pacing


@dataclass(frozen=True, slots=True)
class OwnerPacing:
    """How a brand's or campaign's day and month are going at an instant."""

    at: datetime
    timezone: str
    currency: str
    day: PeriodPacing
    month: PeriodPacing

    @property
    def periods(self) -> Mapping[str, PeriodPacing]:
        """The periods by their names, as in `PERIODS`."""
        return {"day": self.day, "month": self.month}


def brand_pacing(brands: Collection[Brand], *, now: datetime) -> dict[UUID, OwnerPacing]:
    """Return how brands' days and months are going at `now` (UTC), by the brand's id."""
    spent = spent_by_brands({brand.pk: local_date(now, brand.timezone) for brand in brands})
    return {brand.pk: _pacing(brand, brand, ALWAYS, spent[brand.pk], now) for brand in brands}


def campaign_pacing(campaigns: Collection[Campaign], *, now: datetime) -> dict[UUID, OwnerPacing]:
    """Return how campaigns' days and months are going at `now` (UTC), by the campaign's id; select their brands along.

    The budgets are a campaign's own caps, and only the time in which one of its windows is open counts.
    """
    spent = spent_by_campaigns({one.pk: local_date(now, one.brand.timezone) for one in campaigns})
    hours = read_hours([one.pk for one in campaigns])
    return {one.pk: _pacing(one, one.brand, hours[one.pk], spent[one.pk], now) for one in campaigns}


def _pacing(owner: Brand | Campaign, brand: Brand, hours: Hours, spent: Spent, now: datetime) -> OwnerPacing:
    tz = brand.timezone
    today = local_date(now, tz)
    first, last = first_of_month(today), last_of_month(today)
    month = MonthFacts(spent.month_before_today, spent.last_week, _days(today, last, tz))

    def period(
        start: date, end: date, amount: Decimal, budget: Decimal | None, more: MonthFacts | None
    ) -> PeriodPacing:
        within = interval_of(start, end, tz)
        unit = 10 ** (2 - decimals_of(brand.currency))
        facts = PeriodFacts(now, within.end, _scheduled(hours, within, tz), amount, budget, unit, more)
        return PeriodPacing(start, end, amount, budget, pacing_of(facts))

    return OwnerPacing(
        at=now,
        timezone=tz,
        currency=brand.currency,
        day=period(today, today, spent.today, owner.daily_budget, None),
        month=period(first, last, spent.month, owner.monthly_budget, month),
    )


def _scheduled(hours: Hours, within: Interval, tz: str) -> tuple[Interval, ...]:
    """Return the time in which money may be spent: all of it, or what the active windows leave, be it none."""
    return open_intervals(hours.windows, within=within, tz=tz) if hours.has_schedules else (within,)


@lru_cache(maxsize=1024)
def _days(first: date, last: date, tz: str) -> tuple[Interval, ...]:
    return tuple(interval_of(day, day, tz) for day in days_between(first, last))
