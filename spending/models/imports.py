"""Imports of platforms' reports: the outcome of each, and what stood before it."""

from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from uuid_utils.compat import uuid7

from brands.models import Brand, of_living_brand
from budget_system.core.money import MoneyField
from campaigns.models import Campaign, Platform


class ImportQuerySet(models.QuerySet["Import"]):
    """Querysets of imports."""

    def listed(self) -> "ImportQuerySet":
        """Keep what lists show: all but those of archived brands."""
        return self.filter(of_living_brand("brand"))

    def unfinished(self) -> "ImportQuerySet":
        """Keep those that were interrupted, and may be resumed."""
        return self.filter(finished_at__isnull=True, undo_began_at__isnull=True)


class Import(models.Model):
    """One report that was read and booked.

    `money_in` and `rounding` have as many decimals as the report's cells, so they are kept as text: no column of either
    database would keep them exactly. `money_in = money_booked + rounding`, over the days that were taken in.
    """

    brand_path: ClassVar[str] = "brand"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="imports")
    platform = models.CharField(max_length=16, choices=Platform)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    campaign_column = models.CharField(max_length=255)
    date_column = models.CharField(max_length=255)
    cost_column = models.CharField(max_length=255)
    unit = models.CharField(max_length=6)
    match_by = models.CharField(max_length=8, default="id", help_text="What its campaigns were found by: id or name.")
    dates = models.CharField(max_length=16, blank=True, default="", help_text="What was said of its dates.")
    decimal = models.CharField(max_length=8, blank=True, default="", help_text="What was said of its decimal sign.")
    other_entries = models.CharField(
        max_length=8, blank=True, default="", help_text="What became of other entries on its days: replace or add."
    )
    at = models.DateTimeField()
    by = models.CharField(max_length=255)
    finished_at = models.DateTimeField(null=True, blank=True, help_text="Empty: it was ended in the middle.")
    undo_began_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True, help_text="Empty: it was not, or not wholly, undone.")
    undone_by = models.CharField(max_length=255, blank=True, default="")
    rows = models.PositiveBigIntegerField(help_text="Lines of the report, bad ones included.")
    bad_lines = models.PositiveBigIntegerField()
    first_bad_lines: "models.JSONField[list[Any], list[Any]]" = models.JSONField(default=list)
    days = models.PositiveBigIntegerField(help_text="Campaign-days that were taken in.")
    created = models.PositiveBigIntegerField(default=0)
    replaced = models.PositiveBigIntegerField(default=0)
    voided = models.PositiveBigIntegerField(default=0)
    unchanged = models.PositiveBigIntegerField(default=0)
    campaigns_created = models.PositiveBigIntegerField(default=0)
    money_in = models.CharField(max_length=100)
    money_booked = MoneyField()
    rounding = models.CharField(max_length=100)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [
            models.Index(F("brand"), F("at").desc(), F("id").desc(), name="import_of_brand"),
            models.Index(
                fields=["sha256"], condition=Q(finished_at__isnull=True, undo_began_at__isnull=True), name="import_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.get_platform_display()})"

    @property
    def state(self) -> str:
        """Return the import's state in a word."""
        if self.undo_began_at is not None:
            return "half undone" if self.undone_at is None else "undone"
        return "unfinished" if self.finished_at is None else "done"


class DayResult(models.TextChoices):
    """What an import made of a day."""

    CREATED = "C", "created"
    REPLACED = "R", "replaced"
    VOIDED = "V", "voided"


class ImportedDay(models.Model):
    """A campaign's day that an import changed: the entry since, and what stood before.

    The ids rise in the order in which days were written, so they show which import changed a day last.
    """

    brand_path: ClassVar[str] = "report__brand"

    id = models.BigAutoField(primary_key=True)
    report = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="imported_days", db_index=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="imported_days", db_index=False)
    day = models.DateField()
    result = models.CharField(max_length=1, choices=DayResult)
    amount = MoneyField(help_text="0.00 where the entry was voided.")
    former: "models.JSONField[dict[str, Any] | None, dict[str, Any] | None]" = models.JSONField(null=True)
    undone = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report", "campaign", "day"], name="imported_day_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["campaign", "day"], name="imported_day_of_campaign"),
            # Undoing takes batch after batch of what is left: without it, each would sort all of that.
            models.Index(fields=["report", "id"], condition=Q(undone=False), name="imported_day_left"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.day}: {self.get_result_display()}"


class ImportedCampaign(models.Model):
    """A campaign that an import created."""

    brand_path: ClassVar[str] = "report__brand"

    id = models.BigAutoField(primary_key=True)
    report = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="new_campaigns")
    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="created_by_import")

    def __str__(self) -> str:
        return f"{self.campaign_id}"


class Upload(models.Model):
    """A report that was uploaded and not carried out yet: stored between seeing the plan and confirming it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.file_name
