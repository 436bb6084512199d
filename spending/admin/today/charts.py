"""What was spent on the last 30 days, drawn: a chart for each currency, and the same as a table."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from budget_system.core.money import in_currency
from spending.admin.charts import SPENT, chart_options, of_months_note
from spending.admin.today.line_text import amount
from spending.models import SpendType
from spending.reports.today.glance import Spending

MOST: Final = 6
"""Currencies that are drawn; the others would be a page by themselves."""


@dataclass(frozen=True, slots=True)
class SpendingChart:
    """One currency's chart: what the chart library reads, and the rows of the table beside it."""

    currency: str
    total: str
    data: str
    options: str
    note: str
    """What it leaves out."""
    rows: Sequence[tuple[str, str, str]]
    """Each day: its date, what was spent, and the address of its spends."""
    url: str


def spending_charts(spending: Sequence[Spending]) -> Sequence[SpendingChart]:
    """Return each currency's chart, the one with the most days of spend first."""
    ordered = sorted(spending, key=lambda one: (-sum(bool(spent) for _, spent in one.days), one.currency))
    return [_chart(one) for one in ordered]


def _chart(one: Spending) -> SpendingChart:
    ledger = reverse("admin:spending_spend_changelist")
    first, last = one.days[0][0], one.days[-1][0]

    def days(start: object, end: object) -> str:
        # What is booked for a month at once is of no day, and so not in these figures.
        chosen = {"spend_date_from": start, "spend_date_to": end, "spend_type__exact": SpendType.DAILY.value}
        return f"{ledger}?{urlencode(chosen)}"

    return SpendingChart(
        currency=one.currency,
        total=amount(one.total, one.currency),
        data=json.dumps(
            {
                "labels": [f"{day.day} {day:%b}" for day, _ in one.days],
                "datasets": [
                    {
                        "label": one.currency,
                        # As text: the chart reads it as a number, and money is never a float of ours.
                        "data": [str(in_currency(spent, one.currency)) for _, spent in one.days],
                        "backgroundColor": SPENT,
                    }
                ],
            }
        ),
        options=chart_options(one.currency),
        note=of_months_note(one.of_months, one.currency),
        rows=[
            (f"{day:%a} {day.day} {day:%b %Y}", amount(spent, one.currency), days(day, day)) for day, spent in one.days
        ],
        url=days(first, last),
    )
