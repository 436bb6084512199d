"""What goes out as CSV: the ledger, the campaigns with their budgets, and the months of the brands.

Each is a header and rows, read a portion at a time; the API and the command write the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from django.db.models import Model, QuerySet

from brands.models import Brand
from budget_system.csv_files import csv_lines
from campaigns.models import Campaign
from spending.figures import campaign_figures
from spending.models import Spend
from spending.months import months_of

_M = TypeVar("_M", bound=Model)
ROWS_AT_A_TIME = 500

SPEND_COLUMNS = (
    "id", "brand", "campaign", "campaign_id", "spend_date", "spend_type", "amount", "currency", "description",
    "external_id", "created_at", "updated_at",
)  # fmt: skip
CAMPAIGN_COLUMNS = (
    "id", "brand", "name", "platform", "external_id", "status", "pause_reason", "blocked_by", "runs_again_at",
    "currency", "daily_budget", "daily_spend", "daily_left", "monthly_budget", "monthly_spend", "monthly_left",
)  # fmt: skip
MONTH_COLUMNS = ("brand", "month", "currency", "budget", "spent", "overshoot", "days_paused")


def export_spends(spends: QuerySet[Spend]) -> Iterator[str]:
    """Give ledger entries, in the order of the query, as the lines of a CSV file."""
    return csv_lines(SPEND_COLUMNS, _spend_rows(spends.select_related("campaign__brand")))


def export_campaigns(campaigns: QuerySet[Campaign], *, now: datetime) -> Iterator[str]:
    """Give campaigns, with their caps and what is left of them at `now` (UTC), as the lines of a CSV file."""
    return csv_lines(CAMPAIGN_COLUMNS, _campaign_rows(campaigns.select_related("brand"), now))


def export_months(brands: QuerySet[Brand], *, now: datetime) -> Iterator[str]:
    """Give brands' months up to `now` (UTC), as the lines of a CSV file."""
    return csv_lines(MONTH_COLUMNS, _month_rows(brands, now))


def _spend_rows(spends: QuerySet[Spend]) -> Iterator[Sequence[object]]:
    for spend in spends.iterator(chunk_size=ROWS_AT_A_TIME):
        campaign = spend.campaign
        yield (
            spend.pk, campaign.brand, campaign, campaign.pk, spend.spend_date, spend.spend_type, spend.amount,
            campaign.brand.currency, spend.description, spend.external_id, _instant(spend.created_at),
            _instant(spend.updated_at),
        )  # fmt: skip


def _campaign_rows(campaigns: QuerySet[Campaign], now: datetime) -> Iterator[Sequence[object]]:
    for portion in _portions(campaigns):
        figures = campaign_figures(portion, now=now)
        for campaign in portion:
            its = figures[campaign.pk]
            yield (
                campaign.pk, campaign.brand, campaign, campaign.platform, campaign.external_id, campaign.status,
                campaign.pause_reason, " ".join(campaign.blocked_by), _instant(its.runs_again_at),
                campaign.brand.currency, campaign.daily_budget, its.daily_spend, its.daily_left,
                campaign.monthly_budget, its.monthly_spend, its.monthly_left,
            )  # fmt: skip


def _month_rows(brands: QuerySet[Brand], now: datetime) -> Iterator[Sequence[object]]:
    for portion in _portions(brands):
        for month in months_of(portion, now=now):
            brand = month.brand
            yield (
                brand, f"{month.month:%Y-%m}", brand.currency, month.budget, month.spent, month.overshoot,
                month.days_paused,
            )  # fmt: skip


def _portions(rows: QuerySet[_M]) -> Iterable[list[_M]]:
    portion: list[_M] = []
    for row in rows.iterator(chunk_size=ROWS_AT_A_TIME):
        portion.append(row)
        if len(portion) == ROWS_AT_A_TIME:
            yield portion
            portion = []
    yield portion


def _instant(at: datetime | None) -> str:
    return "" if at is None else at.isoformat().replace("+00:00", "Z")
