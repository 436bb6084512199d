"""What undoing an import would do, before it is done."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from budget_system.core.actors import Actor
from budget_system.core.errors import Conflict
from budget_system.core.money import ZERO
from spending.imports.plan.plan import FIRST_CHANGES
from spending.imports.undo.conflicts import already_undone
from spending.imports.undo.reversals import Reversal, all_reversals
from spending.models import Import


@dataclass(slots=True)
class UndoPreview:
    """What undoing an import would do, or why it is refused."""

    removed: int = 0
    restated: int = 0
    brought_back: int = 0
    replaced: int = 0
    """Other entries that had made way for the report."""
    now: Decimal = ZERO
    then: Decimal = ZERO
    first: list[Reversal] = field(default_factory=list)
    refusal: str = ""

    @property
    def days(self) -> int:
        """Return how many days would be restored."""
        return self.removed + self.restated + self.brought_back


def preview_undo(report: Import, *, now: datetime, by: Actor) -> UndoPreview:
    """Return what undoing an import would do; nothing is written."""
    undoing = UndoPreview()
    if report.undone_at is not None:
        undoing.refusal = already_undone(report)
        return undoing
    try:
        for one in all_reversals(report, now=now, by=by):
            undoing.now, undoing.then = undoing.now + one.now, undoing.then + one.then
            undoing.removed += one.entry is not None and one.before is None
            undoing.restated += one.entry is not None and one.before is not None
            undoing.brought_back += one.entry is None
            undoing.replaced += len(one.replaced)
            if len(undoing.first) < FIRST_CHANGES:
                undoing.first.append(one)
    except Conflict as error:
        undoing.refusal = error.message
    return undoing
