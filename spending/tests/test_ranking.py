"""The order and the filters of lists by what is spent of budgets: as calculated row by row in Python."""

from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from uuid import UUID

from django.db.models import QuerySet
from django.test import tag

from brands.models import Brand
from brands.services import change_brand
from campaigns.models import Campaign
from campaigns.pacing import PacingState
from campaigns.services import change_campaign
from spending.reports.clocks import clocks_of
from spending.reports.pacing.binding import limits
from spending.reports.pacing.owners import PERIODS, OwnerPacing, brand_pacing, campaign_pacing
from spending.reports.ranking import Ranking
from spending.reports.standings import CampaignStanding, campaign_standings
from spending.reports.today.budgets import runs_out
from tests.support import ALICE, Agency, AgencyTestCase

ZONES = ("UTC", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata")


@tag("both_databases")
class RankingTests(AgencyTestCase):
    """Brands in four zones, of which some have other dates, with campaigns whose budgets and spends are drawn."""

    now = datetime(2026, 3, 31, 12, 30, tzinfo=UTC)

    @classmethod
    def setUpTestData(cls) -> None:
        """Make them once: the tests read."""
        agency = Agency()
        agency.now = cls.now
        random = Random(7)  # a test's draw
        for number in range(12):
            budgets = [random.choice([None, "0.00", "50.00", "300.00", "5000.00"]) for _ in range(2)]
            brand = agency.make_brand(f"Brand {number}", *budgets)
            change_brand(brand_id=brand.pk, values={"timezone": ZONES[number % 4]}, now=cls.now, by=ALICE)
            for place in range(4):
                campaign = agency.make_campaign(f"Sale {number} {place}", brand)
                caps = [random.choice([None, None, "0.00", "40.00", "200.00"]) for _ in range(2)]
                daily, monthly = (None if cap is None else Decimal(cap) for cap in caps)
                values = {"daily_budget": daily, "monthly_budget": monthly}
                change_campaign(campaign_id=campaign.pk, values=values, now=cls.now, by=ALICE)  # type: ignore[arg-type]
                for days in (-30, -1, 0, 1)[: random.randrange(5)]:
                    agency.spend(f"{random.randrange(1, 150)}.{random.randrange(100):02}", campaign, days=days)

    def rows(self) -> tuple[QuerySet[Campaign], Ranking, dict[Campaign, CampaignStanding]]:
        ranking = Ranking(clocks_of(Brand.everything.all(), now=self.now), "brand")
        rows = ranking.joined(Campaign.objects.select_related("brand"))
        standings = campaign_standings(rows, now=self.now)
        return rows, ranking, {row: standings[row.pk] for row in rows}

    def test_campaigns_are_ordered_by_the_share_of_the_budget_that_binds(self) -> None:
        rows, ranking, standings = self.rows()

        def share(campaign: Campaign) -> float:
            binding = standings[campaign].binding
            if binding is None:
                return -1
            if not binding.budget:  # it is used up to the cent, or all that is spent is too much
                return 1e18 if binding.figures.spent else 1
            return float(binding.figures.spent / binding.budget)

        ordered = list(rows.order_by(ranking.share().desc(), "name_key", "id"))

        self.assertEqual(ordered, sorted(standings, key=lambda one: (-share(one), one.name_key, one.pk)))
        self.assertGreater(len({share(one) for one in ordered}), 10)

    def test_campaigns_are_ordered_by_the_pace_of_their_own_month_or_else_their_brands(self) -> None:
        rows, ranking, standings = self.rows()

        ordered = [standings[row].month for row in rows.order_by(ranking.month_pace().desc(nulls_last=True), "id")]

        paces = [month.pacing.pace for month in ordered]
        known = sorted((pace for pace in paces if pace is not None), reverse=True)
        self.assertEqual(paces, known + [None] * (len(paces) - len(known)))
        self.assertGreater(len(set(known)), 5)
        self.assertIn(0, [month.budget for month in ordered])

    def test_filters_keep_what_is_so_of_any_budget(self) -> None:
        rows, ranking, standings = self.rows()
        brands = brand_pacing(Brand.objects.all(), now=self.now)
        own = campaign_pacing(rows, now=self.now)

        def used(campaign: Campaign, percent: int) -> bool:
            found = limits(own=own[campaign.pk], brand=brands[campaign.brand_id])
            return any(one.figures.spent * 100 >= one.budget * percent for one in found)

        for percent in (80, 100):
            kept = set(rows.filter(ranking.at_least(percent)))
            self.assertEqual(kept, {row for row in standings if used(row, percent)}, percent)
            self.assertTrue(0 < len(kept) < len(standings))

    def test_months_off_their_plan_are_kept(self) -> None:
        rows, ranking, _ = self.rows()
        own = campaign_pacing(rows, now=self.now)
        self.check(set(rows.filter(ranking.month_is_under())), own, PacingState.UNDER)
        self.check(set(rows.filter(ranking.month_is_over())), own, PacingState.OVER)
        ranking = Ranking(ranking.clocks)
        brands = ranking.joined(Brand.objects.all())
        pacing = brand_pacing(brands, now=self.now)
        self.check(set(brands.filter(ranking.month_is_under())), pacing, PacingState.UNDER)
        self.assertTrue(brands.filter(ranking.month_is_under()).exists())

    def test_those_that_run_out_early_and_those_of_nothing_are_kept(self) -> None:
        ranking = Ranking(clocks_of(Brand.everything.all(), now=self.now))
        brands = ranking.joined(Brand.objects.all())
        pacing = brand_pacing(brands, now=self.now)
        early = {
            pk
            for pk, one in pacing.items()
            if any(runs_out(one.periods[period], one, period) for period in PERIODS)
            and not any(shown.budget is not None and shown.spent >= shown.budget for shown in one.periods.values())
        }

        self.assertEqual({row.pk for row in brands.filter(ranking.runs_out_early())}, early)
        self.assertTrue(early)
        nothing = {pk for pk, one in pacing.items() if any(shown.budget == 0 for shown in one.periods.values())}
        self.assertEqual({row.pk for row in brands.filter(ranking.nothing_allowed())}, nothing)
        self.assertTrue(nothing)

    def check(self, kept: "set[Campaign] | set[Brand]", pacing: dict[UUID, OwnerPacing], state: PacingState) -> None:
        self.assertEqual(
            {row.pk for row in kept}, {pk for pk, one in pacing.items() if one.month.pacing.state == state}
        )

    def test_brands_are_ordered_by_their_own_budgets(self) -> None:
        ranking = Ranking(clocks_of(Brand.everything.all(), now=self.now))
        rows = ranking.joined(Brand.objects.all())
        pacing = brand_pacing(rows, now=self.now)
        for name in ("day", "month"):
            ordered = [pacing[row.pk].periods[name] for row in rows.order_by(ranking.own_share(name).desc(), "id")]
            shares = [float(one.spent / one.budget) for one in ordered if one.budget]
            self.assertEqual(shares, sorted(shares, reverse=True))
