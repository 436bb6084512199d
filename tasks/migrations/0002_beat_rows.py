"""Write beat's rows, once: from then on they belong to the person who edits them in the admin.

Every row is due each minute or at an interval. A crontab of midnight would be missed by a beat that starts at 09:00,
and midnight is a different instant for each brand anyway: the reset tasks find out whose day has begun.
A tick that waits longer than its own interval expires, so that none pile up while the worker is away.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

EVERY_MINUTE = (
    ("Dayparting enforcement", "enforce_dayparting_task", "Opens and closes what is due. Every minute."),
    ("Daily reset", "daily_reset_task", "Wakes what may run again. Every minute, for each brand's own midnight."),
    ("Monthly reset", "monthly_reset_task", "The same for the 1st of each brand's own month."),
)
EVERY_FIVE_MINUTES = (
    ("Budget enforcement", "enforce_budget_limits_task", "Compares counters with statuses. Every 5 minutes."),
)


def write_rows(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write the rows that are not there yet."""
    rows = apps.get_model("django_celery_beat", "PeriodicTask").objects
    minutely, _ = apps.get_model("django_celery_beat", "CrontabSchedule").objects.get_or_create(
        minute="*", hour="*", day_of_week="*", day_of_month="*", month_of_year="*", timezone="UTC"
    )
    interval, _ = apps.get_model("django_celery_beat", "IntervalSchedule").objects.get_or_create(
        every=5, period="minutes"
    )
    for names, schedule in ((EVERY_MINUTE, {"crontab": minutely}), (EVERY_FIVE_MINUTES, {"interval": interval})):
        for name, task, description in names:
            rows.get_or_create(
                name=name,
                defaults={
                    "task": f"tasks.budget_tasks.{task}",
                    "description": description,
                    "expire_seconds": 300 if "interval" in schedule else 60,
                    **schedule,
                },
            )


class Migration(migrations.Migration):
    dependencies = [
        ("tasks", "0001_initial"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(write_rows, migrations.RunPython.noop)]
