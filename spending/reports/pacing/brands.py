"""The pacing of all brands of a query, a batch at a time: which are in a state, and the rows of a file."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from brands.models import Brand
from budget_system.exports.tables import Cell, Money, Table
from campaigns.pacing import PacingState
from spending.reports.batches import batches
from spending.reports.pacing.owners import PERIODS, OwnerPacing, PeriodPacing, brand_pacing

COLUMNS = ("brand", "name", "at", "timezone", "currency")
PERIOD_COLUMNS = (
    "start", "end", "spent", "budget", "elapsed", "expected", "pace", "projected_linear", "projected_run_rate",
    "recommended_daily", "runs_out_at", "state",
)  # fmt: skip


def brands_in_state(
    brands: QuerySet[Brand], state: PacingState, periods: Sequence[str] = PERIODS, *, now: datetime
) -> list[UUID]:
    """Return the ids of the brands of which a period, one of those named, is in a state at `now` (UTC)."""
    return [
        brand.pk
        for brand, pacing in paced(brands, now=now)
        if any(pacing.periods[name].pacing.state == state for name in periods)
    ]


def pacing_table(brands: QuerySet[Brand], periods: Sequence[str] = PERIODS, *, now: datetime) -> Table:
    """Return how brands' days and months, or the one of them that is named, are going at `now` (UTC), a row each."""
    columns = (*COLUMNS, *(f"{name}_{column}" for name in periods for column in PERIOD_COLUMNS))
    return Table("pacing", columns, _rows(brands, periods, now), lambda most: brands.order_by()[:most].count())


def paced(brands: QuerySet[Brand], *, now: datetime) -> Iterator[tuple[Brand, OwnerPacing]]:
    """Yield brands, in the order of the query, with how their day and month are going at `now` (UTC)."""
    for batch in batches(brands):
        paces = brand_pacing(batch, now=now)
        yield from ((brand, paces[brand.pk]) for brand in batch)


def _rows(brands: QuerySet[Brand], periods: Sequence[str], now: datetime) -> Iterator[Sequence[Cell]]:
    for brand, pacing in paced(brands, now=now):
        cells = (_cells(pacing.periods[name], brand.currency) for name in periods)
        yield (
            brand.pk,
            brand.name,
            pacing.at,
            pacing.timezone,
            pacing.currency,
            *(cell for row in cells for cell in row),
        )


def _cells(period: PeriodPacing, currency: str) -> Sequence[Cell]:
    pacing = period.pacing

    def money(amount: Decimal | None) -> Money | None:
        return None if amount is None else Money(amount, currency)

    return (
        period.start, period.end, money(period.spent), money(period.budget), _text(pacing.elapsed),
        money(pacing.expected), _text(pacing.pace), money(pacing.projected_linear), money(pacing.projected_run_rate),
        money(pacing.recommended_daily), pacing.runs_out_at, pacing.state.value,
    )  # fmt: skip


def _text(percent: Decimal | None) -> str | None:
    return None if percent is None else str(percent)
