"""A client's month as one table, for CSV and workbooks: each row says in `section` what it is of."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from brands.calendar import zone
from budget_system.core.money import money
from budget_system.exports.tables import Cell, Money, Table
from spending.models import SpendType
from spending.reports.budget_history import DAILY, BudgetChange
from spending.reports.client_month.report import ClientMonth

COLUMNS: Final = (
    "section", "brand", "month", "from", "to", "campaign", "what", "amount", "budget", "overshoot", "currency", "hours",
    "times",
)  # fmt: skip
NO_LIMIT: Final = "no limit"


def client_month_table(month: ClientMonth) -> Table:
    """Return the month in rows: the sums, each day, each campaign, each campaign's days, pauses, budget changes.

    Times are those of the brand's clock, with their distance from UTC. It names no person and holds no note, because it
    is for the client.
    """
    rows = list(_rows(month))
    name = f"month-{month.first:%Y-%m}"
    return Table(name, COLUMNS, rows, lambda most: min(most, len(rows)))


def _rows(month: ClientMonth) -> Iterator[Sequence[Cell]]:
    row = _Row(month)
    spent = "spent" if month.is_over else "spent so far"
    yield row(
        "month", month.first, month.last, what=spent, amount=month.spent, budget=month.budget, overshoot=month.overshoot
    )
    for day in month.days:
        if not day.is_to_come or day.spent:
            yield row("day", day.day, day.day, amount=day.spent, budget=day.budget, overshoot=day.overshoot)
    if month.monthly_entries:
        what = "counts in the month, on no day"
        yield row("day", month.first, month.last, what=what, amount=month.monthly_entries)
    for one in month.campaigns:
        yield row("campaign", month.first, month.last, one.campaign.name, amount=one.spent)
    for entry in month.entries:
        what = "" if entry.spend_type == SpendType.DAILY else "counts in the month, on no day"
        yield row("campaign's day", entry.day, entry.day, month.names[entry.campaign_id], what, amount=entry.amount)
    for total in month.pause_sums:
        yield row(
            "pauses", month.first, month.last, month.names[total.campaign_id], total.reason.label, hours=total.hours,
            times=total.times,
        )  # fmt: skip
    for pause in month.pauses:
        yield row(
            "pause", pause.start, None if pause.lasts else pause.end, month.names[pause.campaign_id], pause.reason.label
        )
    for change in month.budget_changes:
        campaign = "" if change.campaign_id is None else month.names[change.campaign_id]
        yield row(
            "budget change",
            change.at,
            None,
            campaign,
            change_text(change, month.brand.currency),
            budget=change.after,
        )


def change_text(change: BudgetChange, currency: str) -> str:
    """Return which budget was changed, and from what."""
    field = "daily budget" if change.field == DAILY else "monthly budget"
    return f"{field}, set first" if change.is_first else f"{field}, before: {_limit(change.before, currency)}"


def _limit(amount: Decimal | None, currency: str) -> str:
    return NO_LIMIT if amount is None else money(amount, currency)


class _Row:
    """Makes the rows of one month."""

    def __init__(self, month: ClientMonth) -> None:
        self._month = month
        self._clock = zone(month.brand.timezone)

    def __call__(
        self,
        section: str,
        start: Cell,
        end: Cell,
        campaign: str = "",
        what: str = "",
        *,
        amount: Decimal | None = None,
        budget: Decimal | None = None,
        overshoot: Decimal | None = None,
        hours: Decimal | None = None,
        times: int | None = None,
    ) -> Sequence[Cell]:
        brand = self._month.brand
        return (
            section, brand.name, f"{self._month.first:%Y-%m}", self._on_clock(start), self._on_clock(end), campaign,
            what, self._money(amount), self._money(budget), self._money(overshoot), brand.currency,
            None if hours is None else str(hours), times,
        )  # fmt: skip

    def _on_clock(self, value: Cell) -> Cell:
        if isinstance(value, datetime):
            return value.astimezone(self._clock).isoformat(sep=" ", timespec="minutes")
        return value

    def _money(self, amount: Decimal | None) -> Money | None:
        return None if amount is None else Money(amount, self._month.brand.currency)
