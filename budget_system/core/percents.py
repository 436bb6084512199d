"""Percents as people read them: what is used of a budget is rounded down, every other figure half-up."""

from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final

from budget_system.core.money import WHOLE, ZERO

HUNDRED: Final = 100


def used_percent(spent: Decimal, budget: Decimal) -> int:
    """Return how much of a budget is spent, in whole percent: what is not used up never reads 100."""
    return int((spent * HUNDRED / budget).to_integral_value(ROUND_FLOOR))


def used_text(spent: Decimal, budget: Decimal) -> str:
    """Return how much of a budget is spent, as bars and sentences say it."""
    percent = used_percent(spent, budget)
    return "under 1\N{NO-BREAK SPACE}%" if percent == 0 and spent > ZERO else f"{percent:,}\N{NO-BREAK SPACE}%"


def percent_text(percent: Decimal) -> str:
    """Return a percent that is no part of a budget, a pace or how much of the time is gone."""
    return f"{percent.quantize(WHOLE, ROUND_HALF_UP):,}\N{NO-BREAK SPACE}%"
