"""Sixty days of the demo's agency, booked through the services with the clock moved along.

So every spend, status and event is one that the system itself would have made. The first weeks are booked by a report
a week, as by an agency whose platforms do not report by themselves yet; the last two campaign by campaign. The amounts
come from a generator with a fixed seed: the same agency every time, ending at the `now` it is given.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from django.db import transaction

from brands.calendar import first_of_month, local_date, start_of_day
from brands.models import Brand
from brands.services import change_brand, create_brand, hold_brand
from budget_system.core.actors import Actor
from budget_system.core.money import ZERO, decimals_of
from budget_system.core.validation import fold
from campaigns.models import Campaign
from campaigns.services import create_campaign, pause_campaign
from scheduling.services import create_schedule
from spending.ledger.entries import SpendValues
from spending.models import SpendType
from spending.recording.bulk import record_many
from spending.recording.services import record
from spending.reports.figures import brand_figures
from tasks.demo.agency import DemoBrand, DemoCampaign
from tasks.demo.passing_time import pass_time

DAYS = 60
HOURS_DAYS_AGO = 14
"""When the windows came, and with them each platform's own reports."""
PAUSED_DAYS_AGO = 5
HELD_DAYS_AGO = 3
WEEKEND = Decimal("0.7")

REPORTER = Actor.api()


def create_demo_brand(plan: DemoBrand, *, now: datetime, by: Actor) -> Brand | None:
    """Create a brand with its sixty days until `now` (UTC); `None` where it exists already, archived or not.

    All of it or nothing is kept.
    """
    if Brand.everything.filter(name_key=fold(plan.name)).exists():
        return None
    with transaction.atomic():
        return _DemoDays(plan, now=now, by=by).run()


