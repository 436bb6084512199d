"""The services that change a campaign."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from typing import TypedDict
from uuid import UUID

from django.core.exceptions import ValidationError

from brands.access.memberships import visible_rows
from brands.history.recorder import changed_values, record_change, record_creation, record_deletions
from brands.models import Brand, ChangeAction
from brands.validators import budgets_of, require_fitting_caps
from budget_system.core.actors import Actor
from budget_system.core.errors import NotFound, Precondition
from budget_system.core.money import require_fitting
from budget_system.core.retry import retry_on_conflict
from campaigns.models import Campaign, Order
from campaigns.orders import StatusOrder, intent_after
from campaigns.status import CampaignStatus
from campaigns.validators import has_had_spends, has_spends, require_deliverable, require_free
from delivery.switching import DELIVERED_AS, switch_delivery
from scheduling.models import Schedule
from spending.enforcement.gate import Gate
from spending.enforcement.transactions import enforcing_brands, enforcing_campaigns


class CampaignValues(TypedDict, total=False):
    """What a person can enter for a campaign, apart from its status."""

    brand_id: UUID
    name: str
    platform: str
    external_id: str
    daily_budget: Decimal | None
    monthly_budget: Decimal | None
    delivery_enabled: bool


@retry_on_conflict
def create_campaign(
    *, values: CampaignValues, order: StatusOrder | None = None, note: str = "", now: datetime, by: Actor
) -> Campaign:
    """Create a campaign and decide it; without an order it is to run.

    Raise `ValidationError` where its brand is unknown, its name or platform id is taken there, a cap does not fit the
    brand's currency, or it is to be delivered and has no platform or no id there.
    """
    with enforcing_brands(values["brand_id"], now=now, by=by) as gate:
        campaign = Campaign(**values, created_at=now, updated_at=now)
        campaign.brand = _brand(gate, values["brand_id"])
        require_fitting(budgets_of(campaign), campaign.brand.currency)
        require_free(campaign)
        require_deliverable(campaign)
        if order is not None and order.status == CampaignStatus.PAUSED:
            _apply(campaign, intent_after(order, campaign))
            gate.order(Order.PAUSE, note, brand=campaign.brand, campaign=campaign)
        campaign.save(force_insert=True)
        record_creation(campaign, brand_id=campaign.brand_id, now=now, by=by)
        if campaign.delivery_enabled:
            switch_delivery([campaign], now=now)
        gate.campaigns[campaign.pk] = campaign
        gate.touch(campaign, is_new=True)
    return campaign


@retry_on_conflict
def change_campaign(
    *,
    campaign_id: UUID,
    values: CampaignValues,
    order: StatusOrder | None = None,
    note: str = "",
    now: datetime,
    by: Actor,
    check: Precondition[Campaign] | None = None,
) -> Campaign:
    """Change what `values` hold and differ in, carry out the order, and decide the campaign.

    Raise `NotFound`, `ValidationError` (an unknown brand, a name or platform id that is taken, a move to another brand
    of a campaign that has spends, a cap that does not fit the brand's currency, delivery without a platform and an id
    there) and what `check` raises.
    """
    with _enforcing_change(campaign_id, values, now=now, by=by) as gate:
        campaign = gate.campaign(campaign_id)
        if check is not None:
            check(campaign)
        changes = changed_values(campaign, values)
        brand = _moved_to(gate, campaign, values["brand_id"]) if "brand_id" in changes else campaign.brand
        require_fitting_caps(campaign, values, changes, brand)
        if order is not None:
            changes |= _carry_out(gate, campaign, order, note)
        if not changes:
            return campaign
        record_change(
            campaign,
            changes=changes,
            brand_id=campaign.brand_id,
            to_brand_id=values.get("brand_id"),
            now=now,
            by=by,
        )
        campaign.brand = brand
        _require_in_order(campaign, changes)
        campaign.updated_at = now
        campaign.save(update_fields=[*changes, "name_key", "search_key", "updated_at"])
        if DELIVERED_AS & changes.keys():
            switch_delivery([campaign], now=now)
        gate.touch(campaign)
        if {"daily_budget", "monthly_budget", "brand_id"} & changes.keys():
            gate.recheck_thresholds(campaign)
    return campaign


def pause_campaign(
    *, campaign_id: UUID, note: str = "", now: datetime, by: Actor, check: Precondition[Campaign] | None = None
) -> Campaign:
    """Pause a campaign by a person's order; only a person lifts it. Raise `NotFound`."""
    order = StatusOrder(CampaignStatus.PAUSED)
    return change_campaign(campaign_id=campaign_id, values={}, order=order, note=note, now=now, by=by, check=check)


