"""Write beat's row for the reports that the admin hands over, unless it is there; from then on it is the person's."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def write_row(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write the row."""
    minutely, _ = apps.get_model("django_celery_beat", "CrontabSchedule").objects.get_or_create(
        minute="*", hour="*", day_of_week="*", day_of_month="*", month_of_year="*", timezone="UTC"
    )
    apps.get_model("django_celery_beat", "PeriodicTask").objects.get_or_create(
        name="Reports",
        defaults={
            "task": "tasks.budget_tasks.work_off_reports_task",
            "description": "Does what the admin has handed over and no message has told the worker of. Every minute.",
            "expire_seconds": 60,
            "crontab": minutely,
        },
    )


class Migration(migrations.Migration):
    dependencies = [
        ("tasks", "0004_stored_answers"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(write_row, migrations.RunPython.noop)]
