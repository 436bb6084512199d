"""The whole system against an oracle that was written from the rules alone."""

import os
from unittest import skipIf

from django.db import connection
from django.test import TestCase
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.oracle.machine import BudgetMachine
from tests.oracle.tally import Tally

STEPS_OF_A_RUN = 250
RUNS = 68
SOAK = int(os.environ.get("BUDGET_SOAK", "0"))
SEED = int(os.environ.get("BUDGET_SEED", "2026"))
HEAVY = connection.vendor == "sqlite" or SOAK > 0


def play(runs: int, first: int) -> Tally:
    """Drive system and oracle through random operations, the same ones for the same seed."""

    class Machine(BudgetMachine):
        tally = Tally()

    dose = settings(
        max_examples=runs,
        stateful_step_count=STEPS_OF_A_RUN,
        deadline=None,
        database=None,
        derandomize=False,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    run_state_machine_as_test(seed(first)(Machine), settings=dose)
    return Machine.tally


class OracleMachineTests(TestCase):
    """Random operations through every public entry point, compared with the oracle after each."""

    @skipIf(not HEAVY, "the dose for other databases is below")
    def test_system_and_oracle_agree_after_every_operation(self) -> None:
        """BUDGET_SOAK=N plays N times as many runs, from seeds that follow BUDGET_SEED."""
        tally = play(RUNS * max(SOAK, 1), SEED)
        print(f"\n{tally.table()}\nseed {SEED}")

        self.assertEqual(tally.shortfalls([chosen.name for chosen in BudgetMachine.operations()]), [])

    @skipIf(HEAVY, "the whole dose is above")
    def test_system_and_oracle_agree_on_another_database(self) -> None:
        tally = play(RUNS // 8, SEED + 1)

        self.assertGreater(tally.steps, STEPS_OF_A_RUN * RUNS // 10)
