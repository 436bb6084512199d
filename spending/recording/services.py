"""The ledger: booking, correcting and removing spends."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS

from brands.access.memberships import visible_rows
from brands.history.recorder import record_change, record_deletions
from budget_system.core.actors import Actor, BrandAccess
from budget_system.core.errors import NotFound, Precondition, unknown_id
from budget_system.core.money import ZERO
from budget_system.core.retry import RowMoved, retry_on_conflict
from campaigns.models import Campaign
from spending.enforcement.gate import Gate
from spending.enforcement.transactions import enforcing_campaigns
from spending.ledger.entries import (
    BookingResult,
    Recorded,
    SpendRow,
    SpendValues,
    archived_refusal,
    check_changes,
    entry_of,
    new_entry,
    outcome,
    require_free_external_id,
    wanted_values,
)
from spending.models import Spend


@retry_on_conflict
def record(
    *,
    campaign_id: UUID,
    amount: Decimal,
    spend_date: date | None = None,
    spend_type: str | None = None,
    description: str | None = None,
    external_id: str = "",
    now: datetime,
    by: Actor,
) -> Recorded:
    """Book one spend, move the totals it counts in, and enforce the budgets it touches, all in one transaction.

    `spend_date` is the brand's local date, today where it is left out. With an `external_id` that the campaign has
    already, what is sent replaces that entry, and an amount of zero voids it. Raise `ValidationError`: an unknown
    campaign, an archived one for a new entry, a date before 2000 or later than tomorrow, an amount of zero, or with a
    fraction that the brand's currency does not have.
    """
    values: SpendValues = {"amount": amount}
    if spend_date is not None:
        values["spend_date"] = spend_date
    if spend_type is not None:
        values["spend_type"] = spend_type
    if description is not None:
        values["description"] = description
    try:
        with enforcing_campaigns(campaign_id, now=now, by=by) as gate:
            campaign = _campaign(gate, campaign_id)
            known = Spend.objects.filter(campaign=campaign, external_id=external_id).first() if external_id else None
            result, changes = outcome(known, wanted_values(known, values))
            if known is None:
                return Recorded(_create(gate, campaign, {**values, "external_id": external_id}), result)
            known.campaign = campaign
            if result == BookingResult.VOIDED:
                _remove(gate, known)
                known.amount = ZERO
            elif changes:
                _change(gate, known, values, changes)
            return Recorded(known, result)
    except NotFound as error:
        raise ValidationError({"campaign": error.message}) from error


@retry_on_conflict
def change_spend(
    *, spend_id: UUID, values: SpendValues, now: datetime, by: Actor, check: Precondition[Spend] | None = None
) -> Spend:
    """Change what `values` hold and differ in; the counters move by the difference, the verdicts follow.

    Raise `NotFound`, `ValidationError` (see `record`; an archived or unknown campaign, or one of another currency, to
    move to; an `external_id` the campaign has already) and what `check` raises.
    """
    stored = _stored(spend_id, by.access)
    target_id = values.get("campaign_id", stored.campaign_id)
    targets = visible_rows(Campaign.objects.filter(pk=target_id), by.access)
    if target_id != stored.campaign_id and not targets.exists():
        raise ValidationError({"campaign": _why_not(target_id, by.access)})
    with enforcing_campaigns(*{stored.campaign_id, target_id}, now=now, by=by) as gate:
        spend = _locked(spend_id, stored.campaign_id, gate)
        if check is not None:
            check(spend)
        if changes := outcome(spend, values).changes:
            _change(gate, spend, values, changes)
    return spend


@retry_on_conflict
def remove_spend(*, spend_id: UUID, now: datetime, by: Actor, check: Precondition[Spend] | None = None) -> None:
    """Remove an entry from the ledger, its former value kept; the counters give it back, the verdicts follow.

    Raise `NotFound` and what `check` raises.
    """
    stored = _stored(spend_id, by.access)
    with enforcing_campaigns(stored.campaign_id, now=now, by=by) as gate:
        spend = _locked(spend_id, stored.campaign_id, gate)
        if check is not None:
            check(spend)
        _remove(gate, spend)


def _create(gate: Gate, campaign: Campaign, values: SpendValues) -> Spend:
    entry = new_entry(campaign, values, now=gate.now, by=str(gate.by))
    gate.book_new(campaign, entry)
    spend = Spend.from_db(DEFAULT_DB_ALIAS, SpendRow._fields, entry)
    spend.campaign = campaign
    return spend


def _change(gate: Gate, spend: Spend, values: SpendValues, changes: Mapping[str, object]) -> None:
    source, before = spend.campaign, entry_of(spend)
    target = gate.campaigns[values.get("campaign_id", spend.campaign_id)]
    if target != source:
        if target.archived_at is not None:
            raise ValidationError({"campaign": archived_refusal(target)})
        if target.brand.currency != source.brand.currency:
            raise ValidationError(
                {
                    "campaign": f"“{target}” spends {target.brand.currency}, this entry is {source.brand.currency}; "
                    "delete it here and book it there in the other currency."
                }
            )
    check_changes(changes, values, target.brand, gate.now)
    record_change(
        spend,
        changes=changes,
        brand_id=source.brand_id,
        to_brand_id=target.brand_id,
        now=gate.now,
        by=gate.by,
    )
    spend.campaign = target
    if {"external_id", "campaign_id"} & changes.keys():
        require_free_external_id(spend)
    spend.updated_at = gate.now
    spend.save(update_fields=[*changes, "updated_at"])
    gate.book(source, before=before)
    gate.book(target, after=entry_of(spend))


def _remove(gate: Gate, spend: Spend) -> None:
    record_deletions([spend], brand_id=spend.campaign.brand_id, now=gate.now, by=gate.by)
    gate.book(spend.campaign, before=entry_of(spend))
    Spend.objects.filter(pk=spend.pk).delete()


def _campaign(gate: Gate, campaign_id: UUID) -> Campaign:
    """Return a campaign, archived or not: its spends may still be corrected, unless the brand is archived."""
    campaign = gate.campaigns[campaign_id]
    if campaign.brand.archived_at is not None:
        raise NotFound(unknown_id("campaign", campaign_id))
    return campaign


def _stored(spend_id: UUID, access: BrandAccess) -> Spend:
    spend = visible_rows(Spend.objects.listed().filter(pk=spend_id), access).first()
    if spend is None:
        raise NotFound(unknown_id("spend", spend_id))
    return spend


def _locked(spend_id: UUID, campaign_id: UUID, gate: Gate) -> Spend:
    """Read the entry again, now that its campaign is locked."""
    spend = _stored(spend_id, gate.by.access)
    if spend.campaign_id != campaign_id:
        raise RowMoved
    spend.campaign = _campaign(gate, campaign_id)
    return spend


def _why_not(campaign_id: UUID, access: BrandAccess) -> str:
    archived = visible_rows(Campaign.everything.filter(pk=campaign_id, brand__archived_at__isnull=True), access).first()
    return archived_refusal(archived) if archived else unknown_id("campaign", campaign_id)
