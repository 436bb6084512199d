
import datetime

import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.db import migrations, models

import scheduling.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("campaigns", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Schedule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "day_of_week",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ]
                    ),
                ),
                ("start_time", models.TimeField()),
                ("end_time", scheduling.models.WindowEndField(help_text="00:00 is the end of that day.")),
                ("ends_next_day", models.BooleanField(default=False, help_text="The window runs over midnight.")),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="schedules", to="campaigns.campaign"
                    ),
                ),
            ],
            options={
                "ordering": ["campaign", "day_of_week", "start_time", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("campaign", "day_of_week", "start_time", "end_time", "ends_next_day"),
                        name="schedule_window_unique",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("end_time", datetime.time(0, 0))),
                        fields=("campaign", "day_of_week", "start_time"),
                        name="schedule_window_to_midnight_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("day_of_week__lte", 6)), name="schedule_day_of_week_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("end_time", datetime.time(0, 0)),
                            models.Q(("end_time__gt", models.F("start_time")), ("ends_next_day", False)),
                            models.Q(("end_time__lte", models.F("start_time")), ("ends_next_day", True)),
                            _connector="OR",
                        ),
                        name="schedule_ends_after_it_starts",
                    ),
                ],
            },
        ),
    ]
