"""Campaigns, and the events that tell how each came to its status."""

from campaigns.models.campaigns import Campaign, CampaignQuerySet, Platform, brands_of_campaigns
from campaigns.models.conditions import CONTRADICTORY, HELD_BACK, WITHOUT_SCHEDULE
from campaigns.models.events import Order, StatusEvent
from campaigns.status import CampaignStatus, PauseReason

__all__ = [
    "CONTRADICTORY",
    "HELD_BACK",
    "WITHOUT_SCHEDULE",
    "Campaign",
    "CampaignQuerySet",
    "CampaignStatus",
    "Order",
    "PauseReason",
    "Platform",
    "StatusEvent",
    "brands_of_campaigns",
]
