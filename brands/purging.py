"""Destroying a brand with its ledger; there is no other way to delete what was spent, and no way back.

See `brands.services.remove_brand` for what archives instead. What is left is one `Change` that says what there was, how
much, who did it and when.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, Max, Min, Model, OuterRef, Q, QuerySet

from brands.models import Brand, Change, ChangeAction, Membership, MonthLink
from brands.services import move_events_to_current_brands
from budget_system.core.actors import Actor
from budget_system.core.errors import NotFound, unknown_id
from budget_system.core.money import cents_in, exact_sum, from_cents
from budget_system.core.retry import retry_on_conflict
from campaigns.models import Campaign, StatusEvent
from scheduling.models import Schedule
from spending.enforcement.transactions import enforcing_brands
from spending.models import (
    BrandTotal,
    CampaignTotal,
    DriftFound,
    Import,
    ImportedCampaign,
    ImportedDay,
    ReplacedEntry,
    ReportChoice,
    ReportedName,
    ReportJob,
    Reset,
    Spend,
)


@dataclass(frozen=True, slots=True)
class BrandContents:
    """What a brand holds: how many of each kind, and what was spent, by currency, from which date to which."""

    name: str
    archived: bool
    spends: int
    spent: dict[str, str]
    first_date: str | None
    last_date: str | None
    campaigns: int
    schedules: int
    imports: int
    resets: int
    status_events: int
    memberships: int
    changes: int


def contents_of(brand: Brand) -> BrandContents:
    """Return what a purge of the brand would remove."""
    ledger = Spend.objects.filter(campaign__brand=brand)
    figures = ledger.aggregate(
        **exact_sum("amount"), count=Count("pk"), first=Min("spend_date"), last=Max("spend_date")
    )
    spent = from_cents(cents_in(figures["high"], figures["low"]))
    return BrandContents(
        name=brand.name,
        archived=brand.archived_at is not None,
        spends=figures["count"],
        spent={brand.currency: str(spent)},
        first_date=figures["first"] and figures["first"].isoformat(),
        last_date=figures["last"] and figures["last"].isoformat(),
        campaigns=_of(Campaign, brand).count(),
        schedules=Schedule.objects.filter(campaign__brand=brand).count(),
        imports=_of(Import, brand).count(),
        resets=_of(Reset, brand).count(),
        status_events=_of(StatusEvent, brand).count(),
        memberships=_of(Membership, brand).count(),
        changes=_changes(brand).count(),
    )


@retry_on_conflict
def purge_brand(*, brand_id: UUID, now: datetime, by: Actor) -> BrandContents:
    """Destroy a brand, archived or not, and everything that belongs to it; return what there was.

    It is one transaction: all of it or nothing. Rows that had moved to another brand before keep their history. Raise
    `NotFound` and `Forbidden`.
    """
    with enforcing_brands(brand_id, now=now, by=by) as gate:
        brand = gate.brands.get(brand_id)
        if brand is None:
            raise NotFound(unknown_id("brand", brand_id))
        by.require_administrator()
        move_events_to_current_brands(brand)
        there_was = contents_of(brand)
        _changes(brand).delete()
        Spend.objects.filter(imported_by__brand=brand).exclude(campaign__brand=brand).update(imported_by=None)
        campaigns = Campaign.everything.filter(brand=brand).order_by()
        imports = _of(Import, brand)
        for kept in (ImportedDay, ImportedCampaign, ReplacedEntry):
            kept._base_manager.filter(Q(campaign__in=campaigns) | Q(report__in=imports)).delete()
        ReportedName.objects.filter(campaign__in=campaigns).delete()
        Spend.objects.filter(campaign__in=campaigns).order_by().delete()
        CampaignTotal.objects.filter(campaign__in=campaigns).delete()
        imported = (ReportJob, Import, ReportChoice)
        for model in (*imported, BrandTotal, DriftFound, Reset, StatusEvent, Membership, MonthLink):
            _of(model, brand).delete()
        Schedule.objects.filter(campaign__in=campaigns).order_by().delete()
        campaigns.delete()
        brand.delete()
        _record(there_was, brand_id, now, by)
    return there_was


def _record(there_was: BrandContents, brand_id: UUID, now: datetime, by: Actor) -> None:
    Change.objects.create(
        at=now,
        by=str(by),
        kind=str(Brand._meta.model_name),
        object_id=brand_id,
        brand_id=brand_id,
        action=ChangeAction.PURGED,
        before=asdict(there_was),
    )


def _of(model: type[Model], brand: Brand) -> "QuerySet[Model]":
    return model._base_manager.filter(brand=brand).order_by()


def _changes(brand: Brand) -> "QuerySet[Change]":
    """Return the recorded changes of the brand's rows; rows that now belong to another brand keep their history."""
    row = OuterRef("object_id")
    still_here = (
        Exists(Spend.objects.filter(pk=row, campaign__brand=brand))
        | Exists(Schedule.objects.filter(pk=row, campaign__brand=brand))
        | Exists(Campaign.everything.filter(pk=row, brand=brand))
    )
    moved = Change.objects.filter(brand_id=brand.pk, to_brand_id__isnull=False).order_by().values("object_id")
    return Change.objects.filter(brand_id=brand.pk).filter(~Q(object_id__in=moved) | still_here).order_by()
