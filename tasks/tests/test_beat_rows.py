"""The rows from which beat knows what to send."""

import os
import subprocess
import sys
from importlib import import_module
from unittest.mock import patch

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import TestCase, tag
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from budget_system.celery import app
from budget_system.health.checks import TICKS


class BeatRowTests(TestCase):
    def test_there_is_one_for_each_tick_one_for_reports_and_those_of_the_sender(self) -> None:
        tasks = set(PeriodicTask.objects.values_list("task", flat=True))

        of_budgets = {f"tasks.budget_tasks.{name}" for name in (*TICKS, "run_report_jobs_task")}
        of_the_sender = {
            f"tasks.delivery_tasks.{name}_task" for name in ("send_messages", "observe_platforms", "read_costs")
        }
        self.assertEqual(tasks, of_budgets | of_the_sender)

    @tag("processes")
    def test_each_names_a_task_that_a_worker_finds(self) -> None:
        find = (
            "from budget_system.celery import app; app.loader.import_default_modules(); "
            "print([name for name in app.tasks if not name.startswith('celery.')])"
        )
        env = {**os.environ, "DJANGO_SETTINGS_MODULE": "budget_system.settings", "DATABASE_URL": "sqlite://:memory:"}

        found = subprocess.run(
            [sys.executable, "-c", find], cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=True
        )

        for row in PeriodicTask.objects.all():
            self.assertIn(repr(row.task), found.stdout)

    def test_each_comes_each_minute_or_at_an_interval_and_expires_before_its_third(self) -> None:
        for row in PeriodicTask.objects.all():
            with self.subTest(row.name):
                if row.interval:
                    interval = (row.interval.every, row.interval.period, row.expire_seconds)
                    self.assertIn(interval, [(5, "minutes", 300), (10, "seconds", 10)])
                else:
                    crontab = row.crontab
                    self.assertEqual((crontab.minute, crontab.hour, str(crontab.timezone)), ("*", "*", "UTC"))
                    self.assertEqual(row.expire_seconds, 60)

    def test_what_a_person_changed_stays_when_the_rows_are_written_again(self) -> None:
        PeriodicTask.objects.filter(name="Daily reset").update(enabled=False, description="Not for us.")

        import_module("tasks.migrations.0002_beat_rows").write_rows(apps, connection.schema_editor())
        for migration in ("0005_beat_row_for_reports", "0009_beat_row_for_messages"):
            import_module(f"tasks.migrations.{migration}").write_row(apps, connection.schema_editor())
        import_module("tasks.migrations.0010_beat_rows_for_platforms").write_rows(apps, connection.schema_editor())

        row = PeriodicTask.objects.get(name="Daily reset")
        self.assertEqual((row.enabled, row.description), (False, "Not for us."))
        self.assertEqual(PeriodicTask.objects.count(), len(TICKS) + 4)

    def test_a_row_of_the_former_name_gets_the_present_one_and_back(self) -> None:
        naming = import_module("tasks.migrations.0007_name_of_the_report_task")
        row = PeriodicTask.objects.get(name="Reports")

        naming.backwards(apps, connection.schema_editor())
        row.refresh_from_db()
        self.assertEqual(row.task, "tasks.budget_tasks.work_off_reports_task")
        naming.forwards(apps, connection.schema_editor())
        row.refresh_from_db()
        self.assertEqual(row.task, "tasks.budget_tasks.run_report_jobs_task")

    def test_beat_starts_without_adding_or_changing_a_row(self) -> None:
        before = list(PeriodicTask.objects.order_by("pk").values())

        with patch("django_celery_beat.schedulers.close_old_connections"):  # this test's is the one it would close
            DatabaseScheduler(app)

        self.assertEqual(list(PeriodicTask.objects.order_by("pk").values()), before)
        self.assertEqual(settings.CELERY_BEAT_SCHEDULE, {})
