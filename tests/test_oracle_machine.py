"""The whole system against an oracle that was written from the rules alone."""

import os
from random import SystemRandom
from typing import ClassVar

from django.test import TestCase
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.oracle.compare import Difference
from tests.oracle.driver import Side
from tests.oracle.dry import Echo
from tests.oracle.machine import BudgetMachine
from tests.oracle.rows import Row
from tests.oracle.system import Answer
from tests.oracle.tally import EVERYDAY_MINIMA, SOAK_MINIMA, Tally
from tests.runner import on_postgres
from tests.sampling import SOAK

STEPS_OF_A_RUN = 347
RUNS, SOAK_RUNS = 15, 250
POSTGRES_RUNS, POSTGRES_SOAK_RUNS = 1, 10
SEED = int(os.environ.get("BUDGET_SEED") or (SystemRandom().randrange(10**6) if SOAK else 2026))


def play(machine: type[BudgetMachine], runs: int, first: int) -> Tally:
    """Drive system and oracle through random operations, the same ones for the same seed."""
    tally = Tally()
    counted = type("Machine", (machine,), {"tally": tally})
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
    try:
        run_state_machine_as_test(seed(first)(counted), settings=dose)
    except BaseException as error:
        error.add_note(f"To play it again: BUDGET_SEED={first}")
        raise
    return tally


class OracleMachineTests(TestCase):
    """Random operations through every public entry point, compared with the oracle after each."""

    def test_system_and_oracle_agree_after_every_operation(self) -> None:
        """Always the same dose; with BUDGET_SOAK a larger one, another each time unless BUDGET_SEED names it."""
        tally = play(BudgetMachine, SOAK_RUNS if SOAK else RUNS, SEED)
        print(f"\n{tally.table()}\nseed {SEED}")

        operations = [chosen.name for chosen in BudgetMachine.operations()]
        self.assertEqual(tally.shortfalls(operations, SOAK_MINIMA if SOAK else EVERYDAY_MINIMA), [])


@on_postgres
class OracleMachineOnPostgresTests(TestCase):
    """A smaller dose: what differs between the databases has tests of its own."""

    def test_system_and_oracle_agree_after_every_operation(self) -> None:
        runs = POSTGRES_SOAK_RUNS if SOAK else POSTGRES_RUNS
        self.assertGreater(play(BudgetMachine, runs, SEED + 1).steps, runs * STEPS_OF_A_RUN // 2)


class Liar(Echo):
    """Answers as the oracle would, but for one field of one kind of row."""

    path = "/api/campaigns/?"
    field = "daily_spend"
    lie: ClassVar[object] = "0.01"

    def send(self, method: str, path: str, body: Row | list[Row] | None = None) -> Answer:
        """Answer, and lie."""
        answer = super().send(method, path, body)
        if path.startswith(self.path) and isinstance(answer.body, list):
            answer.body = [row | {self.field: self.lie} for row in answer.body]
        return answer


class MachineTests(TestCase):
    """The machine itself: it is content with the truth, and with nothing else."""

    def agree(self, side: type[Echo]) -> Tally:
        class Machine(BudgetMachine):
            def make_system(self) -> Side:
                return side(self)

        return play(Machine, 2, SEED)

    def test_is_content_with_the_oracles_own_answers(self) -> None:
        self.assertGreater(self.agree(Echo).steps, STEPS_OF_A_RUN)

    def test_finds_every_field_that_is_wrong(self) -> None:
        lies: dict[str, dict[str, object]] = {
            "/api/campaigns/?": {
                "daily_spend": "0.01",
                "blocked_by": ["MANUAL"],
                "runs_again_at": "2030-01-01T00:00:00Z",
            },
            "/api/brands/?": {"monthly_left": "0.01", "figures_max_age_hours": 7},
            "/api/schedules/?": {"end_time": "23:59:59"},
            "/api/spends/?": {"amount": "0.00"},
            "/api/alerts/?": {"threshold": 7, "period": "month", "muted_until_change": True},
            "/api/imports/?": {"unchanged": 99, "money_in": "0.01"},
        }
        for path, fields in lies.items():
            for field, lie in fields.items():
                with self.subTest(field=field), self.assertRaises(Difference):
                    self.agree(type("OneLie", (Liar,), {"path": path, "field": field, "lie": lie}))
