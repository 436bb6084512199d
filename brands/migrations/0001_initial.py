
import datetime

import django.db.models.functions.text
import django.utils.timezone
import uuid_utils.compat
from django.db import migrations, models

import budget_system.core.fields
import budget_system.core.money


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Brand",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                ("name_key", budget_system.core.fields.FoldedField(max_length=1024, source="name")),
                (
                    "daily_budget",
                    budget_system.core.money.MoneyField(
                        blank=True, help_text="Empty: no limit. 0.00: nothing may be spent.", null=True
                    ),
                ),
                (
                    "monthly_budget",
                    budget_system.core.money.MoneyField(
                        blank=True, help_text="Empty: no limit. 0.00: nothing may be spent.", null=True
                    ),
                ),
                (
                    "timezone",
                    models.CharField(default="UTC", help_text="IANA name; its midnight begins the day.", max_length=64),
                ),
                ("currency", models.CharField(default="USD", help_text="ISO 4217, two decimals.", max_length=3)),
                ("is_held", models.BooleanField(default=False, editable=False)),
                ("archived_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "today",
                    models.DateField(
                        default=datetime.date(1970, 1, 1), editable=False, help_text="The local day decided last."
                    ),
                ),
                (
                    "this_month",
                    models.DateField(
                        default=datetime.date(1970, 1, 1), editable=False, help_text="The first of that day's month."
                    ),
                ),
                (
                    "day_ends_at",
                    models.DateTimeField(
                        db_index=True,
                        default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.UTC),
                        editable=False,
                        help_text="When that day ends.",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "ordering": ["name_key", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("archived_at__isnull", True)),
                        fields=("name_key",),
                        name="brand_name_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("daily_budget__isnull", True), ("daily_budget__gte", 0), _connector="OR"),
                        name="brand_daily_budget_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("monthly_budget__isnull", True), ("monthly_budget__gte", 0), _connector="OR"
                        ),
                        name="brand_monthly_budget_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency", django.db.models.functions.text.Upper("currency"))),
                        name="brand_currency_in_capitals",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="brand_name_not_empty"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=255)),
                ("kind", models.CharField(max_length=16)),
                ("object_id", models.UUIDField()),
                ("brand_id", models.UUIDField()),
                (
                    "action",
                    models.CharField(
                        choices=[("CREATED", "created"), ("CHANGED", "changed"), ("DELETED", "deleted")], max_length=8
                    ),
                ),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
            ],
            options={
                "ordering": ["-at", "-id"],
                "indexes": [
                    models.Index(
                        models.F("object_id"), models.OrderBy(models.F("at"), descending=True), name="change_of_object"
                    )
                ],
            },
        ),
    ]
