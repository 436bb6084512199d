"""What is remembered of a brand's reports: how they are read, and under which names they know its campaigns."""

from typing import ClassVar

from django.db import models

from brands.models import Brand
from budget_system.core.fields import FoldedField
from campaigns.models import Campaign, Platform
from spending.models.imports import Import


class ReportChoice(models.Model):
    """How a person last chose to read a brand's reports of a platform; empty where the usual way counts."""

    brand_path: ClassVar[str] = "brand"

    id = models.BigAutoField(primary_key=True)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="report_choices", db_index=False)
    platform = models.CharField(max_length=16, choices=Platform)
    campaign_column = models.CharField(max_length=255, blank=True, default="")
    date_column = models.CharField(max_length=255, blank=True, default="")
    cost_column = models.CharField(max_length=255, blank=True, default="")
    match_by = models.CharField(max_length=8, blank=True, default="")
    dates = models.CharField(max_length=16, blank=True, default="")
    decimal = models.CharField(max_length=8, blank=True, default="")
    other_entries = models.CharField(max_length=8, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "platform"], name="report_choice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.brand_id} on {self.get_platform_display()}"


class ReportedName(models.Model):
    """The name under which a platform's account reports a campaign, where reports are matched by name.

    It keeps two accounts' campaigns of one name apart, and finds a campaign that was renamed here since.
    """

    brand_path: ClassVar[str] = "campaign__brand"

    id = models.BigAutoField(primary_key=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="reported_names", db_index=False)
    report = models.ForeignKey(
        Import, on_delete=models.SET_NULL, null=True, related_name="reported_names", help_text="Which said it first."
    )
    platform = models.CharField(max_length=16, choices=Platform)
    account = models.CharField(max_length=255, blank=True, default="")
    name = models.CharField(max_length=255)
    name_key = FoldedField(source="name")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["name_key"], name="reported_name_key")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "platform", "account", "name_key"], name="reported_name_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.account})" if self.account else self.name


class ReplacedEntry(models.Model):
    """An entry that did not come from a report and was replaced by one; undoing the import restores it."""

    brand_path: ClassVar[str] = "report__brand"

    id = models.BigAutoField(primary_key=True)
    report = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="replaced_entries")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    former: "models.JSONField[dict[str, object], dict[str, object]]" = models.JSONField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.day}"
