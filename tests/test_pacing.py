"""Pacing as the system reads it, against the oracle: random brands and campaigns at random instants, no difference."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Final

from django.test import SimpleTestCase, TestCase, tag

from brands.models import Brand
from campaigns.models import Campaign
from campaigns.pacing import PacingState
from scheduling.models import Schedule
from scheduling.windows import normal_end
from spending.enforcement.resets import reset
from spending.models import Period
from spending.recording.bulk import record_many
from spending.reports.pacing.owners import OwnerPacing, PeriodPacing, brand_pacing, campaign_pacing
from tests.oracle import pacing_rules as rules
from tests.oracle.pacing_rules import Booked, Owner, Window
from tests.oracle.walltime import DAY, date_at, day_start, month_of
from tests.sampling import SEED, SOAK
from tests.support import ALICE

CASES: Final = 20_000 if SOAK else 400
BRANDS: Final = 20 if SOAK else 8
"""In one round; each has up to two campaigns, and all are looked at three times."""
ZONES: Final = (
    *(
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Havana",
        "Africa/Cairo",
        "America/Santiago",
        "Asia/Kathmandu",
    ),
    *("Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Tokyo", "America/Sao_Paulo"),
)
CHANGES: Final = (
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 3, 8),
    date(2026, 11, 1),
    date(2026, 4, 5),
    date(2026, 4, 24),
)
AMOUNTS: Final = ("0.01", "0.03", "1.00", "7.77", "33.00", "250.50", "1000.00", "123456.78")


class OracleTests(SimpleTestCase):
    """The oracle's intervals are what its wall clock shows second by second."""

    def test_scheduled_seconds_are_those_that_are_counted_one_by_one(self) -> None:
        rng = Random(SEED)
        for zone, day in (("Europe/Berlin", CHANGES[0]), ("Europe/Berlin", CHANGES[1]), ("America/Havana", CHANGES[3])):
            owner = Owner(
                zone, windows=[*random_windows(rng), *((number, time(23), time(3), True) for number in range(7))]
            )
            begin, end = day_start(day, zone), day_start(day + DAY, zone)
            counted = rules.seconds_by_the_clock(owner, begin, end)
            self.assertEqual(rules.seconds(rules.scheduled_in(owner, begin, end)), counted, (zone, day))


