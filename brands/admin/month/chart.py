"""A month's days as columns, with the daily budget as a line: where each part of the drawing stands.

It is drawn by the server as SVG, so that it prints, and shows where no script runs. Places are whole units of the
drawing; the table below it has the figures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final

from budget_system.core.money import ZERO, money
from spending.reports.client_month import ClientMonth, DayOfMonth

COLUMN: Final = 24
BAR: Final = 16
HEIGHT: Final = 160
LEFT: Final = 84
TOP: Final = 16
BOTTOM: Final = 24
TICKS: Final = 4
_STEPS: Final = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


@dataclass(frozen=True, slots=True)
class Column:
    """One day: what is within the daily budget, what is past it above, and the budget's line."""

    x: int
    middle: int
    label: str
    title: str
    y: int
    height: int
    over_y: int
    over_height: int
    line_y: int | None
    line_x: int
    line_end: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid, and its amount."""

    y: int
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The drawing."""

    width: int
    height: int
    left: int
    right: int
    base: int
    label_y: int
    bar: int
    columns: Sequence[Column]
    ticks: Sequence[Tick]
    has_budget: bool
    has_overshoot: bool


def draw_month(month: ClientMonth) -> Chart:
    """Return the drawing of a month's days."""
    highest = max((max(day.spent, day.budget or ZERO) for day in month.days), default=ZERO)
    step = _step(highest)
    top = step * TICKS
    columns = list(_columns(month.days, top, month.brand.currency))
    right = LEFT + COLUMN * len(month.days)
    return Chart(
        width=right + 8,
        height=TOP + HEIGHT + BOTTOM,
        left=LEFT,
        right=right,
        base=TOP + HEIGHT,
        label_y=TOP + HEIGHT + 16,
        bar=BAR,
        columns=columns,
        ticks=[Tick(_y(step * number, top), _label(step * number)) for number in range(TICKS + 1)],
        has_budget=any(column.line_y is not None for column in columns),
        has_overshoot=any(column.over_height for column in columns),
    )


def _columns(days: Sequence[DayOfMonth], top: Decimal, currency: str) -> Iterator[Column]:
    base = TOP + HEIGHT
    for number, one in enumerate(days):
        x = LEFT + COLUMN * number
        within = one.spent - one.overshoot
        y, whole_y = _y(within, top), _y(one.spent, top)
        limit = "" if one.budget is None else f" of {money(one.budget, currency)}"
        yield Column(
            x=x + (COLUMN - BAR) // 2,
            middle=x + COLUMN // 2,
            label=str(one.day.day),
            title=f"{one.day:%a} {one.day.day} {one.day:%b}: {money(one.spent, currency)}{limit} {currency}",
            y=y,
            height=base - y,
            over_y=whole_y,
            over_height=y - whole_y,
            line_y=None if one.budget is None else _y(one.budget, top),
            line_x=x,
            line_end=x + COLUMN,
        )


def _y(amount: Decimal, top: Decimal) -> int:
    return TOP + HEIGHT - int(amount * HEIGHT / top)


def _step(highest: Decimal) -> Decimal:
    """Return a round amount of which a few reach above the highest column."""
    least = max(highest, Decimal(TICKS)) / TICKS
    power = Decimal(1).scaleb(least.adjusted())
    return next(step * power for step in _STEPS if step * power >= least)


def _label(amount: Decimal) -> str:
    whole = amount.to_integral_value(ROUND_CEILING)
    return f"{whole:,f}" if whole == amount else f"{amount.normalize():,f}"
