"""What every operation of the machine needs: a clock, both sides, their comparison, and a memory of what was done."""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random
from typing import Any, ClassVar, Protocol, TypeVar
from uuid import NAMESPACE_OID, uuid5

import time_machine
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.oracle.compare import Comparison, Difference
from tests.oracle.compare_alerts import AlertComparison
from tests.oracle.facts import Brand, Campaign, Outcome
from tests.oracle.model import Oracle
from tests.oracle.operations import Operation
from tests.oracle.rows import Row
from tests.oracle.system import Answer, System
from tests.oracle.tally import Tally
from tests.oracle.walltime import changes_between, date_at, month_of

T = TypeVar("T")
M = TypeVar("M", bound="Driver")

SEEDS = st.integers(0, 2**32 - 1)
FULL_COMPARISON_EVERY = 20
REMEMBERED = 80
ALL_TASKS = ("dayparting", "budgets", "daily", "monthly")
ALL_DONE = ("all_tasks", "all_tasks_twice", "last tick")
"""Operations after which every brand's day has begun."""


class Side(Protocol):
    """The system under test, or what stands in for it."""

    def send(self, method: str, path: str, body: Row | list[Row] | None = None) -> Answer:
        """Send a request."""

    def tick(self, task: str) -> None:
        """Run one scheduled task."""

    def spend_task(self, campaign: str, amount: str, day: str | None, external_id: str) -> None:
        """Book a spend as a worker does."""

    def command(self, *words: str) -> str:
        """Type a management command."""

    def import_spends(self, *words: str) -> Answer:
        """Type `import_spends`, which may refuse."""


