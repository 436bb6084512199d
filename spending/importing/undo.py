"""Taking an import back: each day that it changed is put back to what stood before, through the gate."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from brands.access import seen_by
from brands.history import Former, differing
from brands.models import Change, ChangeAction
from budget_system.actors import Actor
from budget_system.errors import Conflict, NotFound
from campaigns.models import Campaign
from spending.enforcement import enforcing, starting_over
from spending.entries import entry_of
from spending.importing.carry_out import Clock
from spending.importing.lookups import entries_of, entry_id
from spending.importing.plan import PORTION
from spending.importing.portions import SPEND_COLUMNS
from spending.importing.requests import Progress
from spending.models import DayResult, Import, ImportedDay, Spend
from spending.rows import insert_rows, load_rows, update_spends

SAID = ("amount", "spend_date", "spend_type", "description", "imported_by_id")
"""What of an entry the undoing may put back."""


def undo(*, import_id: UUID, clock: Clock, by: Actor, progress: Progress | None = None) -> Import:
    """Put back what stood before an import; one that was killed in the middle, and an undoing that was, too.

    Raises `NotFound`, and `Conflict` where it is undone already, or where a later import, or a person, changed one of
    its days: then what stood before is not what should stand now.
    """
    report = seen_by(Import.objects.listed().filter(pk=import_id), by.reach).select_related("brand").first()
    if report is None:
        raise NotFound(f"No import has the id “{import_id}”.")
    by.require_write(report.brand_id)
    left = report.imported_days.filter(undone=False)
    if report.undone_at is not None and not left.exists():
        raise Conflict(f"“{report}” is undone already, by {report.undone_by}.")
    _require_last(left)
    done, total = 0, left.count()
    while _put_back(report, now=clock(), by=by):
        done = min(total, done + PORTION)
        if progress is not None:
            progress(done, total)
    return report


def _require_last(days: "QuerySet[ImportedDay]") -> None:
    """Refuse where a later import touched one of the days."""
    later = ImportedDay.objects.filter(
        campaign=OuterRef("campaign"), day=OuterRef("day"), pk__gt=OuterRef("pk"), undone=False
    ).filter(report__platform=OuterRef("report__platform"))
    touched = days.filter(Exists(later)).select_related("campaign").order_by("day").first()
    if touched is not None:
        raise Conflict(
            f"A later import has changed “{touched.campaign}” on {touched.day}; undo that one first. "
            "Nothing was undone."
        )


@starting_over
def _put_back(report: Import, *, now: datetime, by: Actor) -> bool:
    """Put one portion back, in one transaction; say whether there was one."""
    with enforcing(report.brand_id, now=now, by=by) as gate:
        brand = gate.brand(report.brand_id)
        days = list(report.imported_days.filter(undone=False).order_by("pk")[:PORTION])
        _require_last(ImportedDay.objects.filter(pk__in=[day.pk for day in days]))
        ids = {day.campaign_id for day in days}
        campaigns = {row.pk: row for row in Campaign.everything.filter(pk__in=ids)}
        for campaign in campaigns.values():
            campaign.brand = brand
            gate.campaigns[campaign.pk] = campaign
        entries = entries_of((day.campaign_id, entry_id(report.platform, day.day)) for day in days)
        former = Former(now, by, brand.pk)
        gone: list[UUID] = []
        changed: list[Spend] = []
        back: list[Spend] = []
        history: list[Change] = []
        for day in days:
            campaign = campaigns[day.campaign_id]
            entry = entries.get((day.campaign_id, entry_id(report.platform, day.day)))
            _require_untouched(day, entry, campaign)
            before = None if day.former is None else _restored(day.former)
            if entry is not None:
                gate.book(campaign, before=entry_of(entry))
            if before is not None:
                gate.book(campaign, after=entry_of(before))
                (back if entry is None else changed).append(before)
            if entry is None and before is not None:
                history.append(former.created(before, ChangeAction.RESTORED))
            elif entry is not None and before is None:
                history.append(former.deleted(entry))
                gone.append(entry.pk)
            elif entry is not None and before is not None:
                history.append(former.changed(entry, differing(entry, {name: getattr(before, name) for name in SAID})))
        Spend.objects.filter(pk__in=gone).delete()
        load_rows(Spend, SPEND_COLUMNS, [tuple(getattr(row, name) for name in SPEND_COLUMNS) for row in back])
        update_spends(changed)
        insert_rows(Change, history)
        ImportedDay.objects.filter(pk__in=[day.pk for day in days]).update(undone=True)
        if report.undone_at is None:
            report.undone_at, report.undone_by = now, str(by)
            report.save(update_fields=["undone_at", "undone_by"])
    return bool(days)


def _require_untouched(day: ImportedDay, entry: Spend | None, campaign: Campaign) -> None:
    """Refuse where the entry is not what the import has left."""
    if day.result == DayResult.VOIDED:
        untouched = entry is None
    else:
        untouched = entry is not None and (entry.amount, entry.spend_date) == (day.amount, day.day)
    if not untouched:
        raise Conflict(f"“{campaign}” on {day.day} was corrected after the import; put that right by hand.")


def _restored(former: dict[str, object]) -> Spend:
    """Give the entry as it stood before."""
    imported_by = former.get("imported_by")
    return Spend(
        id=UUID(str(former["id"])),
        campaign_id=UUID(str(former["campaign"])),
        amount=Decimal(str(former["amount"])),
        spend_date=date.fromisoformat(str(former["spend_date"])),
        spend_type=str(former["spend_type"]),
        description=str(former["description"]),
        external_id=str(former["external_id"]),
        imported_by_id=UUID(str(imported_by)) if imported_by else None,
        created_by=str(former.get("created_by", "")),
        created_at=datetime.fromisoformat(str(former["created_at"])),
        updated_at=datetime.fromisoformat(str(former["updated_at"])),
    )
