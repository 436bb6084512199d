"""A client of the agency, and the record of what people changed."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final, Self
from uuid import UUID

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Upper
from django.utils.timezone import now
from uuid_utils.compat import uuid7

from brands.calendar import end_of_day, first_of_month, local_date
from budget_system.core.fields import EPOCH, FoldedField, SearchKeyField
from budget_system.core.money import MoneyField


class BrandQuerySet(models.QuerySet["Brand"]):
    """Querysets of brands."""

    def living(self) -> Self:
        """Keep brands that are not archived."""
        return self.filter(archived_at__isnull=True)

    def ids(self, chosen: Collection[UUID] | None = None) -> list[UUID]:
        """Return the ids of these brands, or of the chosen ones among them."""
        brands = self if chosen is None else self.filter(pk__in=chosen)
        return list(brands.order_by().values_list("pk", flat=True))


BrandManager = models.Manager.from_queryset(BrandQuerySet)


class LivingBrands(BrandManager["Brand"]):
    """Brands that are not archived."""

    def get_queryset(self) -> BrandQuerySet:
        """Exclude archived brands."""
        return BrandQuerySet(self.model, using=self._db).living()


CLOCK_TOLERANCE: Final = timedelta(hours=1)
"""A clock that is fast by less than this gives the right date again before anybody has noticed."""


def default_thresholds() -> list[int]:
    """Return the percents of a budget at which people are alerted unless a brand says others."""
    return [50, 80, 100]


LEAST_FIGURES_AGE: Final = 1
MOST_FIGURES_AGE: Final = 168
"""Hours: a week."""


class Brand(models.Model):
    """A client: two budgets that its campaigns share, in its own currency, on its own calendar."""

    brand_path: ClassVar[str] = "pk"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=255)
    name_key = FoldedField(source="name")
    search_key = SearchKeyField(source="name")
    daily_budget = MoneyField(null=True, blank=True, help_text="Empty: no limit. 0.00: nothing may be spent.")
    monthly_budget = MoneyField(null=True, blank=True, help_text="Empty: no limit. 0.00: nothing may be spent.")
    timezone = models.CharField(max_length=64, default="UTC", help_text="IANA name; its midnight begins the day.")
    currency = models.CharField(max_length=3, default="USD", help_text="ISO 4217, two decimals or none.")
    alert_thresholds: "models.JSONField[list[int], list[int]]" = models.JSONField(
        default=default_thresholds,
        db_default=Value([50, 80, 100], models.JSONField()),
        help_text="At which percents of its budgets, and of its campaigns' caps, people are alerted.",
    )
    figures_max_age_hours = models.PositiveSmallIntegerField(
        default=3,
        db_default=3,
        help_text="How old the costs of a connected account may be: nothing is switched on by older ones.",
    )
    is_held = models.BooleanField(default=False, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    today = models.DateField(default=date(1970, 1, 1), editable=False, help_text="The local day decided last.")
    this_month = models.DateField(default=date(1970, 1, 1), editable=False, help_text="The first of that day's month.")
    day_ends_at = models.DateTimeField(default=EPOCH, editable=False, db_index=True, help_text="When that day ends.")
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects = LivingBrands()
    everything = BrandManager()

    class Meta:
        ordering: ClassVar = ["name_key", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["name_key"], condition=Q(archived_at__isnull=True), name="brand_name_unique"
            ),
            models.CheckConstraint(
                condition=Q(daily_budget__isnull=True) | Q(daily_budget__gte=0), name="brand_daily_budget_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(monthly_budget__isnull=True) | Q(monthly_budget__gte=0),
                name="brand_monthly_budget_not_negative",
            ),
            models.CheckConstraint(condition=Q(currency=Upper("currency")), name="brand_currency_in_capitals"),
            models.CheckConstraint(condition=~Q(name=""), name="brand_name_not_empty"),
            models.CheckConstraint(
                condition=Q(figures_max_age_hours__range=(LEAST_FIGURES_AGE, MOST_FIGURES_AGE)),
                name="brand_figures_max_age_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def begin_day(self, now: datetime) -> None:
        """Set the current local day and month at `now` (UTC), and when the day ends."""
        self.today = local_date(now, self.timezone)
        self.this_month = first_of_month(self.today)
        self.day_ends_at = end_of_day(now, self.timezone)

    def catch_up(self, now: datetime) -> None:
        """Begin the day if the last one has ended; one that has begun stays, even if `now` lies before it."""
        if self.day_ends_at <= now:
            self.begin_day(now)

    def is_ahead(self, now: datetime) -> bool:
        """Return whether the current day lies in the future: the clock was fast as it began, and has been set back."""
        return self.today > local_date(now + CLOCK_TOLERANCE, self.timezone)


class ChangeAction(models.TextChoices):
    """What a person did to a row."""

    CREATED = "CREATED", "created"
    CHANGED = "CHANGED", "changed"
    DELETED = "DELETED", "deleted"
    ARCHIVED = "ARCHIVED", "archived"
    RESTORED = "RESTORED", "restored"
    PURGED = "PURGED", "purged"


def of_living_brand(path: str) -> Q:
    """Return the condition that the brand to which a lookup leads is not archived.

    Not a join: SQLite would begin with the brands, and sort all rows of a list.
    """
    return Q(Exists(Brand.objects.order_by().filter(pk=OuterRef(path))))


class Change(models.Model):
    """One change of a row: who, when, and the values before and after.

    It names its row by kind and id and has no foreign key, so it outlives the row.
    """

    brand_path: ClassVar[str] = "brand_id"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField()
    by = models.CharField(max_length=255)
    kind = models.CharField(max_length=16)
    object_id = models.UUIDField()
    brand_id = models.UUIDField()
    to_brand_id = models.UUIDField(null=True, blank=True, help_text="Where it moved the row, if to another brand.")
    action = models.CharField(max_length=8, choices=ChangeAction)
    before: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    after: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [
            models.Index(F("object_id"), F("at").desc(), F("id").desc(), name="change_of_object"),
            models.Index(F("at").desc(), F("id").desc(), name="change_newest_first"),
            models.Index(F("brand_id"), F("at").desc(), F("id").desc(), name="change_of_brand"),
            # A window is gone from its table once it is deleted: only its changes tell whose it was.
            models.Index(F("after__campaign"), name="change_to_window_of", condition=Q(kind="schedule")),
            models.Index(F("before__campaign"), name="change_from_window_of", condition=Q(kind="schedule")),
            # Moves are few, and asked for by themselves.
            models.Index(fields=["brand_id"], condition=Q(to_brand_id__isnull=False), name="change_moves_from_brand"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id} {self.action} by {self.by}"
