"""The services that change a brand."""

from datetime import datetime
from decimal import Decimal
from typing import TypedDict
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, Subquery

from brands.history.recorder import changed_values, record_change, record_creation, record_deletions
from brands.models import Brand, ChangeAction
from brands.validators import budgets_of, require_fitting_budgets
from budget_system.core.actors import Actor
from budget_system.core.errors import NotFound, Precondition, unknown_id
from budget_system.core.money import require_fitting
from budget_system.core.retry import retry_on_conflict
from budget_system.core.validation import fold
from campaigns.models import Campaign, Order, StatusEvent
from campaigns.status import MANUAL_BIT
from scheduling.models import Schedule
from spending.enforcement.transactions import enforcing_brands
from spending.models import BrandTotal, CampaignTotal, Spend


class BrandValues(TypedDict, total=False):
    """What a person can enter for a brand."""

    name: str
    daily_budget: Decimal | None
    monthly_budget: Decimal | None
    timezone: str
    currency: str
    alert_thresholds: list[int]
    figures_max_age_hours: int


@transaction.atomic
def create_brand(*, values: BrandValues, now: datetime, by: Actor) -> Brand:
    """Create a brand at `now` (UTC).

    Raise `ValidationError` where its name is taken, or a budget does not fit its currency, and `Forbidden` where `by`
    may not create brands.
    """
    by.require_administrator()
    brand = Brand(**values, created_at=now, updated_at=now)
    require_fitting(budgets_of(brand), brand.currency)
    brand.begin_day(now)
    _require_free_name(brand)
    brand.save(force_insert=True)
    record_creation(brand, brand_id=brand.pk, now=now, by=by)
    return brand


@retry_on_conflict
def change_brand(
    *, brand_id: UUID, values: BrandValues, now: datetime, by: Actor, check: Precondition[Brand] | None = None
) -> Brand:
    """Change what `values` hold and differ in, and decide the campaigns that a new budget or time zone concerns.

    Raise `NotFound`, `ValidationError` (a name that is taken; the currency of a brand that has spends, or one that
    budgets and caps do not fit) and what `check` raises.
    """
    with enforcing_brands(brand_id, now=now, by=by) as gate:
        brand = gate.brand(brand_id)
        if check is not None:
            check(brand)
        changes = changed_values(brand, values)
        if not changes:
            return brand
        if "currency" in changes and has_spends(brand):
            raise ValidationError(
                {"currency": f"“{brand}” has spends in {brand.currency}, so its currency can no longer change."}
            )
        require_fitting_budgets(brand, values, changes)
        budgets = bool({"daily_budget", "monthly_budget"} & changes.keys())
        used_up = gate.used_up(brand) if budgets else 0
        record_change(brand, changes=changes, brand_id=brand.pk, now=now, by=by)
        if "name" in changes:
            _require_free_name(brand)
        brand.updated_at = now
        brand.save(update_fields=[*changes, "name_key", "search_key", "updated_at"])
        if "timezone" in changes:
            gate.day_changed(brand)
        if "alert_thresholds" in changes:
            gate.recheck_thresholds(brand)
        if budgets:
            gate.budgets_changed(brand, before=used_up)
    return brand


def hold_brand(
    *, brand_id: UUID, note: str = "", now: datetime, by: Actor, check: Precondition[Brand] | None = None
) -> Brand:
    """Hold a brand: all its campaigns pause until a person releases it. Raise `NotFound`."""
    return _order(brand_id, Order.HOLD, note, now, by, check)


def release_brand(
    *, brand_id: UUID, note: str = "", now: datetime, by: Actor, check: Precondition[Brand] | None = None
) -> Brand:
    """Release a held brand; every campaign goes back to what a person wanted of it. Raise `NotFound`."""
    return _order(brand_id, Order.RELEASE, note, now, by, check)


