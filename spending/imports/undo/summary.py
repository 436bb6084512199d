"""What an undoing would do, as the page that asks for confirmation shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from budget_system.core.money import money
from budget_system.core.text import date_text
from spending.imports.undo.preview import UndoPreview


@dataclass(frozen=True, slots=True)
class UndoSummary:
    """What undoing would do, in texts."""

    days: int
    outcome: str
    first: Sequence[Sequence[str]]
    """Of some days: the day, the campaign, what it comes to now, and then."""
    refusal: str

    def as_json(self) -> dict[str, Any]:
        """Return the summary as JSON can store it."""
        return asdict(self)

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "UndoSummary":
        """Return the summary from what `as_json` made of it."""
        return cls(**kept)


def summarize_undo(undoing: UndoPreview, currency: str) -> UndoSummary:
    """Return what undoing an import would do; amounts are in the brand's currency."""
    now, then = (f"{money(amount, currency)} {currency}" for amount in (undoing.now, undoing.then))
    outcome = (
        f"{undoing.removed:,} days lose their entry, {undoing.restated:,} get their former amount, "
        f"{undoing.brought_back:,} get their entry back: {now} become {then}."
    )
    first = [
        (
            date_text(one.day.day),
            str(one.campaign),
            *(f"{money(it, currency)} {currency}" for it in (one.now, one.then)),
        )
        for one in undoing.first
    ]
    return UndoSummary(undoing.days, outcome, first, undoing.refusal)
