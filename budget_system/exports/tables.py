"""Tables for export: a header, and rows of Python values."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from budget_system.core.money import in_currency


class Money(NamedTuple):
    """An amount, and the currency that decides how many decimals are written."""

    amount: Decimal
    currency: str


Cell = str | int | UUID | date | datetime | Money | None


class TooManyRows(Exception):
    """A table has more rows than the workbook may."""

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"These are more than {most:,} rows, too many for a workbook.")


@dataclass(frozen=True, slots=True)
class Table:
    """A name, columns, and rows that are read as they are written; `count` counts them up to a limit."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    count: Callable[[int], int]


def as_cell_text(value: Cell) -> str:
    """Return the text of a value: an instant in UTC, an amount with the decimals of its currency."""
    if value is None:
        return ""
    if isinstance(value, Money):
        return str(in_currency(value.amount, value.currency))
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)
