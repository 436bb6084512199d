"""Charts of a brand's money: the month as a curve, the last days as columns, and the table beside each.

Amounts go to the chart as texts, exact; the library reads them as numbers where it draws.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from budget_system.core.money import ZERO, decimals_of, in_currency, money
from spending.reports.curves import CurvePoint, DayColumn

# Colours that can be read on white and on black; dashes and names tell the lines apart without them.
SPENT, PLAN, LINEAR, RUN_RATE, OVER = "#2563eb", "#6b7280", "#d97706", "#a21caf", "#dc2626"
GRID: Final = {"color": "#9ca3af"}


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, ready for its template: the library's data and options, and the same in words and as a table."""

    label: str
    """What it shows, for those who do not see it."""
    data: str
    options: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    """The table beside it, the newest day first."""


def month_chart(points: Sequence[CurvePoint], currency: str) -> Chart:
    """Draw the month: what is spent, the plan, and both projections, each a line of its own."""
    lines = [
        _line("Spent", [point.total for point in points], SPENT, currency, width=3),
        _line("Plan", [point.plan for point in points], PLAN, currency, dash=(6, 4)),
        _line("Projected at this rate", [point.linear for point in points], LINEAR, currency, dash=(2, 3)),
        _line("Projected from the last 7 days", [point.run_rate for point in points], RUN_RATE, currency, dash=(8, 3)),
    ]
    rows = [
        (
            day_text(point.day),
            *(_cell(amount, currency) for amount in (point.spent, point.total, point.plan)),
            *(_cell(amount, currency) for amount in (point.linear, point.run_rate)),
        )
        for point in points
    ]
    return Chart(
        label=f"What is spent of the month, day by day, beside the plan and two projections, in {currency}",
        data=_data([f"{point.day.day}" for point in points], lines),
        options=_options(currency),
        columns=("Day", "Spent", "Spent so far", "Plan", "Projected at this rate", "Projected from the last 7 days"),
        rows=rows,
    )


def columns_chart(columns: Sequence[DayColumn], currency: str) -> Chart:
    """Draw the last days as columns, what is past the budget on top of it, and the daily budget as a line."""
    within = [column.spent - column.overshoot for column in columns]
    over = [column.overshoot for column in columns]
    budgets = [column.budget for column in columns]
    series: list[dict[str, Any]] = [{**_bars("Within the budget", within, SPENT, currency)}]
    if any(over):
        series.append(_bars("Over the budget", over, OVER, currency))
    if any(budget is not None for budget in budgets):
        series.append(
            {**_line("Daily budget", budgets, PLAN, currency, dash=(6, 4)), "type": "line", "stepped": "middle"}
        )
    else:
        series[0]["label"] = "Spent"
    rows = [
        (
            day_text(column.day),
            _cell(column.spent, currency),
            "no limit" if column.budget is None else _cell(column.budget, currency),
            _cell(column.overshoot, currency) if column.overshoot > ZERO else "",
        )
        for column in reversed(columns)
    ]
    return Chart(
        label=f"What was spent on each of the last {len(columns)} days, beside the daily budget, in {currency}",
        data=_data([f"{column.day.day} {column.day:%b}" for column in columns], series),
        options=_options(currency, stacked=True),
        columns=("Day", "Spent", "Daily budget", "Over"),
        rows=rows,
    )


def day_text(day: date) -> str:
    """Return a date as tables of days show it."""
    return f"{day:%a} {day.day} {day:%b}"


def _cell(amount: Decimal | None, currency: str) -> str:
    return "" if amount is None else money(amount, currency)


def _line(
    label: str,
    amounts: Sequence[Decimal | None],
    colour: str,
    currency: str,
    *,
    dash: Sequence[int] = (),
    width: int = 2,
) -> dict[str, Any]:
    return {
        "label": label,
        "data": _texts(amounts, currency),
        "borderColor": colour,
        "backgroundColor": colour,
        "borderWidth": width,
        "borderDash": dash,
        "pointStyle": "line",
        "pointRadius": 0,
        "pointHitRadius": 12,
    }


def _bars(label: str, amounts: Sequence[Decimal | None], colour: str, currency: str) -> dict[str, Any]:
    return {"label": label, "data": _texts(amounts, currency), "backgroundColor": colour, "pointStyle": "rect"}


def _texts(amounts: Sequence[Decimal | None], currency: str) -> list[str | None]:
    return [None if amount is None else str(in_currency(amount, currency)) for amount in amounts]


def _data(labels: Sequence[str], series: Sequence[dict[str, Any]]) -> str:
    shown = [one for one in series if any(value is not None for value in one["data"])]
    return json.dumps({"labels": labels, "datasets": shown})


def _options(currency: str, *, stacked: bool = False) -> str:
    digits = decimals_of(currency)
    axis = {"grid": GRID, "stacked": stacked}
    return json.dumps(
        {
            "animation": False,
            "maintainAspectRatio": False,
            "interaction": {"mode": "index", "intersect": False},
            "plugins": {
                "legend": {"position": "bottom", "align": "start", "labels": {"usePointStyle": True, "boxWidth": 28}},
                "tooltip": {"enabled": True},
            },
            "datasets": {"bar": {"categoryPercentage": 0.9, "barPercentage": 0.9}},
            "scales": {
                "x": {**axis, "grid": {"display": False}, "ticks": {"maxRotation": 0, "autoSkipPadding": 12}},
                "y": {
                    **axis,
                    "stacked": stacked,
                    "beginAtZero": True,
                    "title": {"display": True, "text": currency},
                    "ticks": {"maxTicksLimit": 6, "format": {"maximumFractionDigits": digits}},
                },
            },
        }
    )
