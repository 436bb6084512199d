"""The outbox: what is to be sent, written in the same transaction as what it tells, and each try to send it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from uuid_utils.compat import uuid7

from brands.models import Brand


class Channel(models.TextChoices):
    """The way by which a message goes; each has one sender."""

    ALERTS = "alerts", "to all who subscribe"
    MAIL = "mail", "mail"
    PLATFORM = "platform", "platform"
    SLACK = "slack", "Slack"
    TEAMS = "teams", "Teams"
    WEBHOOK = "webhook", "webhook"


class MessageState(models.TextChoices):
    """What has become of a message."""

    WAITING = "waiting", "waiting"
    DELIVERED = "delivered", "delivered"
    FAILED = "failed", "given up"


class Message(models.Model):
    """One message to one receiver. Its id is the same in all tries, so that a receiver knows a repetition.

    It is claimed by `due_at` with a lease, sent outside any transaction, and settled afterwards, see
    `delivery.outbox`. One with a `key` is written once and becomes due again: it does not say what to do, but that
    there is something to look at.
    """

    brand_path: ClassVar[str] = "brand"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField(max_length=8, choices=Channel)
    receiver = models.CharField(max_length=64, help_text="Whom it reaches: few are sent to one at a time.")
    key = models.CharField(max_length=64, null=True, unique=True, help_text="Of a message that becomes due again.")
    revision = models.PositiveIntegerField(default=0, help_text="Rises whenever a message with a key is asked for.")
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, null=True, blank=True, related_name="messages")
    body: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=MessageState, default=MessageState.WAITING)
    created_at = models.DateTimeField(default=now, editable=False)
    due_at = models.DateTimeField(null=True, blank=True, default=now, help_text="Empty: settled.")
    leased_until = models.DateTimeField(null=True, blank=True, help_text="A sender has it until then.")
    attempts = models.PositiveIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, default="", help_text="What the last try ran into.")

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="message_due"),
            models.Index(fields=["settled_at"], condition=Q(state=MessageState.FAILED), name="message_given_up"),
            models.Index(fields=["receiver"], condition=Q(leased_until__isnull=False), name="message_leased"),
            models.Index(F("receiver"), F("created_at").desc(), F("id").desc(), name="message_of_receiver"),
            models.Index(F("created_at").desc(), F("id").desc(), name="message_newest_first"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="message_channel_known"),
            models.CheckConstraint(condition=Q(state__in=MessageState.values), name="message_state_known"),
        ]

    def __str__(self) -> str:
        way = self.get_channel_display()
        return f"{way[:1].upper()}{way[1:]}, {self.created_at:%Y-%m-%d %H:%M} UTC"


class Attempt(models.Model):
    """One try to send a message."""

    brand_path: ClassVar[str] = "message__brand"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    delivered = models.BooleanField()
    status = models.PositiveSmallIntegerField(null=True, help_text="The HTTP status that came back, if one did.")
    error = models.TextField(blank=True, default="")

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.message_id} at {self.at:%Y-%m-%d %H:%M:%S}: {self.error or 'delivered'}"
