"""What a line says, and how amounts, percents and dates are said in it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from brands.calendar import zone
from budget_system.core.money import money
from budget_system.core.text import date_text


@dataclass(frozen=True, slots=True)
class LineText:
    """What one line says; `word` and `title` only where they are not those of its kind and owner."""

    text: str
    to_do: str
    action: str
    url: str
    word: str = ""
    title: str = ""


def amount(value: Decimal, currency: str) -> str:
    """Return an amount with its currency."""
    return f"{money(value, currency)} {currency}"


def date_of(at: datetime, tz: str) -> str:
    """Return the date of an instant in a time zone."""
    return date_text(at.astimezone(zone(tz)).date())
