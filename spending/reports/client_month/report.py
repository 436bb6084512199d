"""A brand's month: what its client is shown, from the ledger, the history and the status events."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from brands.calendar import days_between, first_of_month, interval_of, last_of_month, local_date
from brands.models import Brand
from budget_system.core.money import ZERO, cents_in, exact_sum, from_cents, overshoot
from campaigns.models import Campaign
from spending.models import Spend, SpendType
from spending.reports.budget_history import DAILY, MONTHLY, BudgetChange, BudgetHistory
from spending.reports.client_month.paused import (
    CampaignPause,
    PauseSum,
    campaigns_of_month,
    pause_sums,
    pauses_in,
)

MOVED_AWAY: Final = "a campaign that has left since"


class SpentOn(NamedTuple):
    """What one campaign spent on one day, or, of a `MONTHLY` entry, on no day but in the month."""

    campaign_id: UUID
    day: date
    spend_type: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class DayOfMonth:
    """One day: what counts in it, and the daily budget that was in force when it ended."""

    day: date
    spent: Decimal
    budget: Decimal | None
    overshoot: Decimal
    is_to_come: bool


@dataclass(frozen=True, slots=True)
class CampaignMonth:
    """What one campaign spent in the month."""

    campaign: Campaign
    spent: Decimal


@dataclass(frozen=True, slots=True)
class ClientMonth:
    """A brand's month up to `now` (UTC). Days and times are those of the brand's clock, amounts of its currency.

    `spent` is what the ledger holds, whatever resets have cleared: the sum of the days and of `monthly_entries`, and of
    the campaigns. `budget` is the one in force when the month ended, or now; `overshoot` is what was spent past it.
    """

    brand: Brand
    first: date
    last: date
    now: datetime
    today: date
    budget: Decimal | None
    spent: Decimal
    overshoot: Decimal
    monthly_entries: Decimal
    days: Sequence[DayOfMonth]
    campaigns: Sequence[CampaignMonth]
    entries: Sequence[SpentOn]
    pauses: Sequence[CampaignPause]
    budget_changes: Sequence[BudgetChange]
    names: Mapping[UUID, str]

    @property
    def is_over(self) -> bool:
        """Whether the month has ended on the brand's calendar."""
        return self.last < self.today

    @property
    def left(self) -> Decimal | None:
        """What is left of the budget; below zero past it, `None` without a limit."""
        return None if self.budget is None else self.budget - self.spent

    @property
    def days_overshoot(self) -> Decimal:
        """What was spent past the daily budgets, day by day."""
        return sum((day.overshoot for day in self.days), ZERO)

    @property
    def pause_sums(self) -> Sequence[PauseSum]:
        """The hours of the pauses by campaign and reason."""
        return pause_sums(self.pauses)


def client_month(brand: Brand, month: date, *, now: datetime) -> ClientMonth:
    """Return a brand's month, the one that begins on the day `month`, in a number of queries that does not grow."""
    first, last = first_of_month(month), last_of_month(month)
    instants, today = interval_of(first, last, brand.timezone), local_date(now, brand.timezone)
    budgets = BudgetHistory(brand, instants.start)
    entries = _entries(brand, first, last)
    campaigns = campaigns_of_month(brand).in_bulk()
    spent_by: dict[UUID, Decimal] = defaultdict(lambda: ZERO)
    spent_on: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for entry in entries:
        spent_by[entry.campaign_id] += entry.amount
        if entry.spend_type == SpendType.DAILY:
            spent_on[entry.day] += entry.amount
    spent, budget = sum(spent_by.values(), ZERO), budgets.on(MONTHLY, last)
    pauses = pauses_in(brand, instants, now=now)
    place = {campaign_id: number for number, campaign_id in enumerate(campaigns)}
    return ClientMonth(
        brand=brand,
        first=first,
        last=last,
        now=now,
        today=today,
        budget=budget,
        spent=spent,
        overshoot=overshoot(spent, budget),
        monthly_entries=spent - sum(spent_on.values(), ZERO),
        days=_days(first, last, today, spent_on, budgets),
        campaigns=[
            CampaignMonth(campaigns[pk], amount)
            for pk, amount in sorted(spent_by.items(), key=lambda item: (-item[1], place[item[0]]))
        ],
        entries=sorted(entries, key=lambda entry: (entry.day, place[entry.campaign_id], entry.spend_type)),
        pauses=sorted(pauses, key=lambda pause: (place[pause.campaign_id], pause.start)),
        budget_changes=budgets.changes(instants, campaigns_of_month(brand).order_by().values_list("pk", flat=True)),
        names={pk: _name(campaign, brand) for pk, campaign in campaigns.items()},
    )


def _entries(brand: Brand, first: date, last: date) -> list[SpentOn]:
    """Return what the ledger holds of the month, by campaign, day and type, in one query."""
    ledger = Spend.objects.filter(campaign__brand=brand, spend_date__gte=first, spend_date__lte=last).order_by()
    sums = ledger.values_list("campaign_id", "spend_date", "spend_type").annotate(**exact_sum("amount"))
    return [SpentOn(pk, day, kind, from_cents(cents_in(high, low))) for pk, day, kind, high, low in sums]


def _days(
    first: date, last: date, today: date, spent_on: Mapping[date, Decimal], budgets: BudgetHistory
) -> Sequence[DayOfMonth]:
    days = []
    for day in days_between(first, last):
        spent, budget = spent_on.get(day, ZERO), budgets.on(DAILY, day)
        days.append(DayOfMonth(day, spent, budget, overshoot(spent, budget), is_to_come=day > today))
    return days


def _name(campaign: Campaign, brand: Brand) -> str:
    """Return a campaign's name; that of one that has left may be another client's matter by now."""
    return campaign.name if campaign.brand_id == brand.pk else MOVED_AWAY
