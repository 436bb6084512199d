"""What changed a campaign's status, and what a person ordered."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F
from uuid_utils.compat import uuid7

from brands.models import Brand
from campaigns.models.campaigns import Campaign
from campaigns.status import CampaignStatus, PauseReason, from_bits


class Order(models.TextChoices):
    """What a person may order."""

    PAUSE = "PAUSE", "pause"
    ACTIVATE = "ACTIVATE", "activate"
    HOLD = "HOLD", "hold"
    RELEASE = "RELEASE", "release"


class StatusEvent(models.Model):
    """A change of status or reason, or an order of a person: why, with which figures, and by whom.

    A brand's hold or release is kept once without a campaign, and once for every campaign whose status it changed.
    """

    brand_path: ClassVar[str] = "brand"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="status_events")
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, null=True, blank=True, related_name="status_events"
    )
    at = models.DateTimeField()
    from_status = models.CharField(max_length=6, choices=CampaignStatus, blank=True, default="")
    to_status = models.CharField(max_length=6, choices=CampaignStatus, blank=True, default="")
    pause_reason = models.CharField(max_length=24, choices=PauseReason, null=True, blank=True)
    blocked = models.PositiveSmallIntegerField(default=0)
    figures: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    by = models.CharField(max_length=255)
    order = models.CharField(max_length=8, choices=Order, blank=True, default="")
    note = models.TextField(blank=True, default="")

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [
            models.Index(F("campaign"), F("at").desc(), F("id").desc(), name="status_event_of_campaign"),
            models.Index(F("brand"), F("at").desc(), name="status_event_of_brand"),
            models.Index(F("at").desc(), name="status_event_at"),
        ]

    def __str__(self) -> str:
        what = f"{self.from_status} → {self.to_status}" if self.to_status else self.get_order_display()
        return f"{self.brand}: {what}"  # not the campaign, which may have moved out of sight

    @property
    def blocked_by(self) -> list[PauseReason]:
        """Return every reason that held, in the order of the verdict."""
        return from_bits(self.blocked)
