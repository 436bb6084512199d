"""Alerts: something that concerns people began, and perhaps ended."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from uuid_utils.compat import uuid7

from brands.models import Brand, of_living_brand
from campaigns.models import Campaign


class AlertKind(models.TextChoices):
    """What an alert is about."""

    THRESHOLD = "budget.threshold", "part of a budget spent"
    WILL_EXCEED = "budget.will_exceed", "budget will be exceeded"
    PAUSED = "campaign.paused", "campaign paused by the rules"
    RESUMED = "campaign.resumed", "campaign resumed by the rules"
    SILENT = "spend.silent", "no spend where there was some"
    IMPORT_FAILED = "import.failed", "import failed"
    DRIFT = "totals.drift", "totals differ from the ledger"
    DELIVERY_DRIFTED = "delivery.drifted", "platform differs from what is wanted"
    CONNECTION_FAILED = "connection.failed", "connection failed"
    STALE = "account.stale", "costs not read for too long"


PERIOD_NAMES: Final[Mapping[str, str | None]] = {"": None, "D": "day", "M": "month"}
"""What is told of a budget's period, to programs too."""


class AlertState(StrEnum):
    """Whether what an alert tells still holds."""

    OPEN = "open"
    RESOLVED = "resolved"


class AlertQuerySet(models.QuerySet["Alert"]):
    """Querysets of alerts."""

    def open(self) -> "AlertQuerySet":
        """Keep what still holds."""
        return self.filter(resolved_at__isnull=True)

    def listed(self) -> "AlertQuerySet":
        """Keep what lists show: all but those of archived brands."""
        return self.filter(of_living_brand("brand"))


class Alert(models.Model):
    """Something that people are told once: when it began, and when it ended.

    Of what its `key` names only one is open at a time, whatever races. Alerts that belong together (the thresholds that
    one spend has crossed, the campaigns that one transaction has paused) have one `batch`, and make one message.
    """

    brand_path: ClassVar[str] = "brand"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=20, choices=AlertKind)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="alerts")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, null=True, blank=True, related_name="alerts")
    key = models.CharField(max_length=160, editable=False, help_text="What it is about.")
    batch = models.UUIDField(default=uuid7, editable=False)
    period = models.CharField(max_length=1, blank=True, default="", help_text="D: day, M: month.")
    start = models.DateField(null=True, blank=True, help_text="The first day of the period.")
    threshold = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Percent of the budget.")
    at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    figures: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    message = models.TextField()
    muted_by = models.CharField(max_length=255, blank=True, default="", help_text="Who wants to hear no more of it.")
    muted_at = models.DateTimeField(null=True, blank=True)
    mute_note = models.TextField(blank=True, default="", help_text="Why.")

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], condition=Q(resolved_at__isnull=True), name="alert_open_once"),
            models.CheckConstraint(condition=Q(kind__in=AlertKind.values), name="alert_kind_known"),
        ]
        indexes: ClassVar = [
            models.Index(F("at").desc(), F("id").desc(), name="alert_newest_first"),
            models.Index(F("brand"), F("at").desc(), F("id").desc(), name="alert_of_brand"),
            models.Index(F("campaign"), F("at").desc(), F("id").desc(), name="alert_of_campaign"),
            models.Index(fields=["brand", "kind"], condition=Q(resolved_at__isnull=True), name="alert_open"),
            models.Index(fields=["batch"], name="alert_batch"),
        ]

    def __str__(self) -> str:
        return self.message

    @property
    def state(self) -> AlertState:
        """Whether it still holds."""
        return AlertState.OPEN if self.resolved_at is None else AlertState.RESOLVED

    @property
    def period_name(self) -> str | None:
        """The period of the budget that it is about, in a word; `None` where it is about none."""
        return PERIOD_NAMES[self.period]

    @property
    def muted_until_change(self) -> bool:
        """Whether nothing more is told of it until it ends."""
        return self.muted_at is not None and self.resolved_at is None


def alert_key(kind: AlertKind, owner: UUID, *more: object) -> str:
    """Return the key of an alert: its kind, whom it concerns, and what else tells it from others."""
    return ":".join([kind, str(owner), *map(str, more)])


def owner_of_key(key: str) -> UUID:
    """Return whom the alert of a key concerns; see `alert_key`."""
    return UUID(key.split(":")[1])
