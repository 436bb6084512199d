"""Carrying a plan out: batch by batch, each in one transaction at the gate.

Every day that is changed is stored with what stood before it, in the same transaction. So a run that is killed leaves
whole batches behind; started again it resumes the same import.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Count

from budget_system.core.actors import Actor
from budget_system.core.errors import Conflict, ServiceError
from budget_system.core.retry import retry_on_conflict
from budget_system.core.text import excerpt
from spending.enforcement.transactions import enforcing_brands
from spending.imports.apply.batches import PlanBatch
from spending.imports.plan.bad_lines import BadLine
from spending.imports.plan.choices import keep_choices
from spending.imports.plan.plan import BATCH_SIZE, Plan
from spending.imports.plan.staging import Day
from spending.imports.requests import Clock, Progress
from spending.ledger.bounds import TotalTooLarge
from spending.models import DayResult, Import

FIRST_BAD_LINES = 20


class ImportRefused(ServiceError):
    """The plan must not be carried out as it is; nothing was written."""


class ChoiceRequired(ImportRefused):
    """A person must choose what becomes of other entries on the report's days; the message ends where the choice is
    named.
    """

    fields = ("other_entries",)


def carry_out(
    plan: Plan,
    *,
    clock: Clock,
    by: Actor,
    progress: Progress | None = None,
    begun: Callable[[Import], object] | None = None,
) -> Import:
    """Book what the plan holds, and return the import's row. Raise `ImportRefused` where the plan says so, or
    `Forbidden`.

    `begun` is called with a new import's row, in the transaction that creates it.
    """
    by.require_write(plan.brand.pk)
    if plan.undecided is not None:
        raise ChoiceRequired(plan.undecided)
    if plan.refusal is not None:
        raise ImportRefused(plan.refusal)
    report = plan.resumed or _begun(plan, clock(), by, begun)
    done = late = 0
    for batch in plan.staged.batches(BATCH_SIZE):
        for bad in _booked(report, plan, batch, now=clock(), by=by):
            plan.staged.bad.add(bad)
            late += 1
        done += len(batch)
        if progress is not None:
            progress(done, plan.changed)
    return _finished(report, plan, clock(), plan.days - late)


@transaction.atomic
def _begun(plan: Plan, now: datetime, by: Actor, begun: Callable[[Import], object] | None) -> Import:
    columns = plan.columns
    keep_choices(plan.request)
    money_in, money_booked, rounding = _money(plan)
    report = Import.objects.create(
        brand=plan.brand,
        platform=plan.request.platform,
        file_name=plan.request.file_name,
        sha256=plan.form.sha256,
        campaign_column=excerpt(columns.named(columns.campaign)),
        date_column=excerpt(columns.named(columns.date)),
        cost_column=excerpt(columns.named(columns.cost)),
        unit=plan.unit,
        match_by=plan.match_by,
        other_entries=plan.request.other_entries or "",
        dates=plan.request.dates or "",
        decimal=plan.request.decimal or "",
        at=now,
        by=str(by),
        rows=plan.rows,
        bad_lines=plan.bad_lines,
        days=plan.days,
        money_in=money_in,
        money_booked=money_booked,
        rounding=rounding,
    )
    if begun is not None:
        begun(report)
    return report


def _money(plan: Plan) -> tuple[str, Decimal, str]:
    """Return the sum of the report, what of it is booked, and what rounding has left over."""
    return f"{plan.money_in:f}", plan.money_booked, f"{plan.rounding:f}"


def _finished(report: Import, plan: Plan, now: datetime, days: int) -> Import:
    """Store the counts of the whole import, including its earlier runs."""
    report.refresh_from_db()
    counts = dict(report.imported_days.order_by().values_list("result").annotate(count=Count("pk")))
    report.created = counts.get(DayResult.CREATED, 0)
    report.replaced = counts.get(DayResult.REPLACED, 0)
    report.voided = counts.get(DayResult.VOIDED, 0)
    # What an earlier run has booked may be of campaigns that this one did not find.
    report.days = max(days, report.created + report.replaced + report.voided)
    report.unchanged = report.days - report.created - report.replaced - report.voided
    report.money_in, report.money_booked, report.rounding = _money(plan)
    report.bad_lines = plan.bad_lines
    report.first_bad_lines = [[bad.number, bad.cell, bad.reason] for bad in plan.staged.bad.first(FIRST_BAD_LINES)]
    report.finished_at = now
    report.save(
        update_fields=[
            *("created", "replaced", "voided", "days", "unchanged", "bad_lines", "first_bad_lines", "finished_at"),
            *("money_in", "money_booked", "rounding"),
        ]
    )
    return report


def _booked(report: Import, plan: Plan, batch: list[Day], *, now: datetime, by: Actor) -> list[BadLine]:
    try:
        return _book(report, plan, batch, now=now, by=by)
    except TotalTooLarge as error:  # a total that has drifted from the brand's; no line is to blame
        raise ImportRefused(
            f"{error.sentence} If the ledger is right, check_totals --repair mends the total."
        ) from error


@retry_on_conflict
def _book(report: Import, plan: Plan, batch: list[Day], *, now: datetime, by: Actor) -> list[BadLine]:
    """Book one batch; return the lines that turned out bad since it was planned."""
    with enforcing_brands(plan.brand.pk, now=now, by=by) as gate:
        if Import.objects.filter(pk=report.pk, undo_began_at__isnull=False).exists():
            raise Conflict("Somebody has begun to undo this import; it was stopped.")
        brand = gate.brand(plan.brand.pk)
        if brand.currency != plan.brand.currency:
            raise Conflict(f"“{brand}” spends {brand.currency} since the report was read; import it again.")
        writing = PlanBatch(gate, brand, report, plan)
        writing.book(batch)
        writing.write()
    return writing.bad
