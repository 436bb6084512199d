"""What a person can order for rows: how it is asked, what it would do to each, does and did."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, NamedTuple, TypeVar

from django.db.models import Model

from budget_system.core.actors import Actor

_M = TypeVar("_M", bound=Model)

REFUSED: Final = "refused"
UNCHANGED: Final = "unchanged"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an order does to one row: the word under which it is counted, and in a sentence."""

    kind: str
    text: str
    is_problem: bool = False


class OrderMessage(NamedTuple):
    """What is said once an order for one row is carried out."""

    text: str
    is_problem: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Generic[_M]):
    """An order for one row, on its page, and for many, in the list."""

    action: str
    """The list's action."""
    title: str
    """With a place for the row's name, or the number of rows: `Hold {}`."""
    button: str
    """Of one row."""
    text: str
    """What it means for many rows."""
    text_of_one: Callable[[_M], str]
    preview: Callable[[Sequence[_M], datetime], Sequence[Outcome]]
    carry_out: Callable[[_M, str, datetime, Actor], _M]
    outcome: Callable[[Sequence[_M], Sequence[_M], datetime], Sequence[Outcome]] | None = None
    """Of rows before and after, in the same order, where that is not what was foreseen."""
    message_of: Callable[[_M, _M, datetime, Actor], OrderMessage] | None = None
    """Of one row before and after, where there is more to say than what was foreseen."""
    permission: str = "change"
    takes_note: bool = True
