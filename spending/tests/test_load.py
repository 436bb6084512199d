"""Many at once on one brand: what was acknowledged is in the ledger, the totals say the same, the verdicts follow.

Spends, restatements, corrections and removals come from many threads while ticks run, windows open and close on a
clock that runs fast, and the budget changes. On SQLite, where writers take turns, fewer of them do; in the long doses
more on PostgreSQL.
"""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from django.db.models import Sum
from django.test import TransactionTestCase, tag

from brands.models import Brand
from brands.services import change_brand
from budget_system.core.actors import Actor
from campaigns.models import Campaign, StatusEvent
from scheduling.models import Schedule
from scheduling.windows import is_open
from spending.enforcement.audit import check_totals
from spending.enforcement.sweeps import enforce_budgets, enforce_dayparting, tick
from spending.models import BrandTotal, Period, Spend
from spending.recording.services import change_spend, record, remove_spend
from tests.sampling import IS_POSTGRES, SOAK
from tests.support import ALICE, NOON, Agency
from tests.threads import deadlocks, threads

THREADS, SPENDS = (8, 250 if SOAK else 60) if IS_POSTGRES else (4, 40)
SHARED_LINES = 5
MINUTES_PER_SECOND = 10
ROBOT = Actor.task("robot")
TODAY = NOON.date()


class Booker:
    """One client: it books spends, corrects and removes its own, and restates lines that all clients restate."""

    def __init__(self, seed: int, campaigns: list[UUID], clock: Callable[[], datetime]) -> None:
        self._dice = random.Random(seed)
        self._campaigns = campaigns
        self._clock = clock
        self.acknowledged: dict[UUID, Decimal] = {}
        self.restated: dict[str, set[Decimal]] = defaultdict(set)

    def book(self, times: int) -> None:
        """Book so many spends, each acknowledged by the system, and correct some."""
        for number in range(times):
            amount = Decimal(self._dice.randint(1, 300)).scaleb(-2)
            if number % 5 == 4:
                self._restate(amount)
            else:
                self._spend(amount)
            if number % 7 == 6:
                self._correct(amount)

    def _spend(self, amount: Decimal) -> None:
        recorded = record(
            campaign_id=self._dice.choice(self._campaigns), amount=amount, now=self._clock(), by=ALICE, spend_date=TODAY
        )
        self.acknowledged[recorded.spend.pk] = amount

    def _correct(self, amount: Decimal) -> None:
        own = self._dice.choice(list(self.acknowledged))
        if self._dice.random() < 0.3:
            remove_spend(spend_id=own, now=self._clock(), by=ALICE)
            del self.acknowledged[own]
        else:
            target = self._dice.choice(self._campaigns)
            change_spend(spend_id=own, values={"amount": amount, "campaign_id": target}, now=self._clock(), by=ALICE)
            self.acknowledged[own] = amount

    def _restate(self, amount: Decimal) -> None:
        line = f"line-{self._dice.randrange(SHARED_LINES)}"
        record(
            campaign_id=self._campaigns[0],
            amount=amount,
            spend_date=TODAY,
            external_id=line,
            now=self._clock(),
            by=ALICE,
        )
        self.restated[line].add(amount)


