"""Write beat's row for the outbox, unless it is there; from then on it is the person's."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def write_row(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write the row."""
    interval, _ = apps.get_model("django_celery_beat", "IntervalSchedule").objects.get_or_create(
        every=10, period="seconds"
    )
    apps.get_model("django_celery_beat", "PeriodicTask").objects.get_or_create(
        name="Messages",
        defaults={
            "task": "tasks.delivery_tasks.send_messages_task",
            "description": "Sends what is due and no message has told the sender of. Every 10 seconds.",
            "queue": "delivery",
            "expire_seconds": 10,
            "interval": interval,
        },
    )


class Migration(migrations.Migration):
    dependencies = [
        ("tasks", "0008_seconds_of_a_run"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(write_row, migrations.RunPython.noop)]
