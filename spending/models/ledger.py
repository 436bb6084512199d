"""The ledger, and the totals that follow from it."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.timezone import now
from uuid_utils.compat import uuid7

from brands.models import Brand, of_living_brand
from budget_system.core.money import MoneyField, money
from budget_system.core.text import date_text
from campaigns.models import Campaign
from spending.models.imports import Import

FIRST_DATE = date(2000, 1, 1)


class SpendType(models.TextChoices):
    """What a spend counts in."""

    DAILY = "DAILY", "daily: counts in its day and its month"
    MONTHLY = "MONTHLY", "monthly: counts in its month only"


class Period(models.TextChoices):
    """What a total is of."""

    DAY = "D", "day"
    MONTH = "M", "month"


class SpendQuerySet(models.QuerySet["Spend"]):
    """Querysets of spends."""

    def listed(self) -> "SpendQuerySet":
        """Keep what the ledger's list shows: all but those of archived brands; an archived campaign's stay."""
        # Not a join: SQLite would begin with the brands, and sort the whole ledger for each page.
        listed = Campaign.everything.order_by().filter(of_living_brand("brand"), pk=OuterRef("campaign"))
        return self.filter(Exists(listed))


class Spend(models.Model):
    """One entry of a brand's ledger.

    The amount is whole cents in the column, see `MoneyField`.
    """

    brand_path: ClassVar[str] = "campaign__brand"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # The index on the campaign alone would only repeat how `spend_of_campaign` begins.
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, db_index=False, related_name="spends")
    amount = MoneyField()
    spend_date = models.DateField()
    spend_type = models.CharField(max_length=7, choices=SpendType, default=SpendType.DAILY)
    description = models.TextField(blank=True, default="")
    external_id = models.CharField(max_length=255, blank=True, default="", help_text="Sent again, it replaces.")
    imported_by = models.ForeignKey(
        Import, on_delete=models.PROTECT, null=True, blank=True, editable=False, db_index=False, related_name="spends"
    )
    created_by = models.CharField(max_length=255, default="", editable=False, help_text="Who booked it.")
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects = SpendQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-spend_date", "-id"]
        indexes: ClassVar = [
            models.Index(F("spend_date").desc(), F("id").desc(), name="spend_newest_first"),
            models.Index(F("campaign"), F("spend_date").desc(), F("id").desc(), name="spend_of_campaign"),
            # No total says on which day of its month a `MONTHLY` entry is dated.
            models.Index(
                fields=["campaign", "spend_date"], condition=Q(spend_type="MONTHLY"), name="spend_monthly_of_campaign"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["campaign", "external_id"], condition=~Q(external_id=""), name="spend_external_id_unique"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="spend_amount_positive"),
            models.CheckConstraint(condition=Q(spend_date__gte=FIRST_DATE), name="spend_date_not_before_2000"),
            models.CheckConstraint(condition=Q(spend_type__in=SpendType.values), name="spend_type_known"),
        ]

    def __str__(self) -> str:
        return f"{money(self.amount, self.campaign.brand.currency)} on {date_text(self.spend_date)}"


class Total(models.Model):
    """What one owner spent in one day or month; its counter is `amount − cleared`.

    Keyed by the period's start, so there is nothing to rewrite at midnight: yesterday's row is simply not today's.
    No check keeps `amount` from falling below zero: the row proposed by `INSERT … ON CONFLICT` would be checked before
    the conflict is found. The gate clamps instead.
    """

    period = models.CharField(max_length=1, choices=Period)
    start = models.DateField()
    amount = MoneyField(default=0)
    cleared = MoneyField(default=0)
    made_by = models.UUIDField(
        null=True, editable=False, help_text="The import that made the row, as long as only imports have moved it."
    )

    class Meta:
        abstract = True


class BrandTotal(Total):
    """A brand's total: the sum over its campaigns, archived ones included."""

    brand_path: ClassVar[str] = "brand"

    pk = models.CompositePrimaryKey("brand_id", "period", "start")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="totals", db_index=False)

    def __str__(self) -> str:
        return f"{self.brand_id} {self.period} {self.start}: {self.amount}"


class CampaignTotal(Total):
    """A campaign's total, the sum of its ledger for the period."""

    brand_path: ClassVar[str] = "campaign__brand"

    pk = models.CompositePrimaryKey("campaign_id", "period", "start")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="totals", db_index=False)

    class Meta:
        indexes: ClassVar = [
            # A list in the order of use reads the totals of one day and month of all campaigns.
            models.Index(fields=["period", "start"], name="campaign_total_of_period"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.period} {self.start}: {self.amount}"


class Reset(models.Model):
    """An ordered reset: a brand's counter of one period was cleared by a person, the ledger left alone."""

    brand_path: ClassVar[str] = "brand"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="resets")
    period = models.CharField(max_length=1, choices=Period)
    start = models.DateField(help_text="The day, or the first of the month, whose counter was cleared.")
    at = models.DateTimeField()
    by = models.CharField(max_length=255)
    cleared = MoneyField()
    campaigns = models.PositiveIntegerField(help_text="How many campaigns' counters were cleared.")
    note = models.TextField(blank=True, default="")

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        cleared = money(self.cleared, self.brand.currency)
        return f"{self.brand}: {self.get_period_display()} of {date_text(self.start)}, {cleared} cleared"
