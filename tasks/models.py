"""What the system stores of its own running: when tasks last finished, and responses that may be repeated."""

from typing import ClassVar

from django.db import models

PATH_LENGTH = 255
"""Far longer than the address of any row."""


class Heartbeat(models.Model):
    """When a task last finished; a tick that changed nothing writes this one row and no other."""

    name = models.CharField(primary_key=True, max_length=100)
    finished_at = models.DateTimeField()
    seconds = models.FloatField(null=True, help_text="How long it took.")

    def __str__(self) -> str:
        return f"{self.name} at {self.finished_at:%Y-%m-%d %H:%M:%S}"


class IdempotencyKey(models.Model):
    """A caller's `Idempotency-Key`, and the first response to it.

    The key is claimed before the work begins; the response is stored in the transaction that does the work. A claim
    whose work died with its process expires by itself.
    """

    caller = models.CharField(max_length=150, help_text="Who sent it; empty where nobody's name was asked.")
    path = models.CharField(max_length=PATH_LENGTH)
    key = models.CharField(max_length=255)
    body = models.CharField(max_length=64, help_text="SHA-256 of the request's body.")
    claimed_until = models.DateTimeField(help_text="When the claim lapses unless a response is there.")
    created_at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True, help_text="Null: at work.")
    headers: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    response = models.TextField(
        blank=True, default="", help_text="The body of the response, or a record of it, as JSON."
    )
    owners: "models.JSONField[list[str] | None, list[str] | None]" = models.JSONField(
        null=True, help_text="Ids that tell whose the response is; null where its body does."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["caller", "path", "key"], name="idempotency_key_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.key} at {self.path}"


class IdempotencyUsage(models.Model):
    """How many bytes of responses have been stored for a caller's keys in an hour."""

    caller = models.CharField(max_length=150)
    hour = models.DateTimeField(help_text="When the hour began.")
    stored = models.PositiveBigIntegerField(default=0, help_text="Bytes; responses of 1 kB and less are not counted.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hour", "caller"], name="idempotency_usage_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.stored} bytes of {self.caller} from {self.hour:%Y-%m-%d %H:%M}"
