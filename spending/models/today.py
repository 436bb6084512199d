"""What the page of today keeps: of each person when they were here and what they put away, and what drifted."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from brands.models import Brand


class Visit(models.Model):
    """When a person was last on the page, and what “since you were last here” counts from."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    seen_at = models.DateTimeField(help_text="The last request, to the minute.")
    since = models.DateTimeField(null=True, help_text="The last request of the visit before this one.")

    def __str__(self) -> str:
        return f"{self.user_id} at {self.seen_at:%Y-%m-%d %H:%M}"


class PutAway(models.Model):
    """A matter that a person does not want to see until it says something else."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=100, help_text="What it is about.")
    fingerprint = models.CharField(max_length=255, help_text="What it said.")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "key"], name="put_away_once")]

    def __str__(self) -> str:
        return self.key


class DriftFound(models.Model):
    """The last drift of a brand's totals from its ledger that a check found."""

    brand_path: ClassVar[str] = "brand"

    brand = models.OneToOneField(Brand, on_delete=models.CASCADE, primary_key=True, related_name="+")
    at = models.DateTimeField()
    totals = models.PositiveIntegerField(help_text="How many totals had drifted.")
    left = models.PositiveIntegerField(help_text="How many of them still have.")
    text = models.TextField(help_text="The first of them, in words.")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["at"], name="drift_found_at")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(left__lte=models.F("totals")), name="drift_left_within_found"),
        ]

    def __str__(self) -> str:
        return self.text
