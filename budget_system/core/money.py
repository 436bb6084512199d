"""Money: a `Decimal` with two decimals in Python, whole cents in the database, never a float.

SQLite has no decimal type: it adds `0.70 + 0.10` to `0.7999999999999999`, which is not `>= 0.80`, so a campaign would
run on after its budget is used up. Integers add up exactly on both databases.

A currency without decimals, as JPY, is stored in the same way: its amounts are whole, so its cents are whole hundreds.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression
from iso4217 import Currency

from budget_system.core.typed_fields import IntegerBase

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
WHOLE = Decimal(1)
MAX_CENTS = 10**14 - 1  # of one amount: twelve digits before the point, two after
MAX_SUM = 2**63 - 1  # of many amounts together: what the column holds
MAX_TOTAL = 10**18 - 1  # of a total, in cents: sixteen digits before the point; well below what the column holds
SUM_PART = 10**9  # of sums beyond 64 bits, which are taken in two parts

DECIMALS: Final[Mapping[str, int]] = {
    currency.code: currency.exponent for currency in Currency if currency.exponent in (0, 2)
}
"""The supported currencies, by their ISO 4217 code, and how many decimals their amounts have."""

_ST = TypeVar("_ST", contravariant=True)
_GT = TypeVar("_GT", covariant=True)


def to_cents(amount: Decimal | int | str) -> int:
    """Return an amount as whole cents.

    Raise `ValidationError` where it is no number, has a fraction of a cent or does not fit into the column. How large
    one amount may be is asked where it is let in (`budget_system.core.validation`): the sum of two may be larger.
    """
    if isinstance(amount, float):
        raise TypeError(f"{amount!r} is a float; money is a Decimal.")
    try:
        cents = Decimal(amount).scaleb(2)
        whole = int(cents)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise ValidationError(f"“{amount}” is not an amount; write it like 150.00.") from error
    if whole != cents:
        raise ValidationError(f"“{amount}” has more than two decimals; write it like 150.00.")
    if abs(whole) > MAX_SUM:
        raise ValidationError(f"“{amount}” is too large.")
    return whole


def cached_to_cents() -> Callable[[Decimal], int]:
    """Return a `to_cents` with a cache: amounts of many rows repeat.

    By their type too, or a float would pass for the Decimal that is equal to it.
    """
    return lru_cache(maxsize=65_536, typed=True)(to_cents)


def from_cents(cents: int | Decimal) -> Decimal:
    """Return whole cents as an amount with two decimals."""
    return Decimal(int(cents)).scaleb(-2)


def is_used_up(spent: Decimal | int, budget: Decimal | int | None) -> bool:
    """Return whether a budget is used up, to the cent: `None` never is, 0.00 always. Of amounts or of cents."""
    return budget is not None and spent >= budget


def overshoot(spent: Decimal, budget: Decimal | None) -> Decimal:
    """Return what was spent past a budget; nothing where that is `None`."""
    return ZERO if budget is None else max(ZERO, spent - budget)


def decimals_of(currency: str) -> int:
    """Return the number of decimals of a currency; two where it is not supported."""
    return DECIMALS.get(currency, 2)


def fits(amount: Decimal, currency: str) -> bool:
    """Return whether an amount fits the currency: a whole one, where that has no decimals."""
    return decimals_of(currency) > 0 or amount == amount.to_integral_value()


def require_fitting(amounts: Mapping[str, Decimal | None], currency: str) -> None:
    """Raise `ValidationError`, with the names of the amounts, for fractions that the currency does not have."""
    faults = {
        name: fraction_text(str(amount), currency)
        for name, amount in amounts.items()
        if amount is not None and not fits(amount, currency)
    }
    if faults:
        raise ValidationError(faults)


def fraction_text(amount: str, currency: str) -> str:
    """Return why an amount is refused in a currency without decimals."""
    return f"“{amount}” has a fraction, and amounts in {currency} are whole; write it like 150."


def in_currency(amount: Decimal, currency: str) -> Decimal:
    """Return an amount with as many decimals as its currency has; a fraction that does not fit stays visible."""
    return amount.quantize(WHOLE) if decimals_of(currency) == 0 and fits(amount, currency) else amount


def money(amount: Decimal, currency: str) -> str:
    """Return an amount as text: with thousands separators, and with as many decimals as its currency has."""
    return f"{in_currency(amount, currency):,f}"


def as_cents(amount: Decimal) -> int:
    """Return a stored sum as whole cents, however large: sums of older versions may not fit into the column."""
    return int(amount.scaleb(2))


def exact_sum(column: str) -> dict[str, models.Sum]:
    """Return two sums to aggregate by; `cents_in` puts them together.

    SQLite's own sum of integers fails where it is more than 64 bits hold.
    """
    part = models.Value(SUM_PART, models.BigIntegerField())
    whole, rest = models.F(column) / part, models.F(column) % part
    return {
        "high": models.Sum(models.ExpressionWrapper(whole, models.BigIntegerField()), default=0),
        "low": models.Sum(models.ExpressionWrapper(rest, models.BigIntegerField()), default=0),
    }


def cents_in(high: int | Decimal, low: int | Decimal) -> int:
    """Return the sum of the two sums of `exact_sum`, in cents."""
    return int(high) * SUM_PART + int(low)


class MoneyField(IntegerBase[_ST, _GT]):
    """An amount of money: `Decimal` with two decimals outside, whole cents in the column.

    Sums and comparisons in the database are those of integers, so they are exact and the same on SQLite and PostgreSQL.
    """

    description = "Amount of money, stored as whole cents"

    if TYPE_CHECKING:
        _pyi_private_set_type: Decimal | int | str
        _pyi_private_get_type: Decimal

    def from_db_value(
        self, value: int | Decimal | None, expression: Expression, connection: BaseDatabaseWrapper
    ) -> Decimal | None:
        """Turn a column (or a `SUM`, which PostgreSQL gives as numeric) into an amount."""
        return None if value is None else from_cents(value)

    def to_python(self, value: object) -> Decimal | None:
        """Return the value of a form or a fixture as an amount with two decimals."""
        if value is None:
            return None
        if not isinstance(value, Decimal | int | str):
            raise ValidationError(f"“{value}” is not an amount; write it like 150.00.")
        return from_cents(to_cents(value))

    def get_prep_value(self, value: object) -> object:
        """Return an amount as cents; an expression is returned unchanged."""
        if isinstance(value, Decimal | str | float) or (isinstance(value, int) and not isinstance(value, bool)):
            return to_cents(value)  # type: ignore[arg-type]  # a float is refused there by name
        return value

    def pre_save(self, model_instance: models.Model, add: bool) -> object:
        """Set the instance to what a read would give: `amount=10` becomes `Decimal("10.00")`."""
        value = super().pre_save(model_instance, add)
        if isinstance(value, Decimal | int | str) and not isinstance(value, bool):
            value = from_cents(to_cents(value))
            setattr(model_instance, self.attname, value)
        return value

    def value_to_string(self, obj: models.Model) -> str:
        """Return an amount as a fixture holds it."""
        value = self.value_from_object(obj)
        return "" if value is None else str(value)
