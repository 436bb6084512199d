import datetime

import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.db import migrations, models

import budget_system.core.fields
import budget_system.core.money


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("brands", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Campaign",
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
                    "platform",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("google", "Google Ads"),
                            ("meta", "Meta Ads"),
                            ("microsoft", "Microsoft Advertising"),
                            ("linkedin", "LinkedIn Ads"),
                            ("tiktok", "TikTok Ads"),
                            ("reddit", "Reddit Ads"),
                            ("snapchat", "Snapchat Ads"),
                            ("pinterest", "Pinterest Ads"),
                            ("x", "X Ads"),
                            ("amazon", "Amazon Ads"),
                            ("apple", "Apple Search Ads"),
                            ("other", "Other"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                (
                    "external_id",
                    models.CharField(blank=True, default="", help_text="Its id on the platform.", max_length=255),
                ),
                (
                    "daily_budget",
                    budget_system.core.money.MoneyField(blank=True, help_text="Empty: no cap of its own.", null=True),
                ),
                (
                    "monthly_budget",
                    budget_system.core.money.MoneyField(blank=True, help_text="Empty: no cap of its own.", null=True),
                ),
                ("paused_by_person", models.BooleanField(default=False, editable=False)),
                (
                    "stated_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("MANUAL", "paused by a person"),
                            ("MONTHLY_BUDGET_EXCEEDED", "month's budget used up"),
                            ("DAILY_BUDGET_EXCEEDED", "day's budget used up"),
                            ("NO_SCHEDULE", "no active schedule"),
                            ("OUTSIDE_SCHEDULE", "outside its hours"),
                        ],
                        editable=False,
                        max_length=24,
                        null=True,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("ACTIVE", "active"), ("PAUSED", "paused")], default="ACTIVE", max_length=6
                    ),
                ),
                (
                    "pause_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("MANUAL", "paused by a person"),
                            ("MONTHLY_BUDGET_EXCEEDED", "month's budget used up"),
                            ("DAILY_BUDGET_EXCEEDED", "day's budget used up"),
                            ("NO_SCHEDULE", "no active schedule"),
                            ("OUTSIDE_SCHEDULE", "outside its hours"),
                        ],
                        max_length=24,
                        null=True,
                    ),
                ),
                (
                    "blocked",
                    models.PositiveSmallIntegerField(
                        default=0, editable=False, help_text="Every reason that holds, as bits."
                    ),
                ),
                ("paused_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "next_transition_at",
                    models.DateTimeField(
                        blank=True,
                        default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.UTC),
                        editable=False,
                        help_text="When its windows next open or close.",
                        null=True,
                    ),
                ),
                ("archived_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="campaigns", to="brands.brand"
                    ),
                ),
            ],
            options={
                "ordering": ["name_key", "id"],
            },
        ),
        migrations.CreateModel(
            name="StatusEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "from_status",
                    models.CharField(
                        blank=True, choices=[("ACTIVE", "active"), ("PAUSED", "paused")], default="", max_length=6
                    ),
                ),
                (
                    "to_status",
                    models.CharField(
                        blank=True, choices=[("ACTIVE", "active"), ("PAUSED", "paused")], default="", max_length=6
                    ),
                ),
                (
                    "pause_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("MANUAL", "paused by a person"),
                            ("MONTHLY_BUDGET_EXCEEDED", "month's budget used up"),
                            ("DAILY_BUDGET_EXCEEDED", "day's budget used up"),
                            ("NO_SCHEDULE", "no active schedule"),
                            ("OUTSIDE_SCHEDULE", "outside its hours"),
                        ],
                        max_length=24,
                        null=True,
                    ),
                ),
                ("blocked", models.PositiveSmallIntegerField(default=0)),
                ("figures", models.JSONField(default=dict)),
                ("by", models.CharField(max_length=255)),
                (
                    "order",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("PAUSE", "pause"),
                            ("ACTIVATE", "activate"),
                            ("HOLD", "hold"),
                            ("RELEASE", "release"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                ("note", models.TextField(blank=True, default="")),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="status_events", to="brands.brand"
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="status_events",
                        to="campaigns.campaign",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.AddIndex(
            model_name="campaign",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True), ("next_transition_at__isnull", False)),
                fields=["next_transition_at", "brand"],
                name="campaign_transitions",
            ),
        ),
        migrations.AddIndex(
            model_name="campaign",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True), ("blocked__gt", 0)),
                fields=["brand"],
                name="campaign_blocked",
            ),
        ),
        migrations.AddIndex(
            model_name="campaign",
            index=models.Index(
                condition=models.Q(
                    ("archived_at__isnull", True),
                    models.Q(("daily_budget__isnull", False), ("monthly_budget__isnull", False), _connector="OR"),
                ),
                fields=["brand"],
                name="campaign_capped",
            ),
        ),
        migrations.AddIndex(
            model_name="campaign",
            index=models.Index(
                condition=models.Q(
                    ("archived_at__isnull", True),
                    ("blocked", 0),
                    models.Q(
                        ("status", "PAUSED"),
                        ("pause_reason__isnull", False),
                        ("paused_by_person", True),
                        _connector="OR",
                    ),
                ),
                fields=["brand"],
                name="campaign_contradictory",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at__isnull", True)),
                fields=("brand", "name_key"),
                name="campaign_name_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at__isnull", True), models.Q(("external_id", ""), _negated=True)),
                fields=("brand", "platform", "external_id"),
                name="campaign_external_id_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("daily_budget__isnull", True), ("daily_budget__gte", 0), _connector="OR"),
                name="campaign_daily_budget_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("monthly_budget__isnull", True), ("monthly_budget__gte", 0), _connector="OR"),
                name="campaign_monthly_budget_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["ACTIVE", "PAUSED"])), name="campaign_status_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("pause_reason__isnull", True),
                    (
                        "pause_reason__in",
                        [
                            "MANUAL",
                            "MONTHLY_BUDGET_EXCEEDED",
                            "DAILY_BUDGET_EXCEEDED",
                            "NO_SCHEDULE",
                            "OUTSIDE_SCHEDULE",
                        ],
                    ),
                    _connector="OR",
                ),
                name="campaign_pause_reason_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(condition=models.Q(("blocked__lte", 31)), name="campaign_blocked_known"),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="campaign_name_not_empty"
            ),
        ),
        migrations.AddIndex(
            model_name="statusevent",
            index=models.Index(
                models.F("campaign"),
                models.OrderBy(models.F("at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="status_event_of_campaign",
            ),
        ),
        migrations.AddIndex(
            model_name="statusevent",
            index=models.Index(
                models.F("brand"), models.OrderBy(models.F("at"), descending=True), name="status_event_of_brand"
            ),
        ),
        migrations.AddIndex(
            model_name="statusevent",
            index=models.Index(models.OrderBy(models.F("at"), descending=True), name="status_event_at"),
        ),
    ]