class Driver(RuleBasedStateMachine):
    """Both sides, one clock. Operations are added by classes that extend this one."""

    tally: ClassVar[Tally]
    own_operations: ClassVar[dict[str, "Operation[Any]"]] = {}

    def __init__(self) -> None:
        """Open a transaction that is rolled back at the end, so that every run begins with nothing."""
        super().__init__()
        self.oracle = Oracle()
        self.idents: dict[str, str] = {}
        self.history: deque[str] = deque(maxlen=REMEMBERED)
        self.expected = 0
        self.expected_body: object = None
        self.steps = 0
        self.deck = [chosen for chosen in self.operations() for _ in range(chosen.weight)]
        self.hand: list[Operation[Any]] = []
        self.failed = False
        self.trail = 0
        self.system = self.make_system()
        self.comparison = Comparison(self.oracle, self.system, self.ident, self.tally)
        self.alerts = AlertComparison(self.oracle, self.system, self.ident)
        self.traveller = time_machine.travel(self.oracle.now, tick=False)
        self.clock = self.traveller.start()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        logging.disable(logging.WARNING)

    def make_system(self) -> Side:
        """Open the system under test."""
        return System()

    def teardown(self) -> None:
        """See that all is right after a last tick, then forget everything."""
        try:
            if not self.failed and self.steps:
                self.step("last tick", self.tick_all, counted=False)
                self.step("last look", self.look_back, counted=False)
                self.tally.runs += 1
        finally:
            logging.disable(logging.NOTSET)
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)
            self.traveller.stop()

    # Identifiers: the oracle's keys, and what the system calls them

    def ident(self, thing: object) -> str:
        """Return the system's id of a thing of the oracle's."""
        return self.idents.get(repr(thing)) or str(uuid5(NAMESPACE_OID, repr(thing)))

    # Steps

    @classmethod
    def operations(cls) -> "list[Operation[Any]]":
        """List the operations of the machine, each of its parts' in the order of its code."""
        parts = (part.__dict__.get("own_operations", {}) for part in reversed(cls.__mro__))
        return [chosen for part in parts for chosen in part.values()]

    def chance(self, seed: int) -> Random:
        """Make choices of this seed and all before it: where Hypothesis repeats seeds, it does not repeat steps."""
        self.trail = Random(f"{self.trail} {seed}").getrandbits(64)
        return Random(self.trail)

    @rule(seed=SEEDS)
    def turn(self, seed: int) -> None:
        """Choose an operation that can be done, and do it.

        One rule and one seed for all: Hypothesis would switch rules off at random in each run, and prefers some values
        of what it draws, and then some operations would be too rare to prove anything.
        """
        rng = self.chance(seed)
        chosen = self.dealt(rng)
        self.step(chosen.name, lambda: chosen.work(self, rng))

    def dealt(self, rng: Random) -> "Operation[Any]":
        """Deal operations as cards are: each comes as often as its weight says, in any order.

        What cannot be done now is put back among those to come, so that it is not lost.
        """
        waiting = []
        while True:
            if not self.hand:
                self.hand = rng.sample(self.deck, len(self.deck))
            chosen = self.hand.pop()
            if chosen.when(self):
                break
            waiting.append(chosen)
        for card in waiting:
            self.hand.insert(rng.randint(0, len(self.hand)), card)
        return chosen

    def step(self, name: str, work: Callable[[], Outcome], *, counted: bool = True) -> None:
        """Do one operation on both sides and compare."""
        self.steps += 1
        self.history.append(f"#{self.steps} {self.oracle.now:%a %F %T}Z {name}")
        try:
            outcome = work()
            self.alerts.open_ones(exact=name in ALL_DONE)
            if counted and self.steps % FULL_COMPARISON_EVERY:
                self.comparison.brands(outcome.brands, own_rows=outcome.own_rows)
            else:
                self.comparison.everything()
                self.alerts.all_ones()
        except BaseException as error:
            self.failed = True
            error.add_note(self.story(name))
            raise
        if counted:
            (self.tally.accepted if outcome.accepted else self.tally.refused)[name] += 1

    def story(self, name: str) -> str:
        """Return what was done last, and who is who, so that a difference can be reproduced."""
        facts = [f"  {brand!r} = {self.ident(brand)} {brand.name} {brand.timezone}" for brand in self.oracle.brands]
        facts += [f"  {c!r} = {self.ident(c)} of {c.brand!r}" for c in self.oracle.campaigns]
        count = f"In {name}, {self.tally.steps} steps into the test, step {self.steps} of its run. What was done:"
        return "\n".join([count, *self.history, "Who is who:", *facts])

    def ask(self, outcome: Outcome, method: str, path: str, body: Row | None = None) -> Outcome:
        """Send what the oracle has already answered, and compare the answers' codes."""
        self.expected, self.expected_body = outcome.code, None
        answer = self.system.send(method, path, body)
        self.history.append(f"    {method} {path} {body or ''} -> {answer.code}")
        if answer.code != outcome.code:
            raise Difference(f"{method} {path} {body}: must be {outcome.code}, is {answer.code}: {answer.body}")
        if answer.code == 201 and isinstance(answer.body, dict):
            self.idents[outcome.key] = str(answer.row["id"])
        return outcome

    def note(self, text: str) -> None:
        """Remember what was done beside requests."""
        self.history.append(f"    {text}")

    def tick_all(self, order: Sequence[str] = ALL_TASKS) -> Outcome:
        """Run all tasks: no status is outdated after that."""
        self.note(f"tasks {', '.join(order)}")
        for task in order:
            self.system.tick(task)
        for brand in self.oracle.brands:
            self.oracle.must.update(self.oracle.living(brand))
        return Outcome(200, brands=self.oracle.brands)

    def look_back(self) -> Outcome:
        """Compare what was told of every campaign, and the stored totals."""
        for campaign in self.campaigns():
            self.comparison.events(campaign)
        self.totals_are_clean()
        return Outcome(200)

    def totals_are_clean(self) -> None:
        """See that the stored totals are those of the ledger."""
        printed = self.system.command("check_totals")
        if "drift" in printed.lower().replace("no drift", ""):
            raise Difference(f"check_totals: {printed}")

    # Time

    def begin_at(self, at: datetime) -> None:
        """Set both clocks before anything is there."""
        self.oracle.now = at
        self.clock.move_to(at)

    def go_to(self, at: datetime) -> None:
        """Move both clocks on, and count what they cross."""
        before = self.oracle.now
        zones = sorted({brand.timezone for brand in self.oracle.brands if not brand.gone})
        dates = [(date_at(before, zone), date_at(at, zone)) for zone in zones]
        self.tally.crossed["midnights"] += any(old != new for old, new in dates)
        self.tally.crossed["month ends"] += any(month_of(old) != month_of(new) for old, new in dates)
        changed = [zone for zone in zones if changes_between(zone, before, at)]
        self.tally.crossed["clock changes"] += bool(changed)
        self.tally.zones.update(changed)
        self.begin_at(at)
        self.note(f"the clock moves to {at:%a %F %T}Z")

    # Choice

    def brands(self) -> list[Brand]:
        """List the brands that are not archived."""
        return [brand for brand in self.oracle.brands if not brand.gone]

    def campaigns(self) -> list[Campaign]:
        """List the campaigns that are not archived."""
        return [campaign for campaign in self.oracle.campaigns if not campaign.gone]

    def gone(self) -> list[Campaign]:
        """List archived campaigns of living brands."""
        return [c for c in self.oracle.campaigns if c.gone and not c.brand.gone and repr(c) in self.idents]
