"""Who belongs to which brand, and in which role; and the tokens by which programs log in."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.timezone import now
from knox.models import AuthToken
from uuid_utils.compat import uuid7

BEGINNING = 8
"""How many of a token's 64 characters are shown."""


class Role(models.TextChoices):
    """What a member may do with what belongs to the brand."""

    VIEWER = "VIEWER", "viewer: reads"
    MANAGER = "MANAGER", "manager: reads and writes"


class Membership(models.Model):
    """A user's role in a brand; a brand of which one is no member does not exist for that user."""

    brand_path: ClassVar[str] = "brand"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    brand = models.ForeignKey("brands.Brand", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=7, choices=Role, default=Role.VIEWER)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering: ClassVar = ["user", "brand"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "brand"], name="membership_unique"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.brand}: {self.get_role_display()}"


class Token(AuthToken):  # type: ignore[misc]  # the library has no types
    """A token of a user: its hash is stored, and the first characters, by which people tell tokens apart."""

    class Meta:
        proxy = True
        ordering: ClassVar = ["-created"]

    def __str__(self) -> str:
        return f"{self.beginning}… of {self.user}"

    @property
    def beginning(self) -> str:
        """The first characters of the token: enough to tell it from others, of no use to who would guess it."""
        return str(self.token_key)[:BEGINNING]

    def has_expired(self, at: datetime) -> bool:
        """Say whether it no longer works at an instant (UTC)."""
        return self.expiry is not None and self.expiry <= at
