"""What an operation of the machine is, and how it chooses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from random import Random
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tests.oracle.facts import WHOLE_ONLY, Outcome
from tests.oracle.rows import Row

if TYPE_CHECKING:
    from tests.oracle.driver import Driver

T = TypeVar("T")
M = TypeVar("M", bound="Driver")


def always(_: object) -> bool:
    """Allow a rule to be chosen at any time."""
    return True


@dataclass(frozen=True)
class Operation(Generic[M]):
    """One kind of step: what it does, when it can be done, and how often it is chosen."""

    name: str
    work: Callable[[M, Random], Outcome]
    when: Callable[[M], object]
    weight: int

    def __set_name__(self, owner: type[M], name: str) -> None:
        """Join the operations of the class."""
        owner.own_operations = {**owner.__dict__.get("own_operations", {}), name: self}


def operation(
    when: Callable[[Any], object] = always, weight: int = 2
) -> Callable[[Callable[[M, Random], Outcome]], Operation[M]]:
    """Make an operation of a method: it is remembered, counted, and compared afterwards."""
    return lambda work: Operation(work.__name__, work, when, weight)


def pick(rng: Random, choices: Sequence[T]) -> T:
    """Choose one."""
    return rng.choice(choices)


def seldom(rng: Random, once_in: int = 12) -> bool:
    """Return yes now and then."""
    return not rng.randrange(once_in)


def cents(rng: Random, most: int = 4000) -> Decimal:
    """Choose an amount above zero."""
    return Decimal(rng.randint(1, most)).scaleb(-2)


def whole(rng: Random, amount: Decimal) -> Decimal:
    """Round up or down; what is above zero stays there."""
    rounded = amount.to_integral_value(pick(rng, (ROUND_FLOOR, ROUND_CEILING)))
    return rounded or min(amount, Decimal(1)).to_integral_value(ROUND_CEILING)


def fitting(rng: Random, amount: Decimal, currency: str) -> Decimal:
    """Make an amount one of the currency, now and then one with a fraction that it does not have."""
    return whole(rng, amount) if currency in WHOLE_ONLY and not seldom(rng, 20) else amount


def write(value: object) -> object:
    """Write a value as JSON has it."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if hasattr(value, "isoformat") else value


def body_of(values: Mapping[str, object]) -> Row:
    """Write values as a body."""
    return {name: write(value) for name, value in values.items()}
