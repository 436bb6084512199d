"""The running system under PostgreSQL while processes are killed, and database and broker go away and come back.

What was acknowledged is there once, every total agrees with the ledger, nobody sees a 500, and the system goes on by
itself. `./run_tests.sh --soak` takes the long doses; the figures are printed.
"""

import os
import time
from contextlib import ExitStack
from typing import ClassVar

from django.test import SimpleTestCase, tag

from tests.faults.away import RATE, live_without_broker, live_without_database
from tests.faults.kills import kill_under_load
from tests.faults.load import Load
from tests.faults.system import TICKS_OF_THE_MINUTE, WITHIN, System, running_system

SOAK = bool(os.environ.get("BUDGET_SOAK"))
KILLS, KEYED = (100, 12) if SOAK else (6, 3)
OUTAGE, HOLE = (60, 60) if SOAK else (8, 8)

VISIBILITY = 6
"""Seconds after which a message that is not done is given out again."""

LINES_PER_OUTAGE = 12
"""At most, of web, worker and beat together: one of each kind in each process, every half minute."""

WAITERS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%brands_brand%'"
TOTALS_OF = "SELECT 1 FROM spending_brandtotal WHERE brand_id = '{}' FOR UPDATE"
WAIT_FOR_TOTALS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%brandtotal%'"
STILL_OPEN = """
UPDATE campaigns_campaign SET status = 'ACTIVE', pause_reason = NULL, blocked = 0, next_transition_at = now()
WHERE id = %s
"""


@tag("processes")
class RunningTests(SimpleTestCase):
    system: ClassVar[System]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        last = ExitStack()
        cls.addClassCleanup(last.close)
        cls.system = last.enter_context(running_system(visibility=VISIBILITY))

    def assertAllIsThereOnce(self, load: Load) -> None:  # noqa: N802  # unittest's way
        self.assertEqual(self.system.ledger(load.name), load.acknowledged)
        self.system.check_totals()

    def test_a_killed_process_loses_nothing_and_does_nothing_twice(self) -> None:
        load = Load(self.system, "kills", rate=40, threads=8, keyed=KEYED)

        summary = kill_under_load(self.system, load, kills=KILLS, keys_until=KILLS if SOAK else 2)

        print("\n" + summary)
        self.assertNotIn(500, load.statuses)
        self.assertAllIsThereOnce(load)

    def test_a_process_killed_while_it_waits_for_a_total_has_booked_nothing(self) -> None:
        campaign = self.system.make_campaigns("total")[0]
        spend = {"campaign": campaign, "amount": "1.00"}
        self.system.api.post("/api/spends/", {**spend, "external_id": "total 1"})  # the totals' rows are there
        brand = self.system.api.get(f"/api/campaigns/{campaign}/")["brand"]

        with self.system.locked(TOTALS_OF.format(brand)):
            load = Load(self.system, "total", rate=100, threads=1, messages=False, campaigns=[campaign])
            self.addCleanup(load.end)
            self.system.wait("one waits", lambda: self.system.number(WAIT_FOR_TOTALS) > 0, within=WITHIN)
            self.system.kill_all("web")
            self.assertEqual(self.system.ledger("total"), {"total 1": "1.00"})
        load.end()

        self.assertEqual(self.system.ledger("total"), {"total 1": "1.00", **load.acknowledged})
        self.system.check_totals()

    def test_a_database_that_restarts_is_answered_503_and_found_again_by_everybody(self) -> None:
        load = Load(self.system, "restart", rate=5, messages=False)
        log_length = len(self.system.log())

        summary, answers = live_without_database(self.system, load, seconds=6)

        print("\n" + summary)
        (api, admin, health) = answers
        self.assertEqual((api[:2], admin[:2], health[0]), ((503, "5"), (503, "5"), 503))
        self.assertIn('{"detail":', api[2])
        self.assertIn("Back in a moment", admin[2])
        self.assertLessEqual(set(load.statuses), {200, 201, 503})
        self.assertAllIsThereOnce(load)
        log = self.system.log()[log_length:]
        self.assertEqual(log.count("Traceback"), 0, log)
        self.assertLessEqual(log.count("ERROR"), LINES_PER_OUTAGE, log)

    def test_without_a_broker_every_post_is_answered_and_ticks_resume(self) -> None:
        broker = self.system.broker
        for name, take, give, seconds in (
            ("no broker", broker.stop, broker.start, OUTAGE),
            ("hole", broker.hole, broker.start_again, HOLE),
            ("full", broker.fill, broker.make_room, HOLE),
        ):
            with self.subTest(name):
                log_length = len(self.system.log())
                load = Load(self.system, name, rate=RATE, messages=False)
                if SOAK:
                    self.system.sql(TICKS_OF_THE_MINUTE)

                summary, slowest = live_without_broker(self.system, load, take=take, give=give, seconds=seconds)

                print(f"\n{name}: {summary}, /health/ at most {slowest:.1f} s")
                self.assertEqual(set(load.statuses), {201})
                self.assertLess(load.p99(), 3)
                self.assertNotIn("ended by itself", self.system.log()[log_length:])
                self.assertAllIsThereOnce(load)

    def test_a_message_given_out_again_while_it_is_done_is_done_once(self) -> None:
        campaign = self.system.make_campaigns("twice")[0]
        with self.system.locked("SELECT 1 FROM brands_brand WHERE name = 'twice A' FOR UPDATE"):
            self.system.send(
                "track_spend_task", "twice task 1", campaign_id=campaign, amount="300.00", external_id="twice task 1"
            )
            self.system.wait("it runs twice at once", lambda: self.system.number(WAITERS) >= 2, within=WITHIN)
        self.system.wait("it is booked", lambda: self.system.booked_by_tasks("twice") > 0, within=WITHIN)
        time.sleep(3)  # whatever is still under way

        self.assertEqual(self.system.ledger("twice"), {"twice task 1": "300.00"})
        self.assertEqual(self.system.api.get(f"/api/campaigns/{campaign}/")["daily_spend"], "300.00")
        self.assertEqual(len(self.system.api.rows(f"/api/campaigns/{campaign}/events/")), 1)
        self.system.check_totals()

    def test_a_sweep_that_runs_twice_at_once_writes_each_event_once(self) -> None:
        campaign = self.system.make_campaigns("sweep")[0]
        closed = {"campaign": campaign, "day_of_week": (time.gmtime().tm_wday + 3) % 7}
        self.system.api.post("/api/schedules/", {**closed, "start_time": "10:00", "end_time": "11:00"})
        events = f"/api/campaigns/{campaign}/events/"
        before = len(self.system.api.rows(events))
        with self.system.locked("SELECT 1 FROM brands_brand WHERE name = 'sweep A' FOR UPDATE"):
            # As it would stand a moment before its window closed.
            self.system.sql(STILL_OPEN, campaign)
            self.system.wait("it runs twice at once", lambda: self.system.number(WAITERS) >= 2, within=WITHIN)
        self.system.wait("it is done", lambda: len(self.system.api.rows(events)) > before, within=WITHIN)
        time.sleep(3)

        self.assertEqual(len(self.system.api.rows(events)), before + 1)
        self.assertEqual(self.system.api.get(f"/api/campaigns/{campaign}/")["blocked_by"], ["OUTSIDE_SCHEDULE"])
