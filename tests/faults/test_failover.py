"""A synchronous standby takes over by hand from a database that dies under load: what was acknowledged is there.

Long, and only with `./run_tests.sh --soak`; the figures are printed.
"""

import os
import random
import shutil
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from unittest import SkipTest, skipUnless

import psycopg
from django.test import SimpleTestCase, tag

from scripts.postgres import Cluster, temporary_cluster
from scripts.servers import ServerUnavailable
from tests.faults.load import Load
from tests.faults.system import WITHIN, Broker, System

TIMES = 3
RATE = 60
"""Posts in a second."""

WRITABLE = "&target_session_attrs=read-write"
"""Of the hosts that an address names, the one that is no standby."""

SENT_BEFORE = 0.5
"""Seconds in which an answer may still come that was sent before."""


@tag("processes")
@skipUnless(os.environ.get("BUDGET_SOAK"), "makes databases, and loses them: ./run_tests.sh --soak")
class FailoverTests(SimpleTestCase):
    def setUp(self) -> None:
        self.last = ExitStack()
        self.addCleanup(self.last.close)
        try:
            primary = self.last.enter_context(temporary_cluster())
        except ServerUnavailable as error:
            raise SkipTest(str(error)) from error
        folder = Path(tempfile.mkdtemp(prefix="budget-failover-"))
        self.last.callback(shutil.rmtree, folder, ignore_errors=True)
        broker = Broker(folder)
        broker.start()
        self.last.callback(broker.stop)
        self.system = System(folder, broker, primary, visibility=60)
        self.last.callback(self.system.close)
        self.system.manage("migrate", "--verbosity", "0")
        self.system.run()

    def standby_of(self, primary: Cluster) -> Cluster:
        """Make a standby, for which every commit waits from now on; the system is told of both."""
        standby = self.last.enter_context(temporary_cluster(standby_of=primary))
        run(primary, "ALTER SYSTEM SET synchronous_standby_names = '*'")
        run(primary, "SELECT pg_reload_conf()")
        is_sync = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        self.system.wait("it is synchronous", lambda: self.system.number(is_sync) == 1, within=WITHIN)
        self.system.point_at(f"postgres://postgres@/postgres?host={primary.folder},{standby.folder}{WRITABLE}")
        return standby

    def test_a_primary_killed_under_load_loses_no_acknowledged_spend(self) -> None:
        dice = random.Random(20260311)
        for number in range(TIMES):
            with self.subTest(number):
                self.fail_over(f"failover {number}", after=dice.uniform(3, 6))

    def fail_over(self, name: str, *, after: float) -> None:
        primary = self.system.cluster
        standby = self.standby_of(primary)
        load = Load(self.system, name, rate=RATE, threads=8, messages=False)
        try:
            time.sleep(after)
            primary.kill()
            killed = time.monotonic()
            acknowledged = dict(load.acknowledged)

            self.system.cluster = standby
            run(standby, "SELECT pg_promote()")
            there = self.system.ledger(name)
            stand_alone(standby)
            self.assertGreater(len(acknowledged), 50)
            self.assertEqual({line: there.get(line) for line in acknowledged}, acknowledged)

            booked_again = partial(self.booked_since, load, killed)
            back = self.system.wait("a spend is booked", booked_again, within=WITHIN) and time.monotonic() - killed
        finally:
            load.end()
        print(f"\n{len(acknowledged)} acknowledged before the kill, 0 lost, booked again after {back:.1f} s; ", end="")
        print(load.summary())
        self.assertEqual(self.system.ledger(name), load.acknowledged)
        self.system.check_totals()

    def booked_since(self, load: Load, moment: float) -> bool:
        return any(answered > moment + SENT_BEFORE for answered in load.answered_at)

    def test_without_its_standby_nothing_is_acknowledged_until_it_is_told_to_stand_alone(self) -> None:
        primary = self.system.cluster
        standby = self.standby_of(primary)
        load = Load(self.system, "alone", rate=RATE, threads=8, messages=False)
        try:
            time.sleep(2)
            standby.kill()
            time.sleep(SENT_BEFORE)
            acknowledged = len(load.acknowledged)
            time.sleep(3)
            self.assertEqual(len(load.acknowledged), acknowledged)
            stand_alone(primary)
            time.sleep(2)
        finally:
            load.end()
        self.assertGreater(len(load.acknowledged), acknowledged)
        self.assertEqual(self.system.ledger("alone"), load.acknowledged)
        self.system.check_totals()


def stand_alone(cluster: Cluster) -> None:
    """Make commits wait for no standby; a promoted one has copied that from its primary."""
    run(cluster, "ALTER SYSTEM SET synchronous_standby_names = ''")
    run(cluster, "SELECT pg_reload_conf()")


def run(cluster: Cluster, statement: str) -> None:
    with psycopg.connect(cluster.url, autocommit=True, application_name="test") as connection:
        connection.execute(statement.encode())
