"""Whether a worker does what is handed over: asked of broker, worker and the last tick."""

from datetime import timedelta
from unittest.mock import patch

from django.test import TestCase
from django.utils import timezone

from budget_system.health.worker import TICK_AGE, WorkerState, ask_worker
from tasks.heartbeats import record_heartbeat


class WorkerStateTests(TestCase):
    def state(self, *, broker: bool, worker: bool = False) -> WorkerState:
        with (
            patch("budget_system.health.worker.broker_answers", lambda: broker),
            patch("budget_system.health.worker.worker_answers", lambda: worker),
        ):
            return ask_worker()

    def test_a_worker_that_answers_does_it(self) -> None:
        record_heartbeat("tick", at=timezone.now())
        self.assertEqual(self.state(broker=True, worker=True), WorkerState.ANSWERS)

    def test_without_one_it_is_said_what_is_missing(self) -> None:
        self.assertEqual(self.state(broker=True), WorkerState.NO_WORKER)
        self.assertEqual(self.state(broker=False), WorkerState.NO_BROKER)

    def test_where_the_tick_runs_nothing_is_missing(self) -> None:
        record_heartbeat("tick", at=timezone.now() - TICK_AGE + timedelta(seconds=9))
        for broker in (True, False):
            self.assertEqual(self.state(broker=broker), WorkerState.TICKS)
        record_heartbeat("tick", at=timezone.now() - TICK_AGE)
        self.assertEqual(self.state(broker=True), WorkerState.NO_WORKER)
