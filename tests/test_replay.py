"""The replay of a real account keeps working, and would say so if something differed."""

import os
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from unittest import TestCase

from django.test import SimpleTestCase, tag

from benchmarks.microsoft_report import Budgets, Course, Overshoot, read_days, work_out
from benchmarks.replay_microsoft import BRAND, CAPS, FEWEST_PAUSES, differences

ROOT = Path(__file__).resolve().parent.parent


class ReportTests(TestCase):
    def test_the_report_is_the_one_that_the_replay_speaks_of(self) -> None:
        rows, days = read_days()
        sums = [amount for of_day in days.values() for amount in of_day.values()]

        self.assertEqual((rows, len(sums), sum(amount > 0 for amount in sums)), (2630, 403, 243))
        self.assertEqual(sum(sums), Decimal("946.34"))

    def test_each_campaign_must_pause_at_least_ten_times(self) -> None:
        pauses = dict.fromkeys(CAPS, 0)
        running = set(CAPS)
        for change in work_out(read_days()[1], BRAND, CAPS).changes:
            if change.status == "ACTIVE":
                running.add(change.campaign)
            elif change.campaign in running:
                running.remove(change.campaign)
                pauses[change.campaign] += 1

        self.assertTrue(all(count >= FEWEST_PAUSES for count in pauses.values()), pauses)


class DifferencesTests(TestCase):
    expected: Course

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.expected = work_out(read_days()[1], BRAND, CAPS)

    def test_the_same_course_does_not_differ(self) -> None:
        self.assertEqual(differences(deepcopy(self.expected), self.expected), [])

    def test_budgets_of_one_cent_more_are_another_course(self) -> None:
        higher = {name: Budgets((cap.daily or 0) + Decimal("0.01"), cap.monthly) for name, cap in CAPS.items()}

        self.assertTrue(differences(work_out(read_days()[1], BRAND, higher), self.expected))

    def test_whatever_is_missing_too_much_or_twice_is_named(self) -> None:
        spoils: list[Callable[[Course], object]] = [
            lambda course: course.changes.pop(),
            lambda course: course.changes.append(course.changes[0]),
            lambda course: course.overshoots.pop(),
            lambda course: course.overshoots.append(Overshoot(min(course.counters)[0], "", "day", Decimal("0.01"))),
            lambda course: course.counters.popitem(),
        ]
        for spoil in spoils:
            found = deepcopy(self.expected)
            spoil(found)
            self.assertTrue(differences(found, self.expected))


@tag("processes")
class ReplayTests(SimpleTestCase):
    def test_the_first_weeks_come_out_as_worked_out(self) -> None:
        command = [sys.executable, "-m", "benchmarks.replay_microsoft", "--until", "2018-11-05"]
        env = {**os.environ, "TEST_DATABASE_URL": ""}
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False)

        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])
        self.assertRegex(done.stdout.splitlines()[-1], r"^OK: replayed on sqlite in [\d.]+ s, 0 differences$")
