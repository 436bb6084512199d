"""The pages of users, groups and periodic tasks."""

from django.contrib.auth.models import Group, User
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule

from tests.browsing import AdminTestCase


class LibraryPagesTests(AdminTestCase):
    def test_each_opens(self) -> None:
        for model in (User, Group, ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
            for page in ("changelist", "add"):
                with self.subTest(model=model, page=page):
                    self.assertEqual(self.client.get(self.url(model, page)).status_code, 200)
        self.assertEqual(self.client.get(self.page_of(self.admin)).status_code, 200)
        self.assertEqual(self.client.get(self.url(self.admin, "history", self.admin.pk)).status_code, 200)

    def test_a_periodic_task_can_be_switched_off(self) -> None:
        task = PeriodicTask.objects.get(task="tasks.budget_tasks.enforce_dayparting_task")

        self.assertEqual(self.change(task, enabled=None).status_code, 302)

        task.refresh_from_db()
        self.assertFalse(task.enabled)
