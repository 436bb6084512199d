"""Who is told of alerts: persons by mail, channels by webhook, Slack or Teams."""

from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.deletion import Collector
from django.utils.timezone import now
from uuid_utils.compat import uuid7

from alerts.models.alerts import AlertKind
from brands.models import Brand
from budget_system.core.encryption import EncryptedJSONField
from delivery.models import Channel
from delivery.receivers import ReceiverKind, receiver_name

SUBSCRIBED_CHANNELS = [Channel.MAIL, Channel.WEBHOOK, Channel.SLACK, Channel.TEAMS]
SECRET_PREFIX: Final = "whsec_"
"""Before the base64 of a webhook's secret, as Standard Webhooks 1.0 writes it."""


class SubscriptionMode(models.TextChoices):
    """When mail is sent."""

    AT_ONCE = "at_once", "at once"
    DIGEST = "digest", "once a day, at 07:00"


def default_kinds() -> list[str]:
    """Return what is told unless a subscription says otherwise: all but the coming and going of each campaign."""
    return [kind for kind in AlertKind.values if kind not in (AlertKind.PAUSED, AlertKind.RESUMED)]


def keep_named_channels(
    collector: Collector, field: "models.Field[Any, Any]", sub_objs: "models.QuerySet[Any]", using: str
) -> None:
    """Delete with a user what is told in their place; keep channels that name their brands, without an owner.

    Not `SET_NULL` for a channel of every brand: without its owner, nobody would say of which brands it may be told.
    """
    named = Q(every_brand=False) & ~Q(channel=Channel.MAIL)
    models.SET_NULL(collector, field, sub_objs.filter(named), using)
    models.CASCADE(collector, field, sub_objs.exclude(named), using)


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Querysets of subscriptions."""

    def of_brand(self, brand_id: UUID) -> "SubscriptionQuerySet":
        """Keep those that say they want to hear of a brand, by name or as one of all."""
        named = Subscription.brands.through._default_manager.filter(subscription=OuterRef("pk"), brand=brand_id)
        return self.filter(Q(every_brand=True) | Q(Exists(named)))


class Subscription(models.Model):
    """A person's wish to be told by mail, or a channel that is told."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField(
        max_length=8, choices=[(channel.value, channel.label) for channel in SUBSCRIBED_CHANNELS]
    )
    name = models.CharField(max_length=255, blank=True, default="", help_text="What people call the channel.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=keep_named_channels, null=True, blank=True, related_name="subscriptions"
    )
    """Who gets the mail; of a channel, who has set it up and is told when it fails, as long as they are there."""
    brands = models.ManyToManyField(Brand, blank=True, related_name="subscriptions")
    every_brand = models.BooleanField(
        default=False, help_text="Of all brands, now and later; else of those named, be it none that is left."
    )
    kinds: "models.JSONField[list[str], list[str]]" = models.JSONField(default=default_kinds)
    mode = models.CharField(max_length=7, choices=SubscriptionMode, default=SubscriptionMode.AT_ONCE)
    timezone = models.CharField(max_length=64, default="UTC", help_text="Where it is 07:00 when a digest is sent.")
    digest_due_at = models.DateTimeField(null=True, blank=True)
    secrets: "EncryptedJSONField[dict[str, Any], dict[str, Any]]" = EncryptedJSONField(default=dict, blank=True)
    """Of a channel: `url`, which is a secret itself; of a webhook also `secret`, which signs its requests, and, after
    it was replaced, `former` until `former_until`.
    """
    is_active = models.BooleanField(default=True)
    failing_since = models.DateTimeField(null=True, blank=True, help_text="Since when nothing has arrived.")
    switched_off = models.TextField(blank=True, default="", help_text="Why it was switched off.")
    created_by = models.CharField(max_length=255, blank=True, default="")
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(channel__in=[channel.value for channel in SUBSCRIBED_CHANNELS]),
                name="subscription_channel_known",
            ),
            models.CheckConstraint(
                condition=~Q(channel=Channel.MAIL) | Q(user__isnull=False), name="subscription_mail_of_a_person"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["digest_due_at"], condition=Q(digest_due_at__isnull=False), name="subscription_digest_due"
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.get_channel_display()} to {self.user}"

    @property
    def receiver(self) -> str:
        """The name under which the outbox knows it."""
        return receiver_name(ReceiverKind.SUBSCRIPTION, self.pk)

    @property
    def username(self) -> str:
        """Whose mail it is, or who has set the channel up; empty where that is nobody known."""
        return self.user.get_username() if self.user is not None else ""

    @property
    def url(self) -> str:
        """Where a channel is told; empty for mail."""
        return str(self.secrets.get("url", ""))

    @property
    def host(self) -> str:
        """What may be shown of the address."""
        return urlsplit(self.url).hostname or ""

    def signing_secrets(self, at: datetime) -> list[str]:
        """Return what a webhook's requests are signed with at an instant (UTC): the newest first, and a former one as
        long as it is valid.
        """
        held = self.secrets
        former = [held["former"]] if "former" in held and at < datetime.fromisoformat(held["former_until"]) else []
        return [*([held["secret"]] if "secret" in held else []), *former]
