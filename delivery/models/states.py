"""What a platform was seen to do with a campaign, beside what is wanted of it."""

from datetime import datetime
from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from brands.models import of_living_brand
from campaigns.models import Campaign, Platform
from delivery.models.accounts import Account


class Observed(models.TextChoices):
    """The state in which a campaign was last seen at its platform."""

    ACTIVE = "ACTIVE", "active"
    PAUSED = "PAUSED", "paused"
    NOT_FOUND = "NOT_FOUND", "not found"


class Drift(models.TextChoices):
    """Why a platform does something else than is wanted."""

    LATE = "late", "it has not followed yet"
    CHANGED = "changed", "somebody changed it there"
    MISSING = "missing", "it is not there"


SETTLED: Final = Q(observed=F("campaign__status"), observed_generation=F("campaign__generation"))
"""The platform does what is wanted, and was seen to do it for this generation."""


class DeliveryState(models.TextChoices):
    """How what was seen stands to what is wanted."""

    SETTLED = "settled", "settled"
    WAITING = "waiting", "waiting"
    DRIFTED = "drifted", "differs"
    CONTESTED = "contested", "yours to decide"


STATES: Final = {
    DeliveryState.SETTLED: SETTLED & Q(drift="", contested_at=None),
    DeliveryState.WAITING: ~SETTLED & Q(drift="", contested_at=None),
    DeliveryState.DRIFTED: ~Q(drift="") & Q(contested_at=None),
    DeliveryState.CONTESTED: Q(contested_at__isnull=False),
}
"""Each is in one of them, which `Delivery.state` says of one that was read."""


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Querysets of deliveries."""

    def enabled(self) -> "DeliveryQuerySet":
        """Keep those of campaigns that are switched on and not archived: nothing is sent for others."""
        return self.filter(
            of_living_brand("campaign__brand"), campaign__delivery_enabled=True, campaign__archived_at__isnull=True
        )

    def count_states(self) -> dict[DeliveryState, int]:
        """Count those in each state, in one query; states without any are left out."""
        state = models.Case(*(models.When(rule, then=models.Value(str(name))) for name, rule in STATES.items()))
        rows = self.order_by().annotate(in_state=state).values_list("in_state").annotate(models.Count("pk"))
        return {DeliveryState(name): number for name, number in rows}

    def settled(self) -> "DeliveryQuerySet":
        """Keep those whose platform does what is wanted, and was seen to do it for this generation."""
        return self.filter(SETTLED)

    def unsettled(self) -> "DeliveryQuerySet":
        """Keep the others."""
        return self.exclude(SETTLED)


class Delivery(models.Model):
    """One campaign at its platform; there is a row once its delivery has been switched on.

    What is wanted is the campaign's `status`, and how often that has changed its `generation`.
    """

    brand_path: ClassVar[str] = "campaign__brand"

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, primary_key=True, related_name="delivery")
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="deliveries")
    enabled_at = models.DateTimeField(default=now, help_text="When its delivery was last switched on.")
    observed = models.CharField(max_length=9, choices=Observed, blank=True, default="")
    observed_at = models.DateTimeField(null=True, blank=True)
    observed_generation = models.PositiveIntegerField(default=0)
    applied = models.CharField(
        max_length=9, choices=Observed, blank=True, default="", help_text="What was last set there by us."
    )
    applied_at = models.DateTimeField(null=True, blank=True)
    drift = models.CharField(max_length=7, choices=Drift, blank=True, default="")
    drift_since = models.DateTimeField(null=True, blank=True)
    reapplied = models.PositiveSmallIntegerField(default=0, help_text="How often it was set again against a change.")
    contested_at = models.DateTimeField(null=True, blank=True, help_text="Since when a person has to decide.")
    error = models.TextField(blank=True, default="", help_text="What the last try ran into.")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering: ClassVar = ["campaign__name_key", "campaign"]
        indexes: ClassVar = [
            models.Index(fields=["drift_since"], condition=Q(drift_since__isnull=False), name="delivery_drifted"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(observed__in=["", *Observed.values]), name="delivery_observed_known"),
            models.CheckConstraint(condition=Q(drift__in=["", *Drift.values]), name="delivery_drift_known"),
        ]

    def __str__(self) -> str:
        platform = self.campaign.platform
        return f"{self.campaign} at {Platform(platform).label}" if platform else str(self.campaign)

    @property
    def is_settled(self) -> bool:
        """Whether the platform does what is wanted, and was seen to do it for this generation."""
        campaign = self.campaign
        return self.observed == campaign.status and self.observed_generation == campaign.generation

    @property
    def is_contested(self) -> bool:
        """Whether a person has to decide what is to be done there."""
        return self.contested_at is not None

    @property
    def state(self) -> DeliveryState:
        """How what was seen stands to what is wanted; the same in SQL is `STATES`."""
        if self.is_contested:
            return DeliveryState.CONTESTED
        if self.drift:
            return DeliveryState.DRIFTED
        return DeliveryState.SETTLED if self.is_settled else DeliveryState.WAITING

    @property
    def changed_at(self) -> datetime:
        """The instant (UTC) since which this is wanted."""
        return self.campaign.status_changed_at or self.campaign.created_at
