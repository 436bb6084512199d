"""A person's decision where a platform does something else than is wanted: ours, or theirs."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from brands.access.memberships import visible_rows
from budget_system.core.actors import Actor
from budget_system.core.errors import Conflict, NotFound
from budget_system.core.retry import retry_on_conflict
from campaigns.models import Campaign
from campaigns.services import activate_campaign, change_campaign, pause_campaign
from campaigns.status import PauseReason
from delivery.drift_alerts import close_drifts
from delivery.models import Delivery, Observed
from delivery.outbox import request_push
from delivery.recording import locked


class Choice(StrEnum):
    """Whose state holds."""

    OURS = "ours"
    THEIRS = "theirs"


@retry_on_conflict
@transaction.atomic
def decide(*, campaign_id: UUID, choice: Choice, note: str = "", now: datetime, by: Actor) -> Campaign:
    """Carry out what a person decides for a campaign.

    Ours: it is set at the platform again, and the count of changes there begins anew. Theirs: what is seen there
    becomes a person's pause or activation here; of a campaign that is gone there, the delivery is switched off.

    Raise `NotFound` where it has no delivery, and `Conflict` where what is seen there is not to be had here.
    """
    rows = Campaign.objects.filter(pk=campaign_id, delivery_enabled=True, delivery__isnull=False)
    campaign = visible_rows(rows, by.access).select_related("brand", "delivery").first()
    if campaign is None:
        raise NotFound(f"No campaign with this id is delivered to a platform: “{campaign_id}”.")
    by.require_write(campaign.brand_id)
    if choice == Choice.THEIRS:
        _take_theirs(campaign, note, now, by)
    for delivery in locked([campaign_id]):
        delivery.reapplied, delivery.contested_at = 0, None
        if choice == Choice.THEIRS:
            delivery.drift, delivery.drift_since = "", None
            close_drifts([campaign_id], now=now)
        delivery.save(update_fields=["reapplied", "contested_at", "drift", "drift_since"])
    request_push([campaign_id], now=now)
    return Campaign.objects.get(pk=campaign_id)


def _take_theirs(campaign: Campaign, note: str, now: datetime, by: Actor) -> None:
    observed = campaign.delivery.observed
    if observed == Observed.NOT_FOUND:
        change_campaign(campaign_id=campaign.pk, values={"delivery_enabled": False}, now=now, by=by)
    elif observed == Observed.PAUSED:
        pause_campaign(campaign_id=campaign.pk, note=note, now=now, by=by)
    elif observed == Observed.ACTIVE:
        if rules := [reason for reason in campaign.blocked_by if reason != PauseReason.MANUAL]:
            raise Conflict(
                f"“{campaign}” cannot run here: {PauseReason(rules[0]).label}. Change that first, or decide for ours."
            )
        if campaign.brand.is_held:
            raise Conflict(
                f"“{campaign.brand}” is held, so “{campaign}” cannot run here. Release it, or decide for ours."
            )
        activate_campaign(campaign_id=campaign.pk, note=note, now=now, by=by)
    else:
        raise Conflict(f"“{campaign}” was not seen at its platform yet; there is nothing to take over.")


def may_decide(delivery: Delivery) -> bool:
    """Return whether there is something to decide."""
    return delivery.campaign.delivery_enabled and bool(delivery.drift or delivery.contested_at)
