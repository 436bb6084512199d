"""What many tests need: a brand with campaigns made through the services, at an instant of the test's own."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from django.test import SimpleTestCase, TestCase

from brands.models import Brand
from brands.services import BrandValues, create_brand
from budget_system.core.actors import Actor
from campaigns.models import Campaign, PauseReason, StatusEvent
from campaigns.services import CampaignValues, create_campaign
from scheduling.models import Schedule
from scheduling.services import create_schedule
from spending.models import Spend
from spending.recording.services import record

NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)
"""A Wednesday, in the middle of a day and of a month."""

ALICE = Actor.api()


class Agency(SimpleTestCase):
    """A brand “Acme” with budgets of 100.00 and 2,000.00, and one campaign that runs."""

    now = NOON

    def setUp(self) -> None:
        super().setUp()
        self.brand = self.make_brand("Acme")
        self.campaign = self.make_campaign("Spring sale")

    def make_brand(self, name: str, daily: str | None = "100.00", monthly: str | None = "2000.00") -> Brand:
        values: BrandValues = {
            "name": name,
            "daily_budget": None if daily is None else Decimal(daily),
            "monthly_budget": None if monthly is None else Decimal(monthly),
        }
        return create_brand(values=values, now=self.now, by=ALICE)

    def make_campaign(self, name: str, brand: Brand | None = None, **caps: str) -> Campaign:
        values: CampaignValues = {"brand_id": (brand or self.brand).pk, "name": name}
        if "daily" in caps:
            values["daily_budget"] = Decimal(caps["daily"])
        if "monthly" in caps:
            values["monthly_budget"] = Decimal(caps["monthly"])
        return create_campaign(values=values, now=self.now, by=ALICE)

    def spend(self, amount: str, campaign: Campaign | None = None, external_id: str = "", days: int = 0) -> Spend:
        return record(
            campaign_id=(campaign or self.campaign).pk,
            amount=Decimal(amount),
            spend_date=(self.now + timedelta(days=days)).date(),
            external_id=external_id,
            now=self.now,
            by=ALICE,
        ).spend

    def window(self, start: int, end: int, day: int | None = None, campaign: Campaign | None = None) -> Schedule:
        """Add a window of today, whole hours."""
        return create_schedule(
            values={
                "campaign_id": (campaign or self.campaign).pk,
                "day_of_week": self.now.weekday() if day is None else day,
                "start_time": time(start),
                "end_time": time(end),
            },
            now=self.now,
            by=ALICE,
        )

    def assertPaused(self, *reasons: PauseReason, campaign: Campaign | None = None) -> None:  # noqa: N802  # unittest's
        row = Campaign.everything.get(pk=(campaign or self.campaign).pk)
        self.assertEqual((row.status, row.blocked_by), ("PAUSED", list(reasons)))

    def assertRuns(self, campaign: Campaign | None = None) -> None:  # noqa: N802  # unittest's way
        row = Campaign.everything.get(pk=(campaign or self.campaign).pk)
        self.assertEqual((row.status, row.pause_reason, row.blocked_by), ("ACTIVE", None, []))

    def events(self, campaign: Campaign | None = None) -> list[StatusEvent]:
        return list(StatusEvent.objects.filter(campaign=campaign or self.campaign).order_by("at", "id"))


class AgencyTestCase(Agency, TestCase):
    """The agency, rolled back after each test."""
