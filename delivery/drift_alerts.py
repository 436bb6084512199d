"""The alerts of campaigns whose platform does something else than is wanted."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from alerts.models import Alert, AlertKind
from alerts.models.alerts import alert_key
from alerts.writing import open_alerts, resolve_alerts
from campaigns.models import Platform
from campaigns.status import CampaignStatus
from delivery.models import Delivery, Drift, Observed

DOES = {Observed.ACTIVE: "runs", Observed.PAUSED: "is paused", Observed.NOT_FOUND: "is not there"}
SHOULD = {CampaignStatus.ACTIVE: "it should run", CampaignStatus.PAUSED: "it should be paused"}


def open_drifts(deliveries: Collection[Delivery], *, now: datetime) -> None:
    """Alert once to campaigns that drift, those of a brand in one message."""
    batches: dict[UUID, UUID] = defaultdict(uuid7)
    open_alerts(
        [
            Alert(
                kind=AlertKind.DELIVERY_DRIFTED,
                brand=delivery.campaign.brand,
                campaign=delivery.campaign,
                key=drift_key(delivery.pk),
                batch=batches[delivery.campaign.brand_id],
                at=now,
                figures={
                    "drift": delivery.drift,
                    "wanted": delivery.campaign.status,
                    "observed": delivery.observed or None,
                    "platform": delivery.campaign.platform,
                    "external_id": delivery.campaign.external_id,
                },
                message=drift_sentence(delivery),
            )
            for delivery in deliveries
        ],
        now=now,
    )


def close_drifts(campaign_ids: Collection[UUID], *, now: datetime) -> None:
    """Resolve the alerts of campaigns that drift no longer."""
    resolve_alerts([drift_key(pk) for pk in campaign_ids], now=now)


def drift_key(campaign_id: UUID) -> str:
    """Return the key of a campaign's alert."""
    return alert_key(AlertKind.DELIVERY_DRIFTED, campaign_id)


def drift_sentence(delivery: Delivery) -> str:
    """Return what a platform does with a campaign, and what is wanted."""
    campaign = delivery.campaign
    of = f"Campaign “{campaign}” of “{campaign.brand}”"
    where = f"at {Platform(campaign.platform).label}" if campaign.platform else "at its platform"
    should = SHOULD[CampaignStatus(campaign.status)]
    if not delivery.observed:
        return f"{of} was not seen {where} yet; {should}."
    does = DOES[Observed(delivery.observed)]
    if delivery.drift == Drift.CHANGED:
        return f"Somebody changed campaign “{campaign}” of “{campaign.brand}” {where}, where {should}."
    return f"{of} {does} {where}; {should}."
