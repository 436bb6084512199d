"""A standby answers lists and files; what was written before is in each of them, whatever becomes of the standby."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from types import SimpleNamespace
from typing import ClassVar
from unittest import SkipTest
from unittest.mock import MagicMock, patch
from urllib.request import urlopen

import psycopg
from django.conf import settings
from django.db import OperationalError
from django.test import SimpleTestCase, TestCase, tag

from budget_system.core import replica as core_replica
from budget_system.core.replica import LEFT_ALONE, ReplicaRouter, _Availability, read_from_replica, rows_from_replica
from campaigns.models import Campaign
from scripts.postgres import Cluster, temporary_cluster
from scripts.servers import ServerUnavailable
from tests.faults.system import WITHIN
from tests.system.client import Api
from tests.system.stack import Stack, running_stack


class RouterTests(SimpleTestCase):
    def test_what_is_written_or_locked_never_goes_to_the_replica(self) -> None:
        router = ReplicaRouter()

        self.assertEqual(router.db_for_read(Campaign), "default")
        self.assertEqual(router.db_for_write(Campaign), "default")
        self.assertFalse(router.allow_migrate("replica", "campaigns"))
        self.assertTrue(router.allow_migrate("default", "campaigns"))


class FallbackTests(SimpleTestCase):
    """What becomes of a read that fails on the way, with the database's places told by the router."""

    def setUp(self) -> None:
        fresh = _Availability()
        for replaced in (
            patch.object(core_replica, "_availability", fresh),
            patch.object(fresh, "is_current", side_effect=[True]),
        ):
            replaced.start()
            self.addCleanup(replaced.stop)
        self.places: list[str] = []

    def read(self, *failing: str, error: type[Exception] = OperationalError) -> str:
        place = ReplicaRouter().db_for_read(Campaign)
        self.places.append(place)
        if place in failing:
            raise error("gone")
        return place

    def test_what_the_replica_fails_at_the_database_answers(self) -> None:
        with self.assertLogs("budget_system.core.replica", "WARNING") as log:
            self.assertEqual(read_from_replica(partial(self.read, "replica")), "default")

        self.assertEqual(self.places, ["replica", "default"])
        self.assertIn("The replica failed: gone; for 30 s", log.output[0])

    def test_a_wrong_query_is_not_asked_twice(self) -> None:
        with self.assertRaises(ValueError):
            read_from_replica(partial(self.read, "replica", error=ValueError))

        self.assertEqual(self.places, ["replica"])
        self.assertEqual(ReplicaRouter().db_for_read(Campaign), "default")

    def test_one_that_fails_amid_a_file_is_left_alone_when_it_is_asked_for_again(self) -> None:
        rows = rows_from_replica(self.read(*(["replica"] if number else [])) for number in range(2))
        self.assertEqual(next(rows), "replica")

        with self.assertRaises(OperationalError), self.assertLogs("budget_system.core.replica", "WARNING") as log:
            next(rows)

        self.assertIn("The replica failed: gone; for 30 s", log.output[0])

    def test_rows_are_read_there_one_by_one_and_nothing_between_them(self) -> None:
        rows = rows_from_replica(self.read() for _ in range(3))

        self.assertEqual([(row, ReplicaRouter().db_for_read(Campaign)) for row in rows], [("replica", "default")] * 3)


class AskingTests(SimpleTestCase):
    """Whether it is asked, with connections that answer as it is told."""

    def setUp(self) -> None:
        self.clock, self.asked = 1000.0, 0
        self.others: list[bool] = []
        self.availability = _Availability()
        self.answer: Callable[[], tuple[bool]] = lambda: (True,)
        default, replica = MagicMock(in_atomic_block=False), MagicMock()
        default.cursor().__enter__().fetchone.return_value = ("0/1",)
        replica.cursor().__enter__().fetchone.side_effect = self.fetch
        for replaced in (
            patch.dict(settings.DATABASES, {"replica": {}}),
            patch.object(core_replica, "connections", {"default": default, "replica": replica}),
            patch.object(core_replica, "time", SimpleNamespace(monotonic=lambda: self.clock)),
        ):
            replaced.start()
            self.addCleanup(replaced.stop)

    def fetch(self) -> tuple[bool]:
        self.asked += 1
        return self.answer()

    def away(self) -> tuple[bool]:
        self.others.append(self.availability.is_current())  # who reads meanwhile
        raise OperationalError("timeout expired")

    def test_of_all_who_read_one_asks_again_whether_it_is_back_and_nobody_else_waits_for_that(self) -> None:
        self.assertTrue(self.availability.is_current())
        self.availability.leave_alone("failed")
        self.assertFalse(self.availability.is_current())
        self.clock += LEFT_ALONE

        self.answer = self.away
        self.assertFalse(self.availability.is_current())

        self.assertEqual((self.others, self.asked), ([False], 2))
        self.clock += LEFT_ALONE
        self.answer = lambda: (True,)
        self.assertEqual([self.availability.is_current() for _ in range(2)], [True, True])


