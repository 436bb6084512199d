"""What commands and the admin print about a plan and an import."""

from collections.abc import Iterator, Sequence
from typing import Final

from budget_system.core.money import in_currency
from budget_system.core.text import counted
from spending.imports.apply.status_preview import StatusChange
from spending.imports.plan.plan import Plan
from spending.imports.requests import OtherEntries
from spending.imports.undo.preview import UndoPreview
from spending.models import Import

MAX_STATUS_CHANGES: Final = 20
_FATES: Final = {
    None: "",
    OtherEntries.REPLACE: "; the report replaces them",
    OtherEntries.ADD: "; the report is added to them",
}


def plan_lines(plan: Plan) -> Iterator[str]:
    """Yield what an import would do, and list every bad line."""
    columns = plan.columns
    yield (
        f"{plan.request.file_name}: {counted(plan.rows, 'line', 'lines')}, {plan.bad_lines:,} bad, "
        f"{counted(plan.days, 'campaign-day', 'campaign-days')} "
        f"({plan.form.encoding}, cost in {plan.unit} from “{columns.named(columns.cost)}”, "
        f"date from “{columns.named(columns.date)}”, campaign from “{columns.named(columns.campaign)}”)"
    )
    if plan.form.sheet:
        yield f"of the sheet “{plan.form.sheet}”"
    if plan.no_costs:
        yield f"no cost, by a dash or by nothing, taken as 0.00: {counted(plan.no_costs, 'line', 'lines')}"
    if plan.totals:
        yield f"left out, as they only add up others or are notes: {plan.totals:,}"
    for bad in plan.staged.bad.first():
        yield f"bad {bad}"
    yield f"days: {plan.created} new, {plan.replaced} restated, {plan.voided} voided, {plan.unchanged} unchanged"
    if plan.others.entries:
        yield f"other entries on these days: {plan.others}{_FATES[plan.request.other_entries]}"
    if plan.new_campaigns:
        yield f"campaigns to create: {len(plan.new_campaigns)}"
    booked = in_currency(plan.money_booked, plan.brand.currency)
    yield f"money in {plan.money_in:f} = money booked {booked} + rounding {plan.rounding:f}"
    if plan.resumed is not None:
        yield f"goes on with the import {plan.resumed.pk}, which was ended in the middle"
    for concern in plan.concerns:
        yield f"look: {concern}"


def why_nothing_to_import(plan: Plan, create: str) -> str | None:
    """Return the message that no line can be booked, if so; `create` is how campaigns are created here."""
    if plan.days or not plan.bad_lines or plan.resumed is not None:
        return None
    advice = "look at the bad lines"
    if not plan.request.create_campaigns:
        advice += f"; where they name campaigns that are not known yet, {create} creates them"
    return f"None of its lines can be booked, and nothing was written; {advice}."


def status_change_lines(changes: Sequence[StatusChange]) -> Iterator[str]:
    """Yield which campaigns an import would pause and wake."""
    for change in changes[:MAX_STATUS_CHANGES]:
        yield f"{change}"
    if len(changes) > MAX_STATUS_CHANGES:
        more = counted(
            len(changes) - MAX_STATUS_CHANGES, "more campaign pauses or wakes", "more campaigns pause or wake"
        )
        yield f"… and {more}"


def undo_lines(undoing: UndoPreview, currency: str) -> Iterator[str]:
    """Yield what undoing an import would do, with the first days; amounts are in `currency`."""
    yield (
        f"days: {undoing.removed} lose their entry, {undoing.restated} get their former amount, "
        f"{undoing.brought_back} get their entry back"
    )
    if undoing.replaced:
        yield f"other entries that the report had replaced come back: {undoing.replaced}"
    yield f"money: {in_currency(undoing.now, currency)} becomes {in_currency(undoing.then, currency)}"
    for one in undoing.first:
        now, then = in_currency(one.now, currency), in_currency(one.then, currency)
        yield f"{one.day.day} “{one.campaign}”: {now} becomes {then}"


def import_counts(report: Import) -> dict[str, int]:
    """Return an import's counts, in the order in which they are shown."""
    return {
        "days": report.days,
        "created": report.created,
        "replaced": report.replaced,
        "voided": report.voided,
        "unchanged": report.unchanged,
        "campaigns_created": report.campaigns_created,
        "bad_lines": report.bad_lines,
    }
