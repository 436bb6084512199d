"""Links by which a client reads one month without a login."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.utils.timezone import now
from uuid_utils.compat import uuid7

from brands.models.brands import Brand


class LinkState(StrEnum):
    """Whether a link opens its page."""

    WORKS = "works"
    EXPIRED = "expired"
    REVOKED = "revoked"


class MonthLink(models.Model):
    """A read-only link to one month of one brand; of its token only a hash is stored, and the first characters."""

    brand_path: ClassVar[str] = "brand"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="month_links")
    month = models.DateField(help_text="The first day of the month that it shows.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    beginning = models.CharField(max_length=8, editable=False)
    created_by = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField()
    revoked_by = models.CharField(max_length=255, blank=True, default="")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="month_link_expires_later"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.beginning}… to {self.month:%Y-%m} of {self.brand}"

    def state(self, at: datetime) -> LinkState:
        """Return whether the link works at an instant (UTC)."""
        if self.revoked_at is not None:
            return LinkState.REVOKED
        return LinkState.EXPIRED if self.expires_at <= at else LinkState.WORKS
