"""Write beat's rows for looking at platforms and reading costs, unless they are there; then they are the person's."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ROWS = {
    "Platforms": (
        "observe_platforms_task",
        "Has campaigns looked at where they run, and tells where a platform does something else for too long. "
        "Every minute; each account every five.",
    ),
    "Costs": ("read_costs_task", "Reads and books what campaigns cost. Every minute; each account every half hour."),
}


def write_rows(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write the rows."""
    minutely, _ = apps.get_model("django_celery_beat", "CrontabSchedule").objects.get_or_create(
        minute="*", hour="*", day_of_week="*", day_of_month="*", month_of_year="*", timezone="UTC"
    )
    for name, (task, description) in ROWS.items():
        apps.get_model("django_celery_beat", "PeriodicTask").objects.get_or_create(
            name=name,
            defaults={
                "task": f"tasks.delivery_tasks.{task}",
                "description": description,
                "queue": "delivery",
                "expire_seconds": 60,
                "crontab": minutely,
            },
        )


class Migration(migrations.Migration):
    dependencies = [
        ("tasks", "0009_beat_row_for_messages"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(write_rows, migrations.RunPython.noop)]
