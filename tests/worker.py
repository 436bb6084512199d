"""A worker at hand: what the admin hands over is done in the same moment, or when the test says so."""

from datetime import datetime
from unittest.mock import patch

from django.test import TestCase

from spending.imports.job_runs import run_jobs


class WorkerTestCase(TestCase):
    """Reports that are sent to the admin are done at once; where `works` is false, when `work` is called."""

    now: datetime

    def setUp(self) -> None:
        super().setUp()
        self.works, self.woken = True, 0
        for module in ("spending.admin.import_page", "spending.admin.jobs"):
            waking_up = patch(f"{module}.wake_worker", self.wake)
            waking_up.start()
            self.addCleanup(waking_up.stop)

    def wake(self) -> None:
        """Note that there is a report."""
        self.woken += 1
        if self.works:
            self.work()

    def work(self) -> None:
        """Do what waits."""
        run_jobs(clock=lambda: self.now)
