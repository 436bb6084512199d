"""Who is alive: the words, what each is known from, and that an answer always comes."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from unittest.mock import patch

from django.contrib.auth.models import User
from django.db import ProgrammingError, connection, transaction
from django.test import SimpleTestCase, TestCase, tag
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from brands.services import BrandValues, create_brand
from budget_system.core.actors import Actor
from budget_system.health import cache as recent
from budget_system.health import checks as health
from budget_system.health.cache import CachedAnswer
from budget_system.health.checks import CampaignCounts, HealthRecord, PartHealth, all_parts
from budget_system.health.report import check_everything, overall_status
from campaigns.models import Campaign
from delivery.models import Message
from tasks.heartbeats import record_heartbeat
from tasks.models import Heartbeat

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
FRESH, OLD = timedelta(seconds=60), timedelta(seconds=91)
FOLDER = Path(__file__).resolve().parent.parent.parent


@contextmanager
def system(
    *,
    beat: timedelta | None = FRESH,
    worker: timedelta | None = FRESH,
    broker: bool = True,
    pong: bool = True,
    database: bool = True,
    now: datetime = NOW,
) -> Iterator[None]:
    """Set how the parts answer: `beat` and `worker` by the age of what they did last."""
    record = HealthRecord(
        beat_at=None if beat is None else now - beat,
        worker_at=None if worker is None else now - worker,
    )
    health.CACHED_HEALTH.forget()
    health.CACHED_WEB_HEALTH.forget()
    answer = {"return_value": record} if database else {"side_effect": ProgrammingError("no such table")}
    with (
        patch.object(health, "read_record", **answer),
        patch.object(health, "count_campaigns", return_value=CampaignCounts(active=3, paused=2, overdue=0)),
        patch.object(health, "broker_answers", return_value=broker),
        patch.object(health, "worker_answers", return_value=pong),
    ):
        yield


def words() -> dict[str, str]:
    return {name: part.status for name, part in all_parts(now=NOW).items() if part.status != "healthy"}


class PartTests(SimpleTestCase):
    def test_all_are_healthy_while_ticks_are_fresh(self) -> None:
        with system(pong=False):
            self.assertEqual(words(), {})

    def test_a_worker_that_finishes_nothing_is_stale_though_beat_sends(self) -> None:
        for pong in (True, False):
            with system(worker=OLD, pong=pong):
                self.assertEqual(words(), {"worker": "stale"})

    def test_a_beat_that_stopped_is_not_blamed_on_the_worker(self) -> None:
        with system(beat=OLD, worker=OLD, pong=True):
            self.assertEqual(words(), {"beat": "stale"})

    def test_where_both_stopped_both_are_named(self) -> None:
        with system(beat=OLD, worker=OLD, pong=False):
            self.assertEqual(words(), {"beat": "stale", "worker": "dead"})

    def test_without_a_broker_the_worker_cannot_be_asked(self) -> None:
        with system(beat=OLD, worker=OLD, broker=False, pong=True):
            self.assertEqual(words(), {"beat": "stale", "worker": "dead", "broker": "dead"})

    def test_a_broker_that_is_down_is_named_while_the_last_ticks_are_fresh(self) -> None:
        with system(broker=False):
            self.assertEqual(words(), {"broker": "dead"})

    def test_before_the_first_tick_beat_is_dead_and_the_worker_is_asked(self) -> None:
        with system(beat=None, worker=None):
            self.assertEqual(words(), {"beat": "dead"})

    def test_without_a_database_nothing_is_known_of_beat(self) -> None:
        with system(database=False):
            self.assertEqual(words(), {"database": "dead", "beat": "unknown"})


@tag("both_databases")
class OutboxTests(TestCase):
    """What is due and is not sent is told; a receiver that is slow is not."""

    def due(self, ago: timedelta) -> None:
        Message.objects.update_or_create(key="k", defaults={"channel": "mail", "receiver": "a", "due_at": NOW - ago})

    def outbox(self) -> str:
        record = health.read_record(now=NOW)
        with patch.object(health, "read_record", return_value=record), patch.object(health, "broker_answers"):
            part = all_parts(now=NOW).get("outbox")
        return "" if part is None else f"{part.status} {(NOW - part.last_at).seconds if part.last_at else ''}"

    def test_messages_that_nobody_sends_are_told(self) -> None:
        self.assertEqual(self.outbox(), "")
        self.due(timedelta(seconds=80))
        self.assertEqual(self.outbox(), "")
        self.due(timedelta(seconds=100))
        self.assertEqual(self.outbox(), "stale 100")
        self.due(timedelta(seconds=-100))
        self.assertEqual(self.outbox(), "")

    def test_while_the_sender_works_one_may_wait_longer(self) -> None:
        for sender in ("send_messages_task", "tick"):
            with self.subTest(sender):
                Heartbeat.objects.all().delete()
                record_heartbeat(sender, at=NOW)
                self.due(timedelta(seconds=100))
                self.assertEqual(self.outbox(), "")
                self.due(timedelta(seconds=1000))
                self.assertEqual(self.outbox(), "stale 1000")


class TaskTests(SimpleTestCase):
    def test_its_answer_has_the_shape_of_the_documentation(self) -> None:
        with system():
            answer = check_everything(now=NOW)

        self.assertEqual(
            answer,
            {
                "timestamp": "2026-03-11T12:00:00+00:00",
                "status": "healthy",
                "checks": {
                    "database": {"status": "healthy"},
                    "campaigns": {"status": "healthy", "active": 3, "paused": 2, "overdue": 0},
                    "services": {
                        "status": "healthy",
                        "broker": {"status": "healthy"},
                        "worker": {"status": "healthy", "last_at": "2026-03-11T11:59:00+00:00", "age_seconds": 60},
                        "beat": {"status": "healthy", "last_at": "2026-03-11T11:59:00+00:00", "age_seconds": 60},
                    },
                },
            },
        )

    def test_without_services_it_is_degraded_without_a_database_unhealthy(self) -> None:
        with system(beat=None, worker=None, broker=False):
            self.assertEqual(check_everything(now=NOW)["status"], "degraded")
        with system(database=False):
            self.assertEqual(check_everything(now=NOW)["status"], "unhealthy")

    @tag("processes")
    def test_it_answers_in_time_whatever_hangs_or_is_missing(self) -> None:
        """The broker accepts and never answers; the database has no tables, or hangs likewise."""
        code = (
            "import os, time, django; django.setup()\n"
            "from tasks.budget_tasks import health_check_task\n"
            "start = time.monotonic(); answer = health_check_task()\n"
            "import json; print(json.dumps([answer['status'], time.monotonic() - start]))\n"
        )
        with socket.create_server(("127.0.0.1", 0)) as hole, tempfile.TemporaryDirectory() as folder:
            address = f"127.0.0.1:{hole.getsockname()[1]}"
            for database in (f"sqlite:///{folder}/empty.sqlite3", f"postgres://nobody@{address}/nothing"):
                with self.subTest(database):
                    env = {
                        **os.environ,
                        "DJANGO_SETTINGS_MODULE": "budget_system.settings",
                        "DATABASE_URL": database,
                        "REDIS_URL": f"redis://{address}/0",
                    }
                    done = subprocess.run(
                        [sys.executable, "-c", code], cwd=FOLDER, env=env, capture_output=True, text=True, check=True
                    )

                    status, seconds = json.loads(done.stdout)
                    self.assertEqual(status, "unhealthy")
                    self.assertLess(seconds, 3)


class RecentTests(SimpleTestCase):
    def setUp(self) -> None:
        self.asked = 0
        self.now = 100.0
        self.answer = threading.Event()
        self.answer.set()
        self.recent = CachedAnswer(self.ask)
        clock = patch.object(recent, "monotonic", lambda: self.now)
        clock.start()
        self.addCleanup(clock.stop)

    def ask(self) -> dict[str, PartHealth]:
        self.asked += 1
        number = str(self.asked)
        self.answer.wait(10)
        return {number: PartHealth("healthy")}

    def test_an_answer_is_given_again_for_a_moment(self) -> None:
        self.assertEqual([set(self.recent.answer()) for _ in range(3)], [{"1"}] * 3)
        self.now += 2.1
        self.assertEqual(set(self.recent.answer()), {"2"})

    def test_while_one_asks_the_others_get_the_last_answer_until_it_is_too_old(self) -> None:
        self.recent.answer()
        self.now += 2.1
        self.answer.clear()
        with ThreadPoolExecutor(9) as threads:
            first = threads.submit(self.recent.answer)
            while self.asked < 2:
                sleep(0.01)
            self.assertEqual(set(self.recent.answer()), {"1"})
            self.now += 3
            others = [threads.submit(self.recent.answer) for _ in range(8)]
            sleep(0.1)
            self.assertFalse(any(one.done() for one in others))
            self.answer.set()
            self.assertEqual([set(one.result()) for one in (first, *others)], [{"2"}] * 9)
        self.assertEqual(self.asked, 2)


class PageTests(TestCase):
    def setUp(self) -> None:
        # What stands still is noted in the database by a thread of its own, past this test's transaction.
        aside = patch("budget_system.health.views.log_standstills_in_background")
        aside.start()
        self.addCleanup(aside.stop)

    def test_many_who_ask_open_no_connections(self) -> None:
        standing = patch.object(recent, "monotonic", return_value=0.0)  # else a slow machine makes it old
        with system(now=timezone.now()), standing, patch.object(health, "broker_answers", return_value=True) as asked:
            for _ in range(20):
                self.assertEqual(self.get()[0], 200)
        self.assertEqual(asked.call_count, 1)

    def get(self, query: str = "") -> tuple[int, dict[str, object]]:
        response = self.client.get(f"/health/{query}")
        return response.status_code, response.json()

    def test_everybody_sees_words_and_no_figures(self) -> None:
        with system(now=timezone.now()):
            status, answer = self.get()

        self.assertEqual(status, 200)
        self.assertEqual(
            answer,
            {
                "status": "healthy",
                "checks": {name: {"status": "healthy"} for name in ("database", "broker", "worker", "beat")},
            },
        )

    def test_an_administrator_sees_the_ages_too(self) -> None:
        self.client.force_login(User.objects.create_superuser("root"))
        with system(now=timezone.now()):
            checks = self.get()[1]["checks"]

        assert isinstance(checks, dict)
        self.assertEqual(checks["beat"]["age_seconds"], 60)

    def test_somebody_logged_in_who_is_no_administrator_sees_words_only(self) -> None:
        self.client.force_login(User.objects.create_user("viewer", is_staff=True))
        with system(now=timezone.now()):
            checks = self.get()[1]["checks"]

        assert isinstance(checks, dict)
        self.assertEqual(checks["beat"], {"status": "healthy"})

    def test_a_part_that_is_stale_or_dead_makes_it_503_and_no_error_in_the_log(self) -> None:
        for state in ({"worker": OLD}, {"beat": OLD}, {"broker": False}, {"database": False}):
            with self.subTest(state), system(now=timezone.now(), **state), self.assertNoLogs():
                self.assertEqual(self.get()[0], 503)

    def test_a_containers_probe_asks_for_the_web_process_and_its_database_only(self) -> None:
        with system(beat=None, worker=None, broker=False):
            self.assertEqual(
                self.get("?only=web"), (200, {"status": "healthy", "checks": {"database": {"status": "healthy"}}})
            )
        with system(database=False):
            self.assertEqual(self.get("?only=web")[0], 503)

    def test_what_it_does_not_know_is_refused(self) -> None:
        self.assertEqual([self.get(query)[0] for query in ("?only=worker", "?onyl=web")], [400, 400])
        self.assertEqual(self.client.post("/health/").status_code, 405)

    def test_no_answer_is_kept_by_anybody_on_the_way(self) -> None:
        with system():
            self.assertIn("no-store", self.client.get("/health/").headers["Cache-Control"])

    def test_a_clock_that_has_stepped_back_is_told_of(self) -> None:
        values: BrandValues = {"name": "Acme", "daily_budget": None, "monthly_budget": None}
        records: tuple[Callable[[datetime], object], ...] = (
            lambda at: Heartbeat.objects.create(name="daily_reset_task", finished_at=at),
            lambda at: create_brand(values=values, now=at, by=Actor.api()),
        )
        for ahead in records:
            with self.subTest(), transaction.atomic():
                self.assertFalse(health.read_record(now=timezone.now()).ahead)
                ahead(timezone.now() + timedelta(days=2))
                record = health.read_record(now=timezone.now())  # here: its thread would not see what is not committed
                with (
                    system(now=timezone.now()),
                    patch.object(health, "read_record", return_value=record),
                    self.assertLogs("budget_system.health.checks", "ERROR") as logs,
                ):
                    parts = all_parts(now=timezone.now())
                self.assertEqual(parts["clock"].status, "behind")
                self.assertEqual(overall_status({**parts, "database": PartHealth("healthy")}), "degraded")
                self.assertIn("enforce_budgets", logs.output[0])
                transaction.set_rollback(True)

    def test_it_reads_the_database_of_the_system(self) -> None:
        self.assertEqual(health.read_record(now=NOW), HealthRecord(beat_at=None, worker_at=None))
        self.assertEqual(health.count_campaigns(now=NOW), CampaignCounts(active=0, paused=0, overdue=0))

    def test_what_a_probe_asks_for_counts_no_campaigns(self) -> None:
        with CaptureQueriesContext(connection) as asked:
            health.read_record(now=NOW)

        self.assertNotIn(Campaign._meta.db_table, str(asked.captured_queries))
