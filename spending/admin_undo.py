"""What the pages say that ask before an import is undone."""

from collections.abc import Iterable

from django.utils import timezone

from budget_system.actors import Actor
from budget_system.admin.orders import Question
from budget_system.money import money
from spending.importing.reversals import Undoing, foresee_undo
from spending.models import Import

TEXT = (
    "Each day is put back to what stood before the import; counters and verdicts follow. Campaigns that it created, "
    "and that nobody has touched since, are removed."
)


def counts_of(report: Import) -> str:
    """Say what became of an import's days; what did not happen is left out."""
    counts = (
        (report.created, "new"),
        (report.replaced, "restated"),
        (report.voided, "voided"),
        (report.unchanged, "unchanged"),
    )
    return ", ".join(f"{count:,} {word}" for count, word in counts if count) or "none"


def of_one(report: Import, undoing: Undoing) -> Question:
    """Ask about one import, with the first days that would be put back."""
    currency = report.brand.currency
    rows = [
        (str(one.day.day), str(one.campaign), *(f"{money(it, currency)} {currency}" for it in (one.now, one.then)))
        for one in undoing.first
    ]
    first = f" The first {len(rows)} of them:" if undoing.days > len(rows) else ""
    return Question(
        title=f"Undo “{report}”?",
        text=f"{TEXT} {_outcome(undoing, currency)}{first}",
        button="Undo",
        columns=("Day", "Campaign", "Now", "Then"),
        rows=rows,
        nothing="It changed nothing, so there is nothing to put back.",
    )


def of_several(reports: Iterable[Import], by: Actor) -> Question:
    """Ask about several imports, in the order in which they would be undone; `by` is who asks."""
    now = timezone.now()
    rows = []
    for report in reports:
        undoing = foresee_undo(report, now=now, by=by)
        outcome = undoing.refusal or _outcome(undoing, report.brand.currency)
        rows.append((report.file_name, str(report.brand), outcome))
    return Question(
        title="Undo imports?",
        text=f"{TEXT} The latest goes first, so that an earlier one whose days it changed may go too.",
        button="Undo",
        columns=("File", "Brand", "What it would do, as things stand"),
        rows=rows,
    )


def _outcome(undoing: Undoing, currency: str) -> str:
    said = (
        f"{undoing.removed:,} days lose their entry, {undoing.restated:,} get their former amount, "
        f"{undoing.brought_back:,} get their entry back"
    )
    return f"{said}: {money(undoing.now, currency)} {currency} become {money(undoing.then, currency)} {currency}."
