
import datetime

import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.db import migrations, models

import budget_system.core.money


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("brands", "0001_initial"),
        ("campaigns", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="BrandTotal",
            fields=[
                ("period", models.CharField(choices=[("D", "day"), ("M", "month")], max_length=1)),
                ("start", models.DateField()),
                ("amount", budget_system.core.money.MoneyField(default=0)),
                ("cleared", budget_system.core.money.MoneyField(default=0)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "brand_id", "period", "start", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "brand",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="totals",
                        to="brands.brand",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CampaignTotal",
            fields=[
                ("period", models.CharField(choices=[("D", "day"), ("M", "month")], max_length=1)),
                ("start", models.DateField()),
                ("amount", budget_system.core.money.MoneyField(default=0)),
                ("cleared", budget_system.core.money.MoneyField(default=0)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "campaign_id", "period", "start", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="totals",
                        to="campaigns.campaign",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Reset",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("period", models.CharField(choices=[("D", "day"), ("M", "month")], max_length=1)),
                ("start", models.DateField(help_text="The day, or the first of the month, whose counter was cleared.")),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=255)),
                ("cleared", budget_system.core.money.MoneyField()),
                ("campaigns", models.PositiveIntegerField(help_text="How many campaigns' counters were cleared.")),
                ("note", models.TextField(blank=True, default="")),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="resets", to="brands.brand"
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Spend",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("amount", budget_system.core.money.MoneyField()),
                ("spend_date", models.DateField()),
                (
                    "spend_type",
                    models.CharField(
                        choices=[
                            ("DAILY", "daily: counts in its day and its month"),
                            ("MONTHLY", "monthly: counts in its month only"),
                        ],
                        default="DAILY",
                        max_length=7,
                    ),
                ),
                ("description", models.TextField(blank=True, default="")),
                (
                    "external_id",
                    models.CharField(blank=True, default="", help_text="Sent again, it replaces.", max_length=255),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="spends", to="campaigns.campaign"
                    ),
                ),
            ],
            options={
                "ordering": ["-spend_date", "-id"],
                "indexes": [
                    models.Index(
                        models.OrderBy(models.F("spend_date"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="spend_newest_first",
                    ),
                    models.Index(
                        models.F("campaign"),
                        models.OrderBy(models.F("spend_date"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="spend_of_campaign",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("campaign", "external_id"),
                        name="spend_external_id_unique",
                    ),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="spend_amount_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("spend_date__gte", datetime.date(2000, 1, 1))),
                        name="spend_date_not_before_2000",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("spend_type__in", ["DAILY", "MONTHLY"])), name="spend_type_known"
                    ),
                ],
            },
        ),
    ]