@tag("both_databases")
class LoadTests(Agency, TransactionTestCase):
    def setUp(self) -> None:
        super().setUp()
        # What is spent in all comes near the month's budget, and the verdicts are worked out from the day's alone.
        change_brand(brand_id=self.brand.pk, values={"monthly_budget": None}, now=self.now, by=ALICE)
        self.campaigns = [self.campaign, self.make_campaign("Capped", daily="50.00"), self.make_campaign("Windowed")]
        for start, end in ((12, 13), (14, 15), (16, 18), (18, 20), (21, 23)):
            self.window(start, end, campaign=self.campaigns[2])
        self.started = time.monotonic()

    def clock(self) -> datetime:
        """Return the time, which runs fast but never into the next day."""
        minutes = min((time.monotonic() - self.started) * MINUTES_PER_SECOND, 11 * 60)
        return self.now + timedelta(minutes=minutes)

    def test_no_cent_is_lost_and_nothing_runs_on_a_used_up_budget(self) -> None:
        bookers = [Booker(seed, [campaign.pk for campaign in self.campaigns], self.clock) for seed in range(THREADS)]
        deadlocks_before = deadlocks() if IS_POSTGRES else 0
        done = threading.Event()
        with threads(THREADS + 3) as pool:
            booking = [pool.start(partial(booker.book, SPENDS)) for booker in bookers]
            others = [
                pool.start(partial(work, done)) for work in (self.keep_ticking, self.keep_sweeping, self.keep_budgeting)
            ]
            try:
                self.wait_for(booking)
            finally:
                done.set()
            self.wait_for(others)

        self.assertLedgerIsWhatWasAcknowledged(bookers)
        self.assertEqual([str(drift) for drift in check_totals(now=self.clock(), by=ROBOT)[0]], [])
        self.assertVerdictsFollow()
        if IS_POSTGRES:
            self.assertEqual(deadlocks(), deadlocks_before)

    def keep_ticking(self, done: threading.Event) -> None:
        while not done.wait(0.05):
            self.assertEqual(tick(now=self.clock(), by=ROBOT).errors, 0)

    def keep_sweeping(self, done: threading.Event) -> None:
        while not done.wait(0.05):
            for sweep in (enforce_budgets, enforce_dayparting):
                self.assertEqual(sweep(now=self.clock(), by=ROBOT).errors, 0)

    def keep_budgeting(self, done: threading.Event) -> None:
        """Move the budget to just below and just above what is spent."""
        dice = random.Random(0)
        while not done.wait(0.05):
            daily = max(Decimal("0.00"), self.counter() + Decimal(dice.randint(-500, 500)).scaleb(-2))
            change_brand(brand_id=self.brand.pk, values={"daily_budget": daily}, now=self.clock(), by=ALICE)

    def counter(self) -> Decimal:
        total = BrandTotal.objects.filter(brand=self.brand, period=Period.DAY, start=TODAY).first()
        return total.amount - total.cleared if total else Decimal("0.00")

    def wait_for(self, works: "list[Future[None]]") -> None:
        for work in works:
            work.result()

    def assertLedgerIsWhatWasAcknowledged(self, bookers: list[Booker]) -> None:  # noqa: N802  # unittest's way
        acknowledged = {spend: amount for booker in bookers for spend, amount in booker.acknowledged.items()}
        ledger = dict(Spend.objects.filter(external_id="").values_list("pk", "amount"))
        self.assertEqual(ledger, acknowledged)
        for line, amount in Spend.objects.exclude(external_id="").values_list("external_id", "amount"):
            self.assertIn(amount, set().union(*(booker.restated[line] for booker in bookers)))
        self.assertEqual(self.counter(), self.spent())

    def assertVerdictsFollow(self) -> None:  # noqa: N802  # unittest's way
        """Work out from the ledger what each campaign must be: at once for the money, after a tick for the hours."""
        brand = Brand.objects.get()
        budget_gone = brand.daily_budget is not None and self.spent() >= brand.daily_budget
        for final in (False, True):
            now = self.clock()
            if final:
                tick(now=now, by=ROBOT)
            for campaign in Campaign.objects.all():
                cap = campaign.daily_budget
                used_up = budget_gone or (cap is not None and self.spent(campaign=campaign) >= cap)
                self.assertEqual("DAILY_BUDGET_EXCEEDED" in campaign.blocked_by, used_up, campaign)
                windows = [schedule.window for schedule in Schedule.objects.filter(campaign=campaign)]
                if final:
                    runs = not used_up and (not windows or is_open(windows, at=now, tz="UTC"))
                    self.assertEqual(campaign.status, "ACTIVE" if runs else "PAUSED", campaign)
        self.assertTrue(StatusEvent.objects.exists())

    def spent(self, **of: Campaign) -> Decimal:
        return Spend.objects.filter(**of).aggregate(sum=Sum("amount"))["sum"] or Decimal("0.00")
