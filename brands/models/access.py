"""Who belongs to which brand, and in which role; and the tokens by which programs log in."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.utils.timezone import now
from knox.models import AuthToken
from uuid_utils.compat import uuid7

DUPLICATE_MEMBERSHIP = "There is already a membership in every brand: change its role instead."
TOKEN_PREFIX_LENGTH = 8
"""How many of a token's 64 characters are shown."""


class Role(models.TextChoices):
    """What a member may do with what belongs to the brand."""

    VIEWER = "VIEWER", "viewer: reads"
    MANAGER = "MANAGER", "manager: reads and writes"


class Membership(models.Model):
    """A role in a brand, or in every present and future brand; of a user, or of all users in a group.

    A brand in which a user has no role, neither directly nor by a group, does not exist for that user.
    """

    brand_path: ClassVar[str] = "brand"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships", null=True, blank=True
    )
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships", null=True, blank=True)
    brand = models.ForeignKey(
        "brands.Brand", on_delete=models.CASCADE, related_name="memberships", null=True, blank=True
    )
    """Empty stands for every brand."""
    role = models.CharField(max_length=7, choices=Role, default=Role.VIEWER)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering: ClassVar = [
            models.F("user__username").asc(nulls_last=True),
            models.F("group__name").asc(nulls_last=True),
            models.F("brand__name_key").asc(nulls_first=True),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=True, group__isnull=False)
                | models.Q(user__isnull=False, group__isnull=True),
                name="membership_of_user_or_group",
                violation_error_message="A membership is of a user or of a group: choose one of the two.",
            ),
            # A NULL is like no other to a unique constraint, so each holds only where neither column is NULL.
            models.UniqueConstraint(fields=["user", "brand"], name="membership_unique"),
            models.UniqueConstraint(fields=["group", "brand"], name="membership_of_group_unique"),
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(brand__isnull=True),
                name="membership_in_every_brand_unique",
                violation_error_message=DUPLICATE_MEMBERSHIP,
            ),
            models.UniqueConstraint(
                fields=["group"],
                condition=models.Q(brand__isnull=True),
                name="membership_of_group_in_every_brand_unique",
                violation_error_message=DUPLICATE_MEMBERSHIP,
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        holder = self.user or f"group “{self.group}”"
        return f"{holder} in {self.brand or 'every brand'}: {self.get_role_display()}"


class Token(AuthToken):  # type: ignore[misc]  # the library has no types
    """A user's token: stored are its hash, and the first characters, by which people tell tokens apart."""

    class Meta:
        proxy = True
        ordering: ClassVar = ["-created"]

    def __str__(self) -> str:
        return f"{self.beginning}… of {self.user}"

    @property
    def beginning(self) -> str:
        """The first characters of the token: enough to tell it from others, useless for guessing it."""
        return str(self.token_key)[:TOKEN_PREFIX_LENGTH]

    def has_expired(self, at: datetime) -> bool:
        """Return whether the token no longer works at an instant (UTC)."""
        return self.expiry is not None and self.expiry <= at


class Scope(models.TextChoices):
    """What alone a token may do; without one it may do what its user may."""

    DELIVERY = "delivery", "ask what is wanted of campaigns at their platforms, and acknowledge it"


class TokenScope(models.Model):
    """That a token may do only this."""

    token = models.OneToOneField(AuthToken, on_delete=models.CASCADE, primary_key=True, related_name="scope")
    only = models.CharField(max_length=16, choices=Scope)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(only__in=Scope.values), name="token_scope_known"),
        ]

    def __str__(self) -> str:
        return f"only {self.get_only_display()}"
