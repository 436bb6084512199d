"""Local days in zones whose clocks jump at midnight: each begins exactly once, whoever comes first.

Ticks come as beat sends them, around every midnight and every change of the clocks; for random stretches beat is down.
Spends come at random instants, many of them around midnight. What each counter must say is worked out beside it by
plain sums over `tests.local_days`, which looks at wall clocks and knows nothing of the system's own calendar.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import time_machine
from django.test import TestCase

from brands.models import Brand
from brands.services import create_brand
from budget_system.core.actors import Actor
from campaigns.models import Campaign
from campaigns.services import create_campaign
from spending.enforcement.audit import check_totals
from spending.enforcement.sweeps import tick
from spending.models import CampaignTotal, Period, Spend
from spending.recording.services import record
from spending.reports.figures import brand_figures, campaign_figures
from tasks import budget_tasks
from tests.local_days import LocalDays, local_days
from tests.sampling import SOAK

ZONES: Mapping[str, date] = {
    "Africa/Cairo": date(2024, 10, 24),
    "America/Havana": date(2024, 10, 27),
    "America/Santiago": date(2024, 8, 31),
    "Asia/Beirut": date(2024, 10, 21),
    "Atlantic/Azores": date(2024, 10, 21),
    "Australia/Lord_Howe": date(2024, 9, 27),
}
"""Each with the first of its days: soon after it a month begins, and the clocks change."""
DAYS = 400 if SOAK else 14
SEED = 20_240_905
DAILY, MONTHLY = Decimal("10.00"), Decimal("170.00")
TASK = Actor.task("days")
MINUTE = timedelta(minutes=1)
MOMENT = timedelta(microseconds=1)
MINUTELY: tuple[Callable[[], object], ...] = (
    budget_tasks.daily_reset_task,
    budget_tasks.monthly_reset_task,
    budget_tasks.enforce_dayparting_task,
)


@dataclass(slots=True)
class Client:
    """A brand with one campaign, and what its ledger must come to."""

    brand: Brand
    campaign: Campaign
    days: LocalDays
    by_day: dict[date, Decimal]
    by_month: dict[date, Decimal]
    begun: list[date]
    woken: int = 0

    def book(self, at: datetime, amount: Decimal, *, dated_tomorrow: bool) -> None:
        """Book it in the system, and beside it."""
        today = self.days.date_at(at)
        day = today + timedelta(days=1) if dated_tomorrow else today
        record(
            campaign_id=self.campaign.pk,
            amount=amount,
            spend_date=day if dated_tomorrow else None,
            now=at,
            by=TASK,
        )
        self.by_day[day] += amount
        self.by_month[day.replace(day=1)] += amount


Event = tuple[datetime, Client | None, Callable[[datetime], None]]


class DayTests(TestCase):
    """The days of six zones, told apart by what happens first in each."""

    def setUp(self) -> None:
        self.random = Random(SEED)
        self.clients = [self.open(zone, first) for zone, first in ZONES.items()]
        begin = min(client.days.starts[0] for client in self.clients)
        end = max(client.days.starts[-1] for client in self.clients)
        self.down = list(self.outages(begin, end))

    def open(self, zone: str, first: date) -> Client:
        days = local_days(zone, first, DAYS)
        now = days.starts[0] - timedelta(hours=1)
        brand = create_brand(
            values={"name": zone, "daily_budget": DAILY, "monthly_budget": MONTHLY, "timezone": zone},
            now=now,
            by=TASK,
        )
        campaign = create_campaign(values={"brand_id": brand.pk, "name": "Sale"}, now=now, by=TASK)
        return Client(brand, campaign, days, defaultdict(Decimal), defaultdict(Decimal), [])

    def test_the_clocks_of_these_days_skip_midnights_and_repeat_some(self) -> None:
        skipped = [client.days.zone for client in self.clients if client.days.skipped_midnights()]
        repeated = [client.days.zone for client in self.clients if client.days.repeated_midnights()]

        self.assertIn("America/Santiago", skipped)
        self.assertLessEqual({"America/Havana", "Atlantic/Azores"}, set(repeated))
        if SOAK:
            self.assertEqual(len(skipped), 5, skipped)  # all but Lord Howe, whose clocks jump by half an hour

    def test_every_day_begins_exactly_once_and_counts_what_is_its_own(self) -> None:
        seen = 0
        with time_machine.travel(self.clients[0].days.starts[0], tick=False) as clock:
            for at, client, act in sorted(self.events(), key=lambda event: event[0]):
                clock.move_to(at)
                act(at)
                seen += self.days_begun([client] if client else self.clients, at)

        self.assertEqual(seen, DAYS * len(ZONES))
        for client in self.clients:
            self.assertEqual(client.begun, client.days.dates[:DAYS])
        self.assertGreater(sum(client.woken for client in self.clients), DAYS)
        self.assert_nothing_is_counted_twice_or_not_at_all()

    def events(self) -> Iterator[Event]:
        """Yield what happens, in no order: ticks concern everybody, spends and reads one client."""
        for client in self.clients:
            for start, end in zip(client.days.starts, client.days.starts[1:], strict=False):
                for at in self.instants(start, end):
                    if start <= at < end:
                        yield at, client, self.booking(client)
                if self.random.random() < 0.3:
                    yield start + self.random.choice((timedelta(0), MOMENT)), client, self.reading(client)
            for change in client.days.changes:
                yield change, client, self.booking(client)
                yield change + timedelta(hours=1), client, self.booking(client)
        for at in sorted(self.ticks()):
            if not self.is_down(at, at):
                yield at, None, self.ticking()

    def ticks(self) -> set[datetime]:
        """Return the minutes that matter: around midnights and changes of the clocks; and some in between."""
        ticks: set[datetime] = set()
        for client in self.clients:
            for start in (*client.days.starts[:-1], *client.days.changes):
                phase = timedelta(seconds=self.random.randrange(60))
                ticks |= {start + phase, start + phase + MINUTE}
                if self.random.random() < 0.5:
                    ticks.add(start + timedelta(minutes=self.random.randrange(1380)))
        return ticks

    def instants(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield when a day's spends come: one at least, often at its very edges."""
        yield start + (end - start) * self.random.random()
        for edge in (start, start + MOMENT, start + timedelta(seconds=20), end - MOMENT, end - timedelta(seconds=20)):
            if self.random.random() < 0.25:
                yield edge

    def outages(self, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the stretches in which beat is down: minutes to four days, a fifth of the time or more."""
        at = begin
        while at < end:
            at += timedelta(hours=self.random.randrange(4, 120))
            until = at + timedelta(minutes=self.random.choice((3, 40, 300, 1500, 5800)))
            yield at, until
            at = until

    def is_down(self, since: datetime, until: datetime) -> bool:
        """Return whether beat was down at any time of `[since, until]`."""
        return any(begin <= until and since < end for begin, end in self.down)

    def booking(self, client: Client) -> Callable[[datetime], None]:
        amount = Decimal(self.random.randrange(1, 800)).scaleb(-2)
        tomorrow = self.random.random() < 0.05
        return lambda at: client.book(at, amount, dated_tomorrow=tomorrow)

    def reading(self, client: Client) -> Callable[[datetime], None]:
        """Look only: the counters are the new day's already, though nothing was written."""
        return lambda at: self.assert_counters([client], self.stored([client]), at)

    def ticking(self) -> Callable[[datetime], None]:
        """Tick as beat and worker do, in any order; or as cron does."""
        if self.random.random() < 0.3:
            return lambda at: self.assertEqual(tick(now=at, by=TASK).errors, 0)
        tasks = self.random.sample(MINUTELY, k=len(MINUTELY))
        if self.random.random() < 0.2:
            tasks.append(budget_tasks.enforce_budget_limits_task)

        def beat(at: datetime) -> None:
            for task in tasks:
                task()

        return beat

    def days_begun(self, clients: Sequence[Client], at: datetime) -> int:
        """Hold clients to what must stand after an event; count the days that have begun with it."""
        now_living = [client for client in clients if client.days.starts[0] <= at < client.days.starts[-1]]
        campaigns = self.stored(now_living)
        self.assert_counters(now_living, campaigns, at)
        return sum(self.has_begun(client, campaigns[client.campaign.pk], at) for client in now_living)

    def has_begun(self, client: Client, campaign: Campaign, at: datetime) -> bool:
        today, before, seen = (
            client.days.date_at(at),
            client.begun[-1] if client.begun else None,
            (client.days.zone, at),
        )
        if campaign.brand.today != today:
            # Somebody has only looked, and what looks writes nothing.
            self.assertTrue(before is None or campaign.brand.today == before, seen)
            return False
        self.assertEqual(campaign.blocked_by, self.blocked_by(client, today), seen)
        if before == today:
            return False
        start = client.days.starts[client.days.dates.index(today)]
        if not self.is_down(start, start + MINUTE):
            self.assertLess(at - start, MINUTE, seen)
        client.woken += before is not None and client.by_day[before] >= DAILY and not campaign.blocked_by
        client.begun.append(today)
        return True

    def blocked_by(self, client: Client, today: date) -> list[str]:
        reasons = {
            "MONTHLY_BUDGET_EXCEEDED": client.by_month[today.replace(day=1)] >= MONTHLY,
            "DAILY_BUDGET_EXCEEDED": client.by_day[today] >= DAILY,
        }
        return [reason for reason, holds in reasons.items() if holds]

    def stored(self, clients: Sequence[Client]) -> dict[UUID, Campaign]:
        rows = Campaign.objects.select_related("brand").filter(pk__in=[client.campaign.pk for client in clients])
        return {row.pk: row for row in rows}

    def assert_counters(self, clients: Sequence[Client], campaigns: dict[UUID, Campaign], at: datetime) -> None:
        """See that brand and campaign show what the ledger holds of this day and month."""
        of_campaigns = campaign_figures(campaigns.values(), now=at)
        of_brands = brand_figures([campaign.brand for campaign in campaigns.values()], now=at)
        for client in clients:
            today = client.days.date_at(at)
            expected = (client.by_day[today], client.by_month[today.replace(day=1)])
            for figures in (of_campaigns[client.campaign.pk], of_brands[client.brand.pk]):
                self.assertEqual((figures.daily_spend, figures.monthly_spend), expected, (client.days.zone, at))

    def assert_nothing_is_counted_twice_or_not_at_all(self) -> None:
        for client in self.clients:
            totals = CampaignTotal.objects.filter(campaign=client.campaign, period=Period.DAY, amount__gt=0)
            booked = {day: amount for day, amount in client.by_day.items() if amount}
            self.assertEqual(dict(totals.values_list("start", "amount")), booked)
            ledger = Spend.objects.filter(campaign=client.campaign).values_list("amount", flat=True)
            self.assertEqual(sum(ledger), sum(booked.values()))
        drifts, counts = check_totals(now=self.clients[0].days.starts[-1], by=TASK)
        self.assertEqual((drifts, counts.errors), ([], 0))
