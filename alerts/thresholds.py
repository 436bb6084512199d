"""When a part of a budget is used: the one rule (RULES 11)."""

from collections.abc import Collection, Sequence
from decimal import Decimal


def reached(spent: Decimal, budget: Decimal | None, thresholds: Collection[int]) -> list[int]:
    """Return the thresholds (percent) that what was spent has reached of a budget, ascending.

    Without a limit there are none, and of a budget of 0.00 there is no part.
    """
    if not budget:
        return []
    return sorted(threshold for threshold in thresholds if spent * 100 >= budget * threshold)


def crosses(before: Decimal, after: Decimal, budget: Decimal | None, thresholds: Sequence[int]) -> bool:
    """Return whether what is spent of a budget passes any of the thresholds (percent), up or down."""
    if not budget or before == after:
        return False
    low, high = (before, after) if before < after else (after, before)
    return any(low * 100 < budget * threshold <= high * 100 for threshold in thresholds)
