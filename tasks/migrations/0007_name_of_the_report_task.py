"""Name the task of beat's row for reports as it is called now; whatever a person changed in the row stays."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

FORMER = "tasks.budget_tasks.work_off_reports_task"
PRESENT = "tasks.budget_tasks.run_report_jobs_task"


def rename(apps: Apps, former: str, present: str) -> None:
    """Give the rows of a task its other name."""
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(task=former).update(task=present)


def forwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write the present name."""
    rename(apps, FORMER, PRESENT)


def backwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write the former name."""
    rename(apps, PRESENT, FORMER)


class Migration(migrations.Migration):
    dependencies = [
        ("tasks", "0006_answer_of_a_key_is_its_response"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
