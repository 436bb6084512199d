"""What the system keeps of its own running: when tasks last finished, and answers that may be asked for again."""

from typing import ClassVar

from django.db import models

PATH_LENGTH = 255
"""Far longer than the address of any row."""


class Heartbeat(models.Model):
    """When a task last finished; a tick at which nothing changed writes this one row and no other."""

    name = models.CharField(primary_key=True, max_length=100)
    finished_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.finished_at:%Y-%m-%d %H:%M:%S}"


class IdempotencyKey(models.Model):
    """A caller's `Idempotency-Key`, and the first answer given to it.

    The key is claimed before the work begins; the answer is stored in the transaction that does the work. A claim whose
    work died with its process lapses by itself.
    """

    caller = models.CharField(max_length=150, help_text="Who sent it; empty where nobody's name was asked.")
    path = models.CharField(max_length=PATH_LENGTH)
    key = models.CharField(max_length=255)
    body = models.CharField(max_length=64, help_text="SHA-256 of the request's body.")
    claimed_until = models.DateTimeField(help_text="When the claim lapses unless an answer is there.")
    created_at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True, help_text="Null: at work.")
    headers: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    answer = models.TextField(blank=True, default="", help_text="The body of the answer, as JSON.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["caller", "path", "key"], name="idempotency_key_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.key} at {self.path}"
