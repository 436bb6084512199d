"""Undoing an import: each day that it changed is set back to what stood before, through the gate.

All days are checked before the first is changed, so a refusal leaves everything as it was. Then batch by batch, each in
one transaction: an undoing that is killed says so when it is asked, and can be resumed.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from brands.access.memberships import visible_rows
from brands.history.recorder import ChangeRecorder
from brands.models import Brand, Change, ChangeAction
from budget_system.core.actors import Actor
from budget_system.core.errors import Conflict, NotFound, unknown_id
from budget_system.core.retry import retry_on_conflict
from campaigns.models import Campaign, StatusEvent
from scheduling.models import Schedule
from spending.enforcement.gate import Gate
from spending.enforcement.transactions import enforcing_brands
from spending.imports.plan.plan import BATCH_SIZE
from spending.imports.requests import Clock, Progress
from spending.imports.undo.conflicts import already_undone
from spending.imports.undo.reversals import Reversal, all_reversals, days_to_undo, reversals
from spending.ledger.bounds import TotalTooLarge
from spending.ledger.bulk_inserts import insert_rows
from spending.ledger.entries import BookingResult, outcome
from spending.ledger.totals import remove_empty
from spending.models import CampaignTotal, Import, ImportedCampaign, ImportedDay, ReplacedEntry, ReportedName, Spend
from spending.recording.batches import EntryBatch

RESTORED_FIELDS = ("amount", "spend_date", "spend_type", "description", "imported_by_id")
"""The fields of an entry that undoing may set back."""


def undo(*, import_id: UUID, clock: Clock, by: Actor, progress: Progress | None = None) -> Import:
    """Restore what stood before an import; also resume an undoing that was killed, and undo an import that was.

    Raise `NotFound`, `Forbidden`, and `Conflict` where it is undone already, or where a later import, or a person,
    changed one of its days: then what stood before is not what should stand now, and nothing is undone.
    """
    report = undoable(import_id, by)
    total = done = 0
    try:
        total = sum(1 for _ in all_reversals(report, now=clock(), by=by))
        while _put_back(report, now=clock(), by=by):
            done = min(total, done + BATCH_SIZE)
            if progress is not None:
                progress(done, total)
    except (Conflict, TotalTooLarge) as error:
        left = f"{done} of {total} days are put back; undo it again for the others." if done else "Nothing was undone."
        sentence = error.sentence if isinstance(error, TotalTooLarge) else error.message
        raise Conflict(f"{sentence} {left}") from error
    _finish(report, now=clock(), by=by)
    return report


def undoable(import_id: UUID, by: Actor) -> Import:
    """Return an import that may be undone. Raise what `undo` raises."""
    report = visible_rows(Import.objects.listed().filter(pk=import_id), by.access).select_related("brand").first()
    if report is None:
        raise NotFound(unknown_id("import", import_id))
    by.require_write(report.brand_id)
    if report.undone_at is not None:
        raise Conflict(already_undone(report))
    return report


@retry_on_conflict
def _put_back(report: Import, *, now: datetime, by: Actor) -> bool:
    """Restore one batch, in one transaction; return whether there was one."""
    with enforcing_brands(report.brand_id, now=now, by=by) as gate:
        brand = gate.brand(report.brand_id)
        gate.report = report.pk
        if report.undo_began_at is None:
            report.undo_began_at, report.undone_by = now, str(by)
            report.save(update_fields=["undo_began_at", "undone_by"])
        days = list(days_to_undo(report)[:BATCH_SIZE])
        _write(gate, brand, list(reversals(report, days, now=now, by=by)))
        ImportedDay.objects.filter(pk__in=[day.pk for day in days]).update(undone=True)
    return bool(days)


def _write(gate: Gate, brand: Brand, reversed_days: Iterable[Reversal]) -> None:
    batch = EntryBatch(gate)
    for one in reversed_days:
        if one.campaign.pk not in gate.campaigns:
            gate.enter(one.campaign, brand)
        before = one.before
        restored = None if before is None else {name: getattr(before, name) for name in RESTORED_FIELDS}
        result, changes = outcome(one.entry, restored)
        if before is not None and result == BookingResult.CREATED:
            batch.restore(before, brand.pk)
        elif before is not None and one.entry is not None:
            batch.replace(one.entry, before, changes, brand.pk)
        elif one.entry is not None:
            batch.void(one.entry, brand.pk)
        for entry in one.replaced:
            batch.restore(entry, brand.pk)
    batch.move_totals()
    batch.write()


@retry_on_conflict
def _finish(report: Import, *, now: datetime, by: Actor) -> None:
    """Remove what only the import has made: total rows of 0.00, and campaigns that nobody has changed since."""
    with enforcing_brands(report.brand_id, now=now, by=by) as gate:
        brand = gate.brand(report.brand_id)
        undone = Import.objects.filter(brand=brand, undo_began_at__isnull=False)
        remove_empty(brand.pk, list(undone.values_list("pk", flat=True)))
        _forget_names(undone)
        campaigns = list(untouched(Campaign.everything.filter(created_by_import__report__in=undone)))
        recorder = ChangeRecorder(now, by, brand.pk)
        insert_rows(Change, [recorder.deleted(campaign) for campaign in campaigns])
        ids = [campaign.pk for campaign in campaigns]
        for at in range(0, len(ids), BATCH_SIZE):
            batch = ids[at : at + BATCH_SIZE]
            for model in (ImportedDay, ImportedCampaign, ReplacedEntry, ReportedName, StatusEvent):
                model._base_manager.filter(campaign_id__in=batch).delete()
            Campaign.everything.filter(pk__in=batch).delete()
        report.undone_at = now
        report.save(update_fields=["undone_at"])


def _forget_names(undone: "QuerySet[Import]") -> None:
    """Delete the names under which undone imports knew campaigns on which no other import has booked."""
    booked = ImportedDay.objects.filter(campaign=OuterRef("campaign"), undone=False)
    ReportedName.objects.filter(~Exists(booked), report__in=undone).delete()


def untouched(campaigns: "QuerySet[Campaign]") -> "QuerySet[Campaign]":
    """Keep campaigns without money and windows for which no person has ordered anything."""
    its = OuterRef("pk")
    return campaigns.filter(
        ~Exists(Spend.objects.filter(campaign=its)),
        ~Exists(CampaignTotal.objects.filter(campaign=its)),
        ~Exists(Schedule.objects.filter(campaign=its)),
        ~Exists(Change.objects.filter(object_id=its).exclude(action=ChangeAction.CREATED)),
        ~Exists(StatusEvent.objects.filter(campaign=its).filter(~Q(order="") | ~Q(note=""))),
        archived_at=None,
        paused_by_person=False,
    )
