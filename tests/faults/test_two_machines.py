"""Two machines, each with workers and a beat of its own, on one PostgreSQL and one broker: ticks are shared.

Both beats send every tick, so each sweep runs twice at once, and one machine dies in the middle of one.
"""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from unittest import SkipTest

import psycopg
from django.test import SimpleTestCase, tag

from scripts.postgres import Cluster, temporary_cluster
from scripts.processes import COMMANDS
from scripts.servers import ServerUnavailable
from tests.faults.system import FAST_TICKS, WITHIN, Broker
from tests.system.stack import Stack

BRANDS, CAMPAIGNS = 1_000, 4
"""As many brands as make several batches of a pass."""

VISIBILITY = 6

AGENCY = f"""
INSERT INTO brands_brand (id, name, name_key, timezone, currency, is_held, today, this_month, day_ends_at, created_at,
    updated_at)
SELECT gen_random_uuid(), 'Brand ' || n, 'brand ' || n, 'UTC', 'USD', false, now() AT TIME ZONE 'UTC',
    date_trunc('month', now() AT TIME ZONE 'UTC'), now() + interval '2 days', now(), now()
FROM generate_series(1, {BRANDS}) n;
INSERT INTO campaigns_campaign (id, brand_id, name, name_key, platform, external_id, paused_by_person, status, blocked,
    created_at, updated_at)
SELECT gen_random_uuid(), b.id, 'Campaign ' || n, 'campaign ' || n, '', '', false, 'ACTIVE', 0, now(), now()
FROM brands_brand b, generate_series(1, {CAMPAIGNS}) n;
INSERT INTO scheduling_schedule (id, campaign_id, day_of_week, start_time, end_time, ends_next_day, is_active,
    created_at, updated_at)
SELECT gen_random_uuid(), id, (extract(isodow FROM now() AT TIME ZONE 'UTC')::int + 2) % 7, '10:00', '11:00', false,
    true, now(), now()
FROM campaigns_campaign;
"""
"""Brands in the middle of their day, and campaigns whose only window is on another day of the week."""

CLOSES = """
DELETE FROM campaigns_statusevent;
UPDATE campaigns_campaign SET status = 'ACTIVE', pause_reason = NULL, blocked = 0, paused_at = NULL,
    next_transition_at = now();
"""
"""As it would stand a moment before that window closes."""

CLOSED = """
SELECT count(*) FROM campaigns_campaign WHERE status = 'PAUSED' AND pause_reason = 'OUTSIDE_SCHEDULE' AND blocked = 16
    AND paused_at IS NOT NULL AND next_transition_at > now()
"""
EVENTS = "SELECT count(*), count(DISTINCT campaign_id) FROM campaigns_statusevent WHERE to_status = 'PAUSED'"
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


class Machine(Stack):
    """Workers and a beat, which can die at once, as where the power is cut."""

    def __init__(self, name: str, folder: Path, broker: Broker, cluster: Cluster) -> None:
        super().__init__(
            folder,
            broker.url,
            DATABASE_URL=cluster.url,
            DJANGO_SETTINGS_MODULE="tests.faults.settings",
            VISIBILITY_SECONDS=str(VISIBILITY),
        )
        self._name = name

    def run(self) -> None:
        """Start them."""
        self.start_command("worker", [*COMMANDS["worker"], "--hostname", f"worker@{self._name}"])
        self.start("beat")

    def die(self) -> None:
        """Kill all their processes."""
        for process in self._processes.values():
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._processes.clear()

    def said(self) -> str:
        """Return what they have written to their logs."""
        return "".join(path.read_text(errors="replace") for path in self.folder.glob("*.log"))


@tag("processes")
class TwoMachinesTests(SimpleTestCase):
    def setUp(self) -> None:
        last = ExitStack()
        self.addCleanup(last.close)
        try:
            self.cluster = last.enter_context(temporary_cluster())
        except ServerUnavailable as error:
            raise SkipTest(str(error)) from error
        folder = Path(tempfile.mkdtemp(prefix="budget-machines-"))
        last.callback(shutil.rmtree, folder, ignore_errors=True)
        broker = Broker(folder)
        broker.start()
        last.callback(broker.stop)
        self.machines = []
        for name in ("one", "two"):
            place = folder / name
            place.mkdir()
            self.machines.append(Machine(name, place, broker, self.cluster))
            last.callback(self.machines[-1].close)
        self.machines[0].migrate()
        self.sql(FAST_TICKS)
        self.sql(AGENCY)

    def sql(self, statements: str) -> Sequence[tuple[object, ...]]:
        with psycopg.connect(self.cluster.url, autocommit=True) as connection:
            cursor = connection.execute(statements.encode())
            return cursor.fetchall() if cursor.description else []

    def closed(self) -> int:
        return int(str(self.sql(CLOSED)[0][0]))

    def wait_for(self, number: int) -> float:
        begun = time.monotonic()
        while self.closed() < number:
            if time.monotonic() - begun > WITHIN:
                self.fail(f"{self.closed()} of {number} are decided\n{self.machines[1].logs(40)}")
            time.sleep(0.02)
        return time.monotonic() - begun

    def assertEachIsDecidedOnce(self) -> None:  # noqa: N802  # unittest's way
        everything = BRANDS * CAMPAIGNS
        self.wait_for(everything)
        time.sleep(5)  # whatever is still under way, or is given out again
        self.assertEqual(self.closed(), everything)
        self.assertEqual(self.sql(EVENTS), [(everything, everything)])
        self.assertEqual(self.sql(DEADLOCKS), [(0,)])

    def test_every_campaign_is_decided_once_while_one_machine_dies(self) -> None:
        one, two = self.machines
        one.run()
        two.run()
        self.sql(CLOSES)
        self.assertEachIsDecidedOnce()

        self.sql(CLOSES)
        self.wait_for(1)
        one.die()
        self.assertEachIsDecidedOnce()

        self.sql(CLOSES)
        self.assertEachIsDecidedOnce()

        one.run()
        self.sql(CLOSES)
        self.assertEachIsDecidedOnce()
        for machine in self.machines:
            self.assertEqual(machine.ended(), [])
            self.assertNotIn("ERROR", machine.said())
            self.assertNotIn("Traceback", machine.said())
