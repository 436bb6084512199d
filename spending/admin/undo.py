"""The pages that ask before an import is undone."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from budget_system.admin.confirmations import Confirmation
from budget_system.core.actors import Actor
from budget_system.core.text import counted
from spending.imports.undo.preview import preview_undo
from spending.imports.undo.reversals import days_left, takes_long
from spending.imports.undo.summary import UndoSummary, summarize_undo
from spending.models import Import

TEXT = (
    "Each day is put back to what stood before the import; counters and verdicts follow. Campaigns that it created, "
    "and that nobody has touched since, are removed."
)


def undo_counts(report: Import) -> str:
    """Return what became of an import's days, without the counts that are zero."""
    counts = (
        (report.created, "new"),
        (report.replaced, "restated"),
        (report.voided, "voided"),
        (report.unchanged, "unchanged"),
    )
    return ", ".join(f"{count:,} {word}" for count, word in counts if count) or "none"


def ask_undo_one(report: Import, undoing: UndoSummary) -> Confirmation:
    """Ask for confirmation to undo one import, with the first days that would be restored."""
    first = f" The first {len(undoing.first)} of them:" if undoing.days > len(undoing.first) else ""
    return Confirmation(
        title=f"Undo “{report}”?",
        text=f"{TEXT} {undoing.outcome}{first}",
        button="Undo",
        columns=("Day", "Campaign", "Now", "Then"),
        rows=undoing.first,
        nothing="It changed nothing, so there is nothing to put back.",
    )


def ask_undo_many(reports: Sequence[Import], by: Actor) -> Confirmation:
    """Ask for confirmation to undo several imports, in the order in which they would be undone."""
    now, long = timezone.now(), takes_long(*reports)
    rows = []
    for report in reports:
        outcome = _at_worker(report) if long else _outcome(report, now, by)
        rows.append((report.file_name, str(report.brand), outcome))
    return Confirmation(
        title="Undo imports?",
        text=f"{TEXT} The latest goes first, so that an earlier one whose days it changed may go too.",
        button="Undo",
        columns=("File", "Brand", "What it would do, as things stand"),
        rows=rows,
    )


def _at_worker(report: Import) -> str:
    return f"{counted(days_left(report), 'day', 'days')}: the worker looks at them, and undoes it or says why not."


def _outcome(report: Import, now: datetime, by: Actor) -> str:
    undoing = summarize_undo(preview_undo(report, now=now, by=by), report.brand.currency)
    return undoing.refusal or undoing.outcome