@retry_on_conflict
def _order(
    brand_id: UUID, order: Order, note: str, now: datetime, by: Actor, check: Precondition[Brand] | None
) -> Brand:
    with enforcing_brands(brand_id, now=now, by=by) as gate:
        brand = gate.brand(brand_id)
        if check is not None:
            check(brand)
        held = order == Order.HOLD
        changed = brand.is_held != held
        if changed:
            record_change(brand, changes={"is_held": held}, brand_id=brand.pk, now=now, by=by)
            brand.updated_at = now
            brand.save(update_fields=["is_held", "updated_at"])
            gate.turn(brand, begins=MANUAL_BIT * held, ends=MANUAL_BIT * (not held))
        if changed or note:
            gate.order(order, note, brand=brand)
    return brand


@retry_on_conflict
def remove_brand(*, brand_id: UUID, now: datetime, by: Actor, check: Precondition[Brand] | None = None) -> None:
    """Delete a brand that never had spends; archive one that has. Raise `NotFound`, and `Forbidden` where `by` is no
    administrator.
    """
    _require_administrator(brand_id, by)
    with enforcing_brands(brand_id, now=now, by=by) as gate:
        brand = gate.brand(brand_id)
        if check is not None:
            check(brand)
        if has_had_spends(brand):
            archive = {"archived_at": now}
            record_change(brand, changes=archive, brand_id=brand.pk, action=ChangeAction.ARCHIVED, now=now, by=by)
            brand.updated_at = now
            brand.save(update_fields=["archived_at", "updated_at"])
            gate.recheck_thresholds(brand)
        else:
            campaigns = Campaign.everything.filter(brand=brand)
            windows = Schedule.objects.filter(campaign__brand=brand)
            record_deletions([*windows, *campaigns, brand], brand_id=brand.pk, now=now, by=by)
            move_events_to_current_brands(brand)
            brand.delete()


@retry_on_conflict
def restore_brand(*, brand_id: UUID, now: datetime, by: Actor) -> Brand:
    """Restore an archived brand, and decide its campaigns.

    Raise `NotFound`, `ValidationError` while another brand has its name, and `Forbidden` for all but administrators.
    """
    _require_administrator(brand_id, by)
    with enforcing_brands(brand_id, now=now, by=by) as gate:
        brand = gate.brands.get(brand_id)
        if brand is None:
            raise NotFound(unknown_id("brand", brand_id))
        if brand.archived_at is None:
            return brand
        _require_free_name(brand)
        restored = {"archived_at": None}
        record_change(brand, changes=restored, brand_id=brand.pk, action=ChangeAction.RESTORED, now=now, by=by)
        brand.updated_at = now
        brand.save(update_fields=["archived_at", "updated_at"])
        gate.touch_all(brand)
    return brand


def has_spends(brand: Brand) -> bool:
    """Return whether the ledger holds a spend of the brand now, of an archived campaign too."""
    return Spend.objects.filter(campaign__brand=brand).exists()


def has_had_spends(brand: Brand) -> bool:
    """Return whether a spend was ever booked on the brand, or on a campaign that has moved to it since.

    Totals stay when the spends are gone: the brand's own, and those that a campaign brings along.
    """
    return (
        BrandTotal.objects.filter(brand=brand).exists()
        or CampaignTotal.objects.filter(campaign__brand=brand).exists()
        or has_spends(brand)
    )


def _require_administrator(brand_id: UUID, by: Actor) -> None:
    """Refuse a member who is no administrator; to everybody else the brand does not exist, as the gate will say."""
    if by.access.sees(brand_id):
        by.require_administrator()


def move_events_to_current_brands(brand: Brand) -> None:
    """Move the events of campaigns that have left the brand to their brands of today, so that they are kept."""
    moved_away = StatusEvent.objects.filter(brand=brand, campaign__isnull=False).exclude(campaign__brand=brand)
    home = Campaign.everything.filter(pk=OuterRef("campaign")).values("brand")
    moved_away.update(brand=Subquery(home))


def _require_free_name(brand: Brand) -> None:
    if Brand.objects.filter(name_key=fold(brand.name)).exclude(pk=brand.pk).exists():
        raise ValidationError({"name": f"There is already a brand named “{brand.name}”; choose another name."})
