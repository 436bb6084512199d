"""In which totals an entry counts, and by how much totals move; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from brands.calendar import first_of_month
from spending.models import Period, SpendType

DAY, MONTH, DAILY = Period.DAY.value, Period.MONTH.value, SpendType.DAILY.value  # looked up for every entry

Span = tuple[str, date]
"""A day or a month: the period, and the date on which it begins."""

Deltas = Mapping[UUID, Mapping[Span, int]]
"""By how many cents totals are to move, by owner."""

Row = tuple[UUID, str, date, int, int]
"""By how many cents the two columns of an owner's total move; rows of one owner are adjacent."""


class Key(NamedTuple):
    """One owner's total of one day or month."""

    owner: UUID
    period: str
    start: date


class Shift(NamedTuple):
    """By how many cents a total's two columns move."""

    amount: int
    cleared: int

    def __add__(self, other: object) -> "Shift":
        """Add column by column."""
        if not isinstance(other, Shift):
            return NotImplemented
        return Shift(self.amount + other.amount, self.cleared + other.cleared)


NO_SHIFT = Shift(0, 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """The values of a ledger entry on which the totals depend."""

    campaign_id: UUID
    amount: Decimal
    spend_date: date
    spend_type: str

    def keys(self) -> tuple[Key, ...]:
        """Return the totals in which the entry counts."""
        return tuple(Key(self.campaign_id, *span) for span in counted_in(self.spend_date, self.spend_type))


@lru_cache(maxsize=8192)
def counted_in(day: date, spend_type: str) -> tuple[Span, ...]:
    """Return the totals in which an entry counts: its month, and its day unless it is a monthly one."""
    month = (MONTH, first_of_month(day))
    return (month, (DAY, day)) if spend_type == DAILY else (month,)
