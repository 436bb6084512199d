"""Which parts of a budget people are alerted at, and when one is used: the one rule (PSEUDOCODE.md, Alerts)."""

import re
from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final

from django.core.exceptions import ValidationError

from budget_system.core.text import excerpt

LEAST: Final = 1
MOST: Final = 200
MOST_THRESHOLDS: Final = 20

_PERCENT = re.compile(r"([0-9]{1,3})\s*%?", re.ASCII)


def clean_thresholds(value: object) -> list[int]:
    """Return a list of whole percents, each once, in ascending order."""
    if not isinstance(value, list):
        raise ValidationError(f"“{excerpt(value)}” is not a list; send whole percents like [50, 80, 100].")
    if len(value) > MOST_THRESHOLDS:
        raise ValidationError(f"These are {len(value)} thresholds; at most {MOST_THRESHOLDS} are kept.")
    seen: set[int] = set()
    for percent in value:
        if isinstance(percent, bool) or not isinstance(percent, int) or not LEAST <= percent <= MOST:
            raise ValidationError(f"“{excerpt(percent)}” is not a whole percent from {LEAST} to {MOST}.")
        if percent in seen:
            raise ValidationError(f"{percent} stands here twice; name each threshold once.")
        seen.add(percent)
    return sorted(seen)


def read_thresholds(text: str) -> list[int]:
    """Read thresholds as they are typed: percents with commas or spaces between them, signs or not."""
    typed = [part for part in re.split(r"[,;]|(?<=[0-9%])\s+(?=[0-9])", text) if part.strip()]
    percents: list[int] = []
    for part in typed:
        match = _PERCENT.fullmatch(part.strip())
        if match is None:
            raise ValidationError(f"“{excerpt(part.strip())}” is not a whole percent from {LEAST} to {MOST}.")
        percents.append(int(match.group(1)))
    return clean_thresholds(percents)


def thresholds_text(thresholds: Collection[int]) -> str:
    """Return thresholds as they are typed."""
    return ", ".join(map(str, thresholds))


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
    return any(low < amount <= high for amount in _amounts(budget, tuple(thresholds)))


@lru_cache(maxsize=4096)
def _amounts(budget: Decimal, thresholds: tuple[int, ...]) -> list[Decimal]:
    """Return the amounts at which thresholds are reached, exactly; spends ask for the same again and again."""
    return [(budget * threshold).scaleb(-2) for threshold in thresholds]
