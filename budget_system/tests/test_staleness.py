"""Who stands still is told once, by whoever notices, and once more when it works again."""

import threading
import time
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from django.test import SimpleTestCase, TestCase, TransactionTestCase, tag
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from budget_system.health import staleness
from budget_system.health.checks import DEAD, HEALTHY, STALE, UNKNOWN, PartHealth
from tasks.heartbeats import record_heartbeat
from tests.test_json_logs import objects, stack
from tests.threads import threads

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
LAST = NOW - timedelta(seconds=200)


def parts(worker: str = HEALTHY, beat: str = HEALTHY, last: datetime | None = LAST) -> dict[str, PartHealth]:
    return {"worker": PartHealth(worker, last), "beat": PartHealth(beat, last)}


class TellTests(TestCase):
    def test_a_standstill_is_an_error_once_and_its_end_a_warning_once(self) -> None:
        for name, status in (("worker", STALE), ("worker", DEAD), ("beat", STALE)):
            with self.subTest(name, status=status), self.assertLogs("budget_system.health.checks") as logs:
                for state in (HEALTHY, status, status, HEALTHY, HEALTHY):
                    staleness.log_standstills({**parts(), name: PartHealth(state, LAST)}, now=NOW)

                lines = [(record.levelname, record.getMessage().split(";")[0]) for record in logs.records]
                what = "finished no task" if name == "worker" else "sent no task"
                self.assertEqual(
                    lines, [("ERROR", f"The {name} has {what} for 200 s"), ("WARNING", f"The {name} works again")]
                )

    def test_what_never_worked_or_is_not_known_is_not_told(self) -> None:
        with self.assertNoLogs("budget_system.health.checks"):
            staleness.log_standstills(parts(worker=DEAD, beat=DEAD, last=None), now=NOW)
            staleness.log_standstills(parts(worker=UNKNOWN, beat=UNKNOWN), now=NOW)


@tag("both_databases")
class RaceTests(TransactionTestCase):
    def test_of_several_who_notice_at_once_one_tells(self) -> None:
        with self.assertLogs("budget_system.health.checks") as logs, threads(4) as pool:
            for one in [pool.start(lambda: staleness.log_standstills(parts(beat=STALE), now=NOW)) for _ in range(4)]:
                one.result()
        self.assertEqual(len(logs.records), 1)


class HealthPageTests(TransactionTestCase):
    def ask(self) -> None:
        before = set(threading.enumerate())
        self.client.get("/health/")
        for thread in set(threading.enumerate()) - before:
            thread.join(10)

    def test_who_asks_for_health_has_it_told_once_this_process_has_run_for_a_while(self) -> None:
        old = timezone.now() - timedelta(seconds=200)
        PeriodicTask.objects.update(last_run_at=timezone.now())
        record_heartbeat("daily_reset_task", at=old)
        with patch.object(staleness, "_started", time.monotonic()), self.assertNoLogs("budget_system.health.checks"):
            self.ask()
        long_ago = float("-inf")
        with (
            patch.object(staleness, "_started", long_ago),
            self.assertLogs("budget_system.health.checks", "ERROR") as logs,
        ):
            with patch.object(staleness, "_checked", long_ago):
                self.ask()
            with patch.object(staleness, "_checked", long_ago):
                self.ask()
        self.assertEqual([record.levelname for record in logs.records], ["ERROR"])


OLD_SIGNS = """
from datetime import timedelta
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from tasks.heartbeats import record_heartbeat
from tasks.models import Heartbeat
Heartbeat.objects.all().delete()
PeriodicTask.objects.update(last_run_at=timezone.now() - timedelta(seconds=500), enabled=True)
record_heartbeat("daily_reset_task", at=timezone.now() - timedelta(seconds=500))
"""


@tag("processes")
class RealProcessTests(SimpleTestCase):
    def test_the_worker_tells_of_beat_and_beat_of_the_worker(self) -> None:
        with stack(HEALTH_STALE_SECONDS="2") as system:
            system.migrate()
            for process, missing in (("worker", "beat"), ("beat", "worker")):
                system.manage("shell", "-c", OLD_SIGNS)
                system.start(process)
                deadline = time.monotonic() + 60
                parts: list[object] = []
                while missing not in parts and time.monotonic() < deadline:
                    time.sleep(0.5)
                    lines = objects(system.folder / f"{process}.log")
                    parts = [line["part"] for line in lines if line.get("event") == "stands_still"]
                system.stop(process)
                self.assertEqual(parts.count(missing), 1, system.logs())
