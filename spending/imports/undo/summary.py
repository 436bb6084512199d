"""What the page says that asks before an import is undone: made by whoever looked at its days."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from budget_system.core.money import money
from spending.imports.undo.reversals import Undoing


@dataclass(frozen=True, slots=True)
class ShownUndo:
    """What undoing would do, in words."""

    days: int
    outcome: str
    first: Sequence[Sequence[str]]
    """Of some days: the day, the campaign, what it comes to now, and then."""
    refusal: str

    def as_json(self) -> dict[str, Any]:
        """Return it as it can be kept."""
        return asdict(self)

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "ShownUndo":
        """Return what `as_json` has made of one."""
        return cls(**kept)


def shown_undo(undoing: Undoing, currency: str) -> ShownUndo:
    """Return what undoing an import of a brand of that currency would do."""
    now, then = (f"{money(amount, currency)} {currency}" for amount in (undoing.now, undoing.then))
    outcome = (
        f"{undoing.removed:,} days lose their entry, {undoing.restated:,} get their former amount, "
        f"{undoing.brought_back:,} get their entry back: {now} become {then}."
    )
    first = [
        (str(one.day.day), str(one.campaign), *(f"{money(it, currency)} {currency}" for it in (one.now, one.then)))
        for one in undoing.first
    ]
    return ShownUndo(undoing.days, outcome, first, undoing.refusal)