class TransactionTests(TestCase):
    def test_within_a_transaction_the_database_answers_which_alone_has_what_it_wrote(self) -> None:
        with patch.dict(settings.DATABASES, {"replica": {}}), self.assertNumQueries(0):
            self.assertFalse(_Availability().is_current())


@tag("processes")
class ReplicaTests(SimpleTestCase):
    primary: ClassVar[Cluster]
    standby: ClassVar[Cluster]
    stack: ClassVar[Stack]
    api: Api

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        last = ExitStack()
        cls.addClassCleanup(last.close)
        try:
            cls.primary = last.enter_context(temporary_cluster())
            cls.standby = last.enter_context(temporary_cluster(standby_of=cls.primary))
        except ServerUnavailable as error:
            raise SkipTest(str(error)) from error
        with psycopg.connect(cls.standby.url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET log_statement = 'all'")
            connection.execute("SELECT pg_reload_conf()")
        addresses = {"DATABASE_URL": cls.primary.url, "REPLICA_DATABASE_URL": cls.standby.url}
        cls.stack = last.enter_context(running_stack(**addresses))

    def setUp(self) -> None:
        self.stack.start("web")  # each test with one that has not been disappointed by the replica yet
        self.addCleanup(self.stack.stop, "web")
        self.api = Api(self.stack.port)
        deadline = time.monotonic() + WITHIN
        while not self.answers():
            self.assertLess(time.monotonic(), deadline, self.stack.logs())
            time.sleep(0.1)
        brand = self.api.post("/api/brands/", {"name": self.id(), "daily_budget": None, "monthly_budget": None})
        self.campaign = self.api.post("/api/campaigns/", {"brand": brand["id"], "name": "One"})["id"]

    def answers(self) -> bool:
        try:
            return self.api.ask("GET", "/health/?only=web").status == 200
        except OSError:
            return False

    def ask(self, cluster: Cluster, statement: str) -> object:
        with psycopg.connect(cluster.url, autocommit=True, application_name="test") as connection:
            row = connection.execute(statement.encode()).fetchone()
            return row and row[0]

    def book(self, amount: str) -> None:
        self.api.post("/api/spends/", {"campaign": self.campaign, "amount": amount})

    def listed(self) -> list[str]:
        return [
            str(row["amount"]) for row in self.api.rows(f"/api/spends/?campaign={self.campaign}&ordering=created_at")
        ]

    def lines_of_file(self) -> int:
        address = f"http://127.0.0.1:{self.stack.port}/api/spends/?campaign={self.campaign}&format=csv"
        with urlopen(address) as answer:
            return len(answer.readlines())

    def asked_of_standby(self, read: Callable[[], object]) -> str:
        """Return what the standby has been asked for this."""
        log = self.standby.folder / "log"
        before = len(log.read_text())
        read()
        return log.read_text()[before:]

    def test_it_answers_lists_and_files_with_all_that_was_booked_a_moment_before(self) -> None:
        for number in range(1, 21):
            self.book(f"{number}.00")
            self.assertEqual(len(self.listed()), number)
        self.assertEqual(self.lines_of_file(), 21)

        command = partial(self.stack.manage, "export", "spends")
        for name, read in (("list", self.listed), ("file", self.lines_of_file), ("command", command)):
            with self.subTest(name):
                self.assertIn('FROM "spending_spend"', self.asked_of_standby(read))
        self.assertNotIn("The replica", self.stack.logs(1000))

    def test_one_that_is_late_is_left_alone(self) -> None:
        self.book("1.00")
        self.ask(self.standby, "SELECT pg_wal_replay_pause()")
        self.addCleanup(self.ask, self.standby, "SELECT pg_wal_replay_resume()")
        self.book("2.00")

        self.assertEqual(self.listed(), ["1.00", "2.00"])
        begun = time.monotonic()
        self.assertEqual(self.listed(), ["1.00", "2.00"])
        self.assertLess(time.monotonic() - begun, LEFT_ALONE / 10)
        self.assertIn("The replica is more than 0.25 s behind; for 30 s", self.stack.logs(1000))

    def test_one_that_is_away_is_left_alone(self) -> None:
        self.book("1.00")
        self.assertEqual(self.listed(), ["1.00"])
        self.standby.kill()
        self.addCleanup(self.standby.start)

        self.assertEqual(self.listed(), ["1.00"])
        self.assertEqual(self.lines_of_file(), 2)
        self.assertIn("The replica does not answer: ", self.stack.logs(1000))
