"""Accounts at platforms, through which campaigns are switched and their costs are read."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from uuid_utils.compat import uuid7

from brands.models import Brand
from budget_system.core.encryption import EncryptedJSONField
from campaigns.models import Platform
from delivery.receivers import ReceiverKind, receiver_name


class Connector(models.TextChoices):
    """What speaks to the platform for an account."""

    SCRIPT = "", "a script of the account's own, which asks the feed"
    SANDBOX = "sandbox", "sandbox"


class AccountState(models.TextChoices):
    """Whether an account is used."""

    CONNECTED = "connected", "connected"
    STOPPED = "stopped", "stopped"


class AccountQuerySet(models.QuerySet["Account"]):
    """Querysets of accounts."""

    def called(self) -> Self:
        """Keep those whose platform is called from here: connected ones, but for those that a script serves."""
        return self.filter(state=AccountState.CONNECTED).exclude(connector=Connector.SCRIPT)


class Account(models.Model):
    """A brand's account at a platform."""

    brand_path: ClassVar[str] = "brand"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="accounts")
    platform = models.CharField(max_length=16, choices=Platform)
    external_id = models.CharField(max_length=64, help_text="The account's id on the platform.")
    connector = models.CharField(max_length=16, choices=Connector, blank=True, default=Connector.SCRIPT)
    name = models.CharField(max_length=255, blank=True, default="", help_text="What the platform calls it.")
    currency = models.CharField(max_length=3, blank=True, default="")
    timezone = models.CharField(max_length=64, blank=True, default="", help_text="Its midnight begins its days.")
    zone_confirmed_by = models.CharField(
        max_length=255, blank=True, default="", help_text="Who accepted that its days differ from the brand's."
    )
    credentials: "EncryptedJSONField[dict[str, Any], dict[str, Any]]" = EncryptedJSONField(default=dict, blank=True)
    state = models.CharField(max_length=9, choices=AccountState, default=AccountState.CONNECTED)
    error = models.TextField(blank=True, default="", help_text="Why it is stopped, or what the last call ran into.")
    error_at = models.DateTimeField(null=True, blank=True)  # since when, not when it last did
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When it last answered, or its script last asked.")
    looked_at = models.DateTimeField(null=True, blank=True, help_text="When all its campaigns were last looked at.")
    costs_read_at = models.DateTimeField(null=True, blank=True)
    fresh_since = models.DateTimeField(
        null=True, blank=True, help_text="When its costs, last read too long before, were read again."
    )
    costs_due_at = models.DateTimeField(null=True, blank=True, help_text="When costs are read next.")
    not_booked: "models.JSONField[list[Any], list[Any]]" = models.JSONField(
        default=list, blank=True, help_text="What it cost that stands nowhere here: id, name, amount, and why."
    )
    created_by = models.CharField(max_length=255, blank=True, default="")
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects = AccountQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["platform", "external_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "platform", "external_id"], name="account_unique"),
            models.CheckConstraint(condition=Q(connector__in=Connector.values), name="account_connector_known"),
            models.CheckConstraint(condition=Q(state__in=AccountState.values), name="account_state_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["costs_due_at"], condition=Q(costs_due_at__isnull=False), name="account_costs_due"),
        ]

    def __str__(self) -> str:
        return f"{self.get_platform_display()} {self.external_id}"

    @property
    def is_called(self) -> bool:
        """Whether its platform is called from here; see `AccountQuerySet.called`."""
        return self.state == AccountState.CONNECTED and self.connector != Connector.SCRIPT

    @property
    def receiver(self) -> str:
        """The name under which the outbox knows it."""
        return receiver_name(ReceiverKind.ACCOUNT, self.pk)