@tag("both_databases")
class RandomPacingTests(TestCase):
    def test_brands_and_campaigns_are_paced_as_the_rules_say(self) -> None:
        rng = Random(SEED)
        compared, number = 0, 0
        states: Counter[object] = Counter()
        while compared < CASES:
            number += 1
            self.make_round(rng, number)
            for _ in range(3):
                found, expected = self.both()
                for key, period in expected.items():
                    self.assertEqual(found[key], period, (key, self.now, self.owners[key[0]]))
                    states[period["state"]] += 1
                compared += len(self.owners)
                self.now += timedelta(
                    seconds=rng.choice((1, 3599, 40_000, 86_400, 300_000)), microseconds=rng.randrange(1_000_000)
                )
        self.assertEqual(set(states), set(PacingState.values))
        self.assertGreaterEqual(min(states.values()), CASES // 100)

    def both(self) -> tuple[dict[tuple[str, str], rules.Values], dict[tuple[str, str], rules.Values]]:
        """Return what the system and what the oracle say of each owner's periods."""
        brands = Brand.objects.filter(pk__in=[brand.pk for brand in self.brands])
        campaigns = Campaign.objects.filter(brand__in=self.brands).select_related("brand")
        read = {**brand_pacing(brands, now=self.now), **campaign_pacing(campaigns, now=self.now)}
        found = {
            (str(pk), name): values_of(period)
            for pk, pacing in read.items()
            for name, period in periods(pacing).items()
        }
        expected = {
            (key, name): values
            for key, owner in self.owners.items()
            for name, values in rules.pacing(owner, self.now).items()
        }
        return found, expected

    def make_round(self, rng: Random, number: int) -> None:
        """Make brands with campaigns, book for them, and reset some."""
        day = rng.choice((*CHANGES, date(2026, rng.randrange(1, 13), rng.choice((1, 2, 7, 8, 9, 15, 27, 28)))))
        self.now = datetime.combine(day, time(rng.randrange(24), rng.randrange(60), rng.randrange(60)), UTC)
        self.owners: dict[str, Owner] = {}
        self.brands: list[Brand] = []
        booked: dict[str, list[Booked]] = {}
        rows = []
        for one in range(BRANDS):
            zone, whole = rng.choice(ZONES), rng.random() < 0.2
            daily, monthly = random_budget(rng, whole), random_budget(rng, whole)
            brand = Brand(
                name=f"{number}-{one}", timezone=zone, currency="JPY" if whole else "USD", daily_budget=daily,
                monthly_budget=monthly,
            )  # fmt: skip
            brand.begin_day(self.now - 40 * DAY)
            brand.save(force_insert=True)
            self.brands.append(brand)
            of_brand = self.owners[str(brand.pk)] = Owner(zone, whole, daily, monthly)
            for two in range(rng.randrange(3)):
                campaign = Campaign(
                    brand=brand, name=f"{two}", daily_budget=random_budget(rng, whole),
                    monthly_budget=random_budget(rng, whole),
                )  # fmt: skip
                campaign.save(force_insert=True)
                windows = random_windows(rng) if rng.random() < 0.7 else []
                active = self.make(campaign, windows, rng) if windows else None
                self.owners[str(campaign.pk)] = Owner(
                    zone, whole, campaign.daily_budget, campaign.monthly_budget, active
                )
                booked[str(campaign.pk)] = random_entries(rng, date_at(self.now, zone), whole)
                self.owners[str(campaign.pk)].entries = booked[str(campaign.pk)]
                of_brand.entries += booked[str(campaign.pk)]
                rows += [
                    {
                        "campaign_id": campaign.pk,
                        "amount": entry.amount,
                        "spend_date": entry.day,
                        "spend_type": entry.kind,
                    }
                    for entry in booked[str(campaign.pk)]
                ]
        for first in range(0, len(rows), 1000):
            record_many(rows=rows[first : first + 1000], now=self.now, by=ALICE)  # type: ignore[arg-type]
        for brand in self.brands:
            if rng.random() < 0.3:
                self.reset(brand, rng.choice(list(Period)))
        for model in (Brand, Campaign):
            for row in model._default_manager.filter(pk__in=self.owners):
                if rng.random() < 0.5:
                    self.plan(row, rng)

    def plan(self, row: Brand | Campaign, rng: Random) -> None:
        """Draw an owner's budgets near to what it spent, or exactly that."""
        owner = self.owners[str(row.pk)]
        for name, values in rules.pacing(owner, self.now).items():
            column = "daily_budget" if name == "day" else "monthly_budget"
            for base in (values["spent"], values["projected_linear"]):
                if isinstance(base, Decimal) and rng.random() < 0.7:
                    near = rules.rounded(Fraction(base) * rng.choice((70, 80, 90, 100, 100, 110, 130)) / 100, "0.01")
                    setattr(owner, column, near.quantize(Decimal(1)) if owner.whole else near)
                    type(row)._default_manager.filter(pk=row.pk).update(**{column: getattr(owner, column)})

    def make(self, campaign: Campaign, windows: list[Window], rng: Random) -> list[Window]:
        """Store windows; return those that are active."""
        active = []
        for day, start, end, overnight in windows:
            is_active = rng.random() < 0.8
            Schedule.objects.create(
                campaign=campaign, day_of_week=day, start_time=start, end_time=normal_end(end, overnight),
                ends_next_day=overnight, is_active=is_active,
            )  # fmt: skip
            active += [(day, start, end, overnight)] if is_active else []
        return active

    def reset(self, brand: Brand, period: Period) -> None:
        """Clear a counter of a brand and its campaigns, and tell the oracle."""
        today = date_at(self.now, brand.timezone)
        reset(periods=[period], brand_ids=[brand.pk], now=self.now, by=ALICE)
        of_brand = self.owners[str(brand.pk)]
        for campaign in brand.campaigns.all():
            for owner in (self.owners[str(campaign.pk)], of_brand):
                cleared, start = (
                    (owner.cleared_day, today) if period == Period.DAY else (owner.cleared_month, month_of(today))
                )
                amounts = (
                    entry.amount
                    for entry in self.owners[str(campaign.pk)].entries
                    if (
                        entry.day == start and entry.kind == "DAILY"
                        if period == Period.DAY
                        else month_of(entry.day) == start
                    )
                )
                cleared[start] = cleared.get(start, Decimal(0)) + sum(amounts, Decimal(0))


def periods(pacing: OwnerPacing) -> dict[str, PeriodPacing]:
    return {"day": pacing.day, "month": pacing.month}


def values_of(period: PeriodPacing) -> rules.Values:
    """Return a period of the system as the oracle writes it."""
    names = (
        "elapsed",
        "expected",
        "pace",
        "projected_linear",
        "projected_run_rate",
        "recommended_daily",
        "runs_out_at",
    )
    money = {"start": period.start, "end": period.end, "spent": period.spent, "budget": period.budget}
    return money | {name: getattr(period.pacing, name) for name in names} | {"state": str(period.pacing.state)}


def random_budget(rng: Random, whole: bool) -> Decimal | None:
    text = rng.choice((None, "0.00", "0.01", "1.00", "99.99", "250.50", "1000.00", "3100.00", "250000.00"))
    return None if text is None else Decimal(text).quantize(Decimal(1)) if whole else Decimal(text)


def random_windows(rng: Random) -> list[Window]:
    """Return windows, none twice."""
    found = {}
    for _ in range(rng.choice((0, 1, 3, 8))):
        first, last = sorted(rng.sample(range(0, 86_400, rng.choice((1, 900, 3600))), 2))
        overnight = rng.random() < 0.4
        start, end = (last, first) if overnight else (first, rng.choice((last, 0)))
        found[rng.randrange(7), clock(start), clock(end)] = overnight
    return [(day, start, end, overnight) for (day, start, end), overnight in found.items()]


def clock(second: int) -> time:
    return time(second // 3600, second // 60 % 60, second % 60)


def random_entries(rng: Random, today: date, whole: bool) -> list[Booked]:
    """Return entries of the days around, some of them fees, none after tomorrow."""
    oldest = rng.choice((0, 2, 6, 7, 8, 30, 45))
    return [
        Booked(
            Decimal(rng.choice(AMOUNTS[2:3] + AMOUNTS[4:5] + AMOUNTS[6:7] if whole else AMOUNTS)),
            today - (oldest if number == 0 else rng.randrange(-1, oldest + 1)) * DAY,
            "MONTHLY" if rng.random() < 0.25 else "DAILY",
        )
        for number in range(rng.choice((0, 1, 3, 8)))
    ]