class _DemoDays:
    """One brand's days."""

    def __init__(self, plan: DemoBrand, *, now: datetime, by: Actor) -> None:
        self.plan = plan
        self.now = now
        self.by = by
        self.smallest = Decimal(1).scaleb(-decimals_of(plan.currency))
        self.today = local_date(now, plan.timezone)
        self.first_day = self.today - timedelta(days=DAYS - 1)
        self.random = Random(plan.name)
        self.brand = self._create_brand()
        self.unreported: list[tuple[DemoCampaign, date, Decimal]] = []
        self.campaigns = {own: self._create_campaign(own) for own in plan.campaigns}

    def run(self) -> Brand:
        """Book every day up to now."""
        for offset in range((self.today - self.first_day).days):
            self._book_day(self.first_day + timedelta(days=offset))
        self._book_today()
        pass_time(self.brand, self.now)
        if self.plan.month is not None:
            self._set_month_budget(self.plan.month)
        return self.brand

    def _create_brand(self) -> Brand:
        return create_brand(
            values={
                "name": self.plan.name,
                "daily_budget": self.plan.daily_budget,
                "monthly_budget": self.plan.monthly_budget,
                "timezone": self.plan.timezone,
                "currency": self.plan.currency,
            },
            now=start_of_day(self.first_day, self.plan.timezone),
            by=self.by,
        )

    def _create_campaign(self, own: DemoCampaign) -> Campaign:
        return create_campaign(
            values={
                "brand_id": self.brand.pk,
                "name": own.name,
                "platform": own.platform,
                "external_id": str(self.random.randrange(10**9, 10**10)),
                "daily_budget": own.cap,
            },
            now=self.brand.created_at,
            by=self.by,
        )

    def _set_hours(self, *, at: datetime) -> None:
        """Create the windows: before, every campaign ran at any hour."""
        pass_time(self.brand, at)
        windows = [(own, hours) for own in self.plan.campaigns for hours in own.hours]
        for own, hours in windows:
            for day in hours.days:
                create_schedule(
                    values={
                        "campaign_id": self.campaigns[own].pk,
                        "day_of_week": day,
                        "start_time": hours.start,
                        "end_time": hours.end,
                        "ends_next_day": hours.ends_next_day,
                        "is_active": hours.is_active,
                    },
                    now=at,
                    by=self.by,
                )

    def _book_day(self, day: date) -> None:
        """Book a whole day: fees on the 1st, a person's orders in the morning, then what was spent."""
        days_ago = (self.today - day).days
        self._book_fees(day, at=self._clock(day, time(5)))
        morning = self._clock(day, time(9, 30))
        if days_ago == min(HOURS_DAYS_AGO, DAYS - 1):
            self._set_hours(at=morning)
        if days_ago == HELD_DAYS_AGO and self.plan.hold_note:
            pass_time(self.brand, morning)
            hold_brand(brand_id=self.brand.pk, note=self.plan.hold_note, now=morning, by=self.by)
        for own in self.plan.campaigns if days_ago == PAUSED_DAYS_AGO else ():
            if own.pause_note:
                pass_time(self.brand, morning)
                pause_campaign(campaign_id=self.campaigns[own].pk, note=own.pause_note, now=morning, by=self.by)
        pace = self.plan.pace * (WEEKEND if day.weekday() > 4 else 1) * self._between(75, 112)
        for own in sorted(self.plan.campaigns, key=lambda own: own.reported):
            amount = self._amount(own, pace)
            if own.cap is not None:
                amount = min(amount, own.cap)
            self.unreported.append((own, day, amount))
            if days_ago <= HOURS_DAYS_AGO:
                self._book_reports(at=self._clock(day, own.reported))
        if days_ago > HOURS_DAYS_AGO and (days_ago - HOURS_DAYS_AGO) % 7 == 1:
            self._book_reports(at=self._clock(day, time(23)))

    def _book_today(self) -> None:
        """Book today up to now, in as little time as there is; the last report brings it to the planned part."""
        start = start_of_day(self.today, self.plan.timezone)
        self._book_fees(self.today, at=start)
        last = max((own for own in self.plan.campaigns if own.is_steady), key=lambda own: own.reported)
        reports = sorted(self.plan.campaigns, key=lambda own: (own is last, own.reported))
        goal = (self.plan.today * (self.plan.daily_budget or self.plan.pace)).quantize(self.smallest)
        spent = ZERO
        for place, own in enumerate(reports, start=1):
            amount = self._amount(own, goal)
            if own.cap is not None:
                amount = (own.cap * own.cap_today).quantize(self.smallest)
            elif own is last:
                amount = goal - spent
            self.unreported.append((own, self.today, amount))
            spent += self._book_reports(at=start + (self.now - start) * place / len(reports))

    def _book_reports(self, *, at: datetime) -> Decimal:
        """Book what is not reported yet, and return the sum; campaigns that are paused by then spent nothing."""
        running = pass_time(self.brand, at)
        rows: list[SpendValues] = [
            {
                "campaign_id": self.campaigns[own].pk,
                "amount": amount,
                "spend_date": day,
                "external_id": f"{own.platform}-{day}",
            }
            for own, day, amount in self.unreported
            if self.campaigns[own].pk in running
        ]
        self.unreported.clear()
        if rows:
            record_many(rows=rows, now=at, by=REPORTER)
        return sum((row["amount"] for row in rows), ZERO)

    def _book_fees(self, day: date, *, at: datetime) -> None:
        for own, campaign in self.campaigns.items():
            if own.fee is not None and day == first_of_month(day):
                pass_time(self.brand, at)
                record(
                    campaign_id=campaign.pk,
                    amount=own.fee,
                    spend_date=day,
                    spend_type=SpendType.MONTHLY,
                    description="Platform fee",
                    external_id=f"fee-{day:%Y-%m}",
                    now=at,
                    by=REPORTER,
                )

    def _set_month_budget(self, used: Decimal) -> None:
        """Change the month's budget so that the planned part of it is used up now."""
        spent = brand_figures([self.brand], now=self.now)[self.brand.pk].monthly_spend
        budget = (spent / used).quantize(Decimal(1))
        change_brand(brand_id=self.brand.pk, values={"monthly_budget": budget}, now=self.now, by=self.by)

    def _clock(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, ZoneInfo(self.plan.timezone))

    def _amount(self, own: DemoCampaign, pace: Decimal) -> Decimal:
        return (pace * own.weight / 100 * self._between(90, 110)).quantize(self.smallest)

    def _between(self, least: int, most: int) -> Decimal:
        """Return a part between two percentages."""
        return Decimal(self.random.randint(least * 100, most * 100)) / 10_000