def activate_campaign(
    *, campaign_id: UUID, note: str = "", now: datetime, by: Actor, check: Precondition[Campaign] | None = None
) -> Campaign:
    """Lift a person's pause and decide the campaign; its `blocked_by` says what else holds. Raise `NotFound`."""
    order = StatusOrder(CampaignStatus.ACTIVE)
    return change_campaign(campaign_id=campaign_id, values={}, order=order, note=note, now=now, by=by, check=check)


@retry_on_conflict
def remove_campaign(
    *, campaign_id: UUID, now: datetime, by: Actor, check: Precondition[Campaign] | None = None
) -> None:
    """Delete a campaign that never had spends; archive one that has. Raise `NotFound`."""
    with enforcing_campaigns(campaign_id, living=True, now=now, by=by) as gate:
        campaign = gate.campaign(campaign_id)
        if check is not None:
            check(campaign)
        if has_had_spends(campaign):
            _keep_archiving(campaign, now, ChangeAction.ARCHIVED, now, by)
            campaign.updated_at = now
            campaign.save(update_fields=["archived_at", "updated_at"])
            gate.recheck_thresholds(campaign)
        else:
            windows = Schedule.objects.filter(campaign=campaign)
            record_deletions([*windows, campaign], brand_id=campaign.brand_id, now=now, by=by)
            campaign.delete()


@retry_on_conflict
def restore_campaign(*, campaign_id: UUID, now: datetime, by: Actor) -> Campaign:
    """Restore an archived campaign and decide it.

    Raise `NotFound` (also while its brand is archived), `ValidationError` while its name or platform id is taken, and
    `Forbidden` for all but administrators.
    """
    with enforcing_campaigns(campaign_id, now=now, by=by) as gate:
        by.require_administrator()
        campaign = gate.campaigns[campaign_id]
        gate.brand(campaign.brand_id)
        if campaign.archived_at is None:
            return campaign
        require_free(campaign)
        _keep_archiving(campaign, None, ChangeAction.RESTORED, now, by)
        campaign.updated_at = now
        campaign.save(update_fields=["archived_at", "updated_at"])
        if campaign.delivery_enabled:
            switch_delivery([campaign], now=now)
        gate.touch(campaign)
        gate.recheck_thresholds(campaign)
    return campaign


def _brand(gate: Gate, brand_id: UUID) -> Brand:
    try:
        return gate.brand(brand_id)
    except NotFound as error:
        raise ValidationError({"brand": error.message}) from error


def _enforcing_change(
    campaign_id: UUID, values: CampaignValues, *, now: datetime, by: Actor
) -> AbstractContextManager[Gate]:
    """Return the gate in which a campaign is changed: with the brand too to which `values` move it."""
    if "brand_id" in values:
        living = visible_rows(Campaign.objects.filter(pk=campaign_id), by.access)
        stored = living.values_list("brand_id", flat=True).first()
        if stored is not None:
            return enforcing_brands(stored, values["brand_id"], campaigns=[campaign_id], now=now, by=by)
    return enforcing_campaigns(campaign_id, living=True, now=now, by=by)


def _moved_to(gate: Gate, campaign: Campaign, brand_id: UUID) -> Brand:
    brand = _brand(gate, brand_id)
    if has_spends(campaign):
        raise ValidationError(
            {"brand": f"“{campaign}” has spends, so it cannot move to another brand; create one there."}
        )
    return brand


def _require_in_order(campaign: Campaign, changes: Mapping[str, object]) -> None:
    if {"name", "platform", "external_id", "brand_id"} & changes.keys():
        require_free(campaign)
    require_deliverable(campaign, changes)


def _keep_archiving(campaign: Campaign, at: datetime | None, action: ChangeAction, now: datetime, by: Actor) -> None:
    changes = {"archived_at": at}
    record_change(campaign, changes=changes, brand_id=campaign.brand_id, action=action, now=now, by=by)


def _apply(campaign: Campaign, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        setattr(campaign, name, value)


def _carry_out(gate: Gate, campaign: Campaign, order: StatusOrder, note: str) -> dict[str, object]:
    """Record the order where it is new; return what the person wants after it."""
    intent = intent_after(order, campaign)
    to_run = order.status == CampaignStatus.ACTIVE
    if intent or note:
        gate.order(Order.ACTIVATE if to_run else Order.PAUSE, note, brand=campaign.brand, campaign=campaign)
    if intent or note or to_run:  # asking for it to run asks for the verdict, also where nobody had paused it
        gate.touch(campaign)
    return intent
