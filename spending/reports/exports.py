"""The tables that can be exported: the ledger, the campaigns with their budgets, and the months of the brands; that of
their pacing is in `spending.reports.pacing.brands`.

Their rows are read a batch at a time; the API and the command write the same.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from django.db.models import Model, QuerySet

from brands.models import Brand
from budget_system.core.chunks import read_in_chunks
from budget_system.exports.tables import Cell, Money, Table
from campaigns.models import Campaign
from spending.models import Spend
from spending.reports.batches import ROWS_AT_A_TIME, batches
from spending.reports.figures import campaign_figures
from spending.reports.months import count_months, months_of

_M = TypeVar("_M", bound=Model)
SPEND_COLUMNS = (
    "id", "brand", "campaign", "campaign_id", "spend_date", "spend_type", "amount", "currency", "description",
    "external_id", "created_at", "updated_at",
)  # fmt: skip
CAMPAIGN_COLUMNS = (
    "id", "brand", "name", "platform", "external_id", "status", "pause_reason", "blocked_by", "runs_again_at",
    "currency", "daily_budget", "daily_spend", "daily_left", "monthly_budget", "monthly_spend", "monthly_left",
)  # fmt: skip
MONTH_COLUMNS = ("brand", "month", "currency", "budget", "spent", "overshoot", "days_paused")


def spend_table(spends: QuerySet[Spend]) -> Table:
    """Return ledger entries, in the order of the query."""
    return Table("spends", SPEND_COLUMNS, _spend_rows(spends.select_related("campaign__brand")), _counting(spends))


def campaign_table(campaigns: QuerySet[Campaign], *, now: datetime) -> Table:
    """Return campaigns, with their caps and what is left of them at `now` (UTC)."""
    rows = _campaign_rows(campaigns.select_related("brand"), now)
    return Table("campaigns", CAMPAIGN_COLUMNS, rows, _counting(campaigns))


def month_table(brands: QuerySet[Brand], *, now: datetime) -> Table:
    """Return brands' months up to `now` (UTC)."""
    return Table("months", MONTH_COLUMNS, _month_rows(brands, now), lambda most: count_months(brands, most=most))


def _spend_rows(spends: QuerySet[Spend]) -> Iterator[Sequence[Cell]]:
    for spend in read_in_chunks(spends, ROWS_AT_A_TIME):
        campaign = spend.campaign
        currency = campaign.brand.currency
        yield (
            spend.pk, campaign.brand.name, campaign.name, campaign.pk, spend.spend_date, spend.spend_type,
            Money(spend.amount, currency), currency, spend.description, spend.external_id, spend.created_at,
            spend.updated_at,
        )  # fmt: skip


def _campaign_rows(campaigns: QuerySet[Campaign], now: datetime) -> Iterator[Sequence[Cell]]:
    for batch in batches(campaigns):
        figures = campaign_figures(batch, now=now)
        for campaign in batch:
            its, currency = figures[campaign.pk], campaign.brand.currency
            money = (
                campaign.daily_budget, its.daily_spend, its.daily_left,
                campaign.monthly_budget, its.monthly_spend, its.monthly_left,
            )  # fmt: skip
            yield (
                campaign.pk, campaign.brand.name, campaign.name, campaign.platform, campaign.external_id,
                campaign.status, campaign.pause_reason, " ".join(campaign.blocked_by), its.runs_again_at, currency,
                *(_money(amount, currency) for amount in money),
            )  # fmt: skip


def _month_rows(brands: QuerySet[Brand], now: datetime) -> Iterator[Sequence[Cell]]:
    for batch in batches(brands):
        for month in months_of(batch, now=now):
            brand, currency = month.brand, month.brand.currency
            yield (
                brand.name, f"{month.month:%Y-%m}", currency, _money(month.budget, currency),
                Money(month.spent, currency), Money(month.overshoot, currency), month.days_paused,
            )  # fmt: skip


def _money(amount: Decimal | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount, currency)


def _counting(rows: QuerySet[_M]) -> Callable[[int], int]:
    return lambda most: rows.order_by()[:most].count()
