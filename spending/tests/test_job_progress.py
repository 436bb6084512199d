"""The page of a job: how far it is, and what is to be done where nobody does it."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

from budget_system.health.worker import WorkerState
from spending.admin.job_progress import JobProgress, poll_of, progress_of
from spending.models import JobState, ReportJob
from spending.tests.test_admin_jobs import LONG, JobPageTestCase


class ProgressTests(JobPageTestCase):
    """The page that asks for its progress, and by itself goes on to the outcome."""

    def setUp(self) -> None:
        super().setUp()
        self.worker = WorkerState.ANSWERS
        self.asked = 0
        asking = patch("spending.admin.jobs.CACHED_WORKER.answer", self.ask_worker)
        asking.start()
        self.addCleanup(asking.stop)
        self.address = self.handed_over(self.post(LONG))
        self.job = ReportJob.objects.get()

    def ask_worker(self) -> WorkerState:
        self.asked += 1
        return self.worker

    def progress(self, seconds: float) -> JobProgress:
        """Return what the page says so long after the report was sent."""
        self.job.refresh_from_db()
        return progress_of(self.job, now=self.job.at + timedelta(seconds=seconds), ask_worker=self.ask_worker)

    def poll(self, shown: str = "") -> Any:
        return self.client.get(self.address, {"shown": shown}, headers={"HX-Request": "true"})

    def test_it_asks_often_at_first_and_seldom_later(self) -> None:
        ages = [timedelta(seconds=age) for age in (0, 4.9, 5, 29, 30, 900)]
        polls = [poll_of(self.job, now=self.job.at + age) for age in ages]
        self.assertEqual(polls, [250, 250, 1000, 1000, 2000, 2000])

    def test_what_it_shows_already_is_not_sent_again(self) -> None:
        page = self.client.get(self.address)
        shown = page.context["progress"].shown
        again = f'hx-get="{self.address}?shown={shown}" hx-trigger="load delay:'
        self.assertContains(page, again)
        self.assertContains(self.poll(shown), again)
        self.assertNotContains(self.poll(shown), "It waits for the worker")
        ReportJob.objects.update(state=JobState.RUNNING, claimed_at=self.job.at, phase="reading", done=1, total=4)
        part = self.poll(shown)
        self.assertContains(part, '<div id="job" hx-swap-oob="true">')
        self.assertContains(part, "25 % of the report is read")
        self.assertTemplateNotUsed(part, "admin/budget/import_job.html")

    def test_it_is_led_to_the_outcome(self) -> None:
        self.work()
        answer = self.poll()
        self.assertEqual((answer.status_code, answer.headers["HX-Redirect"], answer.content), (200, self.address, b""))
        self.assertTemplateUsed(self.client.get(self.address), "admin/budget/import_plan.html")

    def test_a_job_that_is_gone_leads_to_the_list(self) -> None:
        self.client.post(self.address)
        self.assertEqual(self.poll().headers["HX-Redirect"], "/admin/spending/import/")
        self.assertEqual(self.client.get(self.address).status_code, 404)

    def test_the_worker_is_asked_only_where_nothing_is_heard(self) -> None:
        self.assertEqual((self.progress(2).stopped, self.asked), ("", 0))
        self.assertEqual((self.progress(2.1).stopped, self.asked), ("", 1))
        ReportJob.objects.update(state=JobState.RUNNING, claimed_at=self.job.at + timedelta(seconds=5))
        self.progress(15)
        self.assertEqual(self.asked, 1)
        self.progress(15.1)
        self.assertEqual(self.asked, 2)

    def test_it_says_what_stands_still_since_when_and_what_to_do(self) -> None:
        for self.worker, words, to_do in (
            (WorkerState.NO_WORKER, "No worker is running", "start the worker"),
            (WorkerState.NO_BROKER, "its broker does not answer", "start the broker"),
        ):
            waiting = self.progress(3)
            self.assertIn(words, waiting.stopped)
            self.assertIn("It has waited since today 12:00 (UTC). Nothing is lost", waiting.kept)
            self.assertIn(to_do, waiting.to_do)
            ReportJob.objects.update(at=self.job.at - timedelta(seconds=60))
            self.assertContains(self.poll(), words)
            ReportJob.objects.update(at=self.job.at)
        ReportJob.objects.update(state=JobState.RUNNING, claimed_at=self.job.at)
        self.assertIn("It was last heard of today 12:00 (UTC). What is written stays", self.progress(11).kept)

    def test_where_cron_does_it_that_is_said_and_nothing_stands_still(self) -> None:
        self.worker = WorkerState.TICKS
        progress = self.progress(3)
        self.assertEqual(progress.stopped, "")
        self.assertIn("It has waited since today 12:00 (UTC) for the command “tick”", progress.state)
