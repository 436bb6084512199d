"""Campaigns in the admin."""

from campaigns.admin.campaigns import CampaignAdmin
from campaigns.admin.events import StatusEventAdmin

__all__ = ["CampaignAdmin", "StatusEventAdmin"]
