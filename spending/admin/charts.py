"""Charts of a brand's money: the month as a curve, the last days as columns, and the table beside each.

Amounts go to the chart as texts, exact; the library reads them as numbers where it draws.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from budget_system.core.money import ZERO, decimals_of, in_currency, money
from spending.reports.curves import CurvePoint, DayColumn

# Colours that can be read on white and on black; dashes and names tell the lines apart without them.
SPENT, PLAN, LINEAR, RUN_RATE, OVER = "#2563eb", "#6b7280", "#d97706", "#a21caf", "#dc2626"


@dataclass(frozen=True, slots=True)
class Series:
    """One line or colour of a chart."""

    label: str
    colour: str
    amounts: Sequence[Decimal | None]
    dash: Sequence[int] = ()
    width: int = 2
    is_line: bool = True

    @property
    def dash_array(self) -> str:
        """The dashes, as a drawing of the line in the legend has them."""
        return " ".join(map(str, self.dash))

    def as_dataset(self, currency: str) -> dict[str, Any]:
        """Return it as the library wants it."""
        texts = [None if amount is None else str(in_currency(amount, currency)) for amount in self.amounts]
        shared = {"label": self.label, "data": texts, "backgroundColor": self.colour}
        if not self.is_line:
            return shared
        return {
            **shared,
            "type": "line",
            "borderColor": self.colour,
            "borderWidth": self.width,
            "borderDash": self.dash,
            "pointRadius": 0,
            "pointHitRadius": 12,
        }


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, ready for its template: the library's data and options, and the same in words and as a table."""

    label: str
    """What it shows, for those who do not see it."""
    data: str
    options: str
    legend: Sequence[Series]
    """In the page, not in the canvas: there the library shows no dashes, and nobody can read it aloud."""
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    """The table beside it."""
    note: str = ""
    """What it leaves out."""


def month_chart(points: Sequence[CurvePoint], currency: str) -> Chart:
    """Draw the month: what is spent, the plan, and both projections, each a line of its own."""
    lines = [
        Series("Spent", SPENT, [point.total for point in points], width=3),
        Series("Plan", PLAN, [point.plan for point in points], dash=(6, 4)),
        Series("Projected at this rate", LINEAR, [point.linear for point in points], dash=(2, 3)),
        Series("Projected from the last 7 days", RUN_RATE, [point.run_rate for point in points], dash=(10, 3)),
    ]
    rows = [
        (
            day_text(point.day),
            *(_cell(amount, currency) for amount in (point.spent, point.total, point.plan)),
            *(_cell(amount, currency) for amount in (point.linear, point.run_rate)),
        )
        for point in points
    ]
    return _chart(
        f"What is spent of the month, day by day, beside the plan and two projections, in {currency}",
        [f"{point.day.day}" for point in points],
        lines,
        currency,
        columns=("Day", "Spent", "Spent so far", "Plan", "Projected at this rate", "Projected from the last 7 days"),
        rows=rows,
    )


def of_months_note(amount: Decimal, currency: str) -> str:
    """Return what columns of days say of entries of whole months; empty where there are none."""
    if not amount:
        return ""
    return f"Without {money(amount, currency)} {currency} booked for whole months, which is of no single day."


def columns_chart(columns: Sequence[DayColumn], currency: str, *, of_months: Decimal = ZERO) -> Chart:
    """Draw the last days as columns, what is past the budget on top of it, and the daily budget as a line."""
    limited = any(column.budget is not None for column in columns)
    within = [column.spent - column.overshoot for column in columns]
    series = [Series("Within the budget" if limited else "Spent", SPENT, within, is_line=False)]
    if any(column.overshoot for column in columns):
        series.append(Series("Over the budget", OVER, [column.overshoot for column in columns], is_line=False))
    series.append(Series("Daily budget", PLAN, [column.budget for column in columns], dash=(6, 4)))
    rows = [
        (
            day_text(column.day),
            _cell(column.spent, currency),
            "no limit" if column.budget is None else _cell(column.budget, currency),
            _cell(column.overshoot, currency) if column.overshoot > ZERO else "",
        )
        for column in reversed(columns)
    ]
    return _chart(
        f"What was spent on each of the last {len(columns)} days, beside the daily budget, in {currency}",
        [f"{column.day.day} {column.day:%b}" for column in columns],
        series,
        currency,
        columns=("Day", "Spent", "Daily budget", "Over"),
        rows=rows,
        note=of_months_note(of_months, currency),
    )


def day_text(day: date) -> str:
    """Return a date as tables of days show it."""
    return f"{day:%a} {day.day} {day:%b}"


def _cell(amount: Decimal | None, currency: str) -> str:
    return "" if amount is None else money(amount, currency)


def _chart(
    label: str,
    days: Sequence[str],
    series: Sequence[Series],
    currency: str,
    *,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    note: str = "",
) -> Chart:
    shown = [one for one in series if any(amount is not None for amount in one.amounts)]
    stacked = any(not one.is_line for one in shown)
    datasets = [one.as_dataset(currency) for one in shown]
    data = json.dumps({"labels": days, "datasets": datasets})
    return Chart(label, data, chart_options(currency, stacked=stacked), shown, columns, rows, note)


def chart_options(currency: str, *, stacked: bool = False) -> str:
    """Return how the library draws every chart of money, as it wants it."""
    return json.dumps(
        {
            "animation": False,
            "maintainAspectRatio": False,
            "interaction": {"mode": "index", "intersect": False},
            "plugins": {"legend": {"display": False}, "tooltip": {"enabled": True}},
            "datasets": {"bar": {"categoryPercentage": 0.9, "barPercentage": 0.9}},
            "scales": {
                "x": {
                    "stacked": stacked,
                    "grid": {"display": False},
                    "ticks": {"maxRotation": 0, "autoSkipPadding": 12},
                },
                "y": {
                    "stacked": stacked,
                    "beginAtZero": True,
                    "grid": {"display": True},
                    "title": {"display": True, "text": currency},
                    "ticks": {"maxTicksLimit": 6, "format": {"maximumFractionDigits": decimals_of(currency)}},
                },
            },
        }
    )
