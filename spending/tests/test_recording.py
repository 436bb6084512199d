"""What booking, correcting and resetting does to the counters, in the brand's own days and months."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.test import tag

from brands.models import Brand
from brands.services import change_brand
from budget_system.core.money import from_cents, to_cents
from campaigns.models import Campaign, PauseReason
from campaigns.services import pause_campaign, remove_campaign
from spending.enforcement.audit import check_totals
from spending.enforcement.recounts import recount_budgets
from spending.enforcement.resets import preview, reset
from spending.enforcement.sweeps import begin_days, begin_months, enforce_budgets, enforce_dayparting
from spending.ledger.entries import BookingResult
from spending.models import BrandTotal, CampaignTotal, Period, Reset
from spending.recording.services import change_spend, record, remove_spend
from spending.reports.figures import Figures, brand_figures, campaign_figures
from tests.support import ALICE, AgencyTestCase

MONTH, DAY = PauseReason.MONTHLY_BUDGET_EXCEEDED, PauseReason.DAILY_BUDGET_EXCEEDED


class CountingTestCase(AgencyTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.other = self.make_campaign("Other")

    def figures(self, campaign: Campaign | None = None) -> Figures:
        row = Campaign.everything.select_related("brand").get(pk=(campaign or self.campaign).pk)
        return campaign_figures([row], now=self.now)[row.pk]

    def assertSpent(self, day: str, month: str, campaign: Campaign | None = None) -> None:  # noqa: N802  # unittest's
        figures = self.figures(campaign)
        self.assertEqual((str(figures.daily_spend), str(figures.monthly_spend)), (day, month))

    def assertBrandSpent(self, day: str, month: str) -> None:  # noqa: N802  # unittest's way
        figures = brand_figures([Brand.objects.get(pk=self.brand.pk)], now=self.now)[self.brand.pk]
        self.assertEqual((str(figures.daily_spend), str(figures.monthly_spend)), (day, month))

    def book(self, amount: str, spend_date: date | None = None, spend_type: str | None = None) -> None:
        record(
            campaign_id=self.campaign.pk,
            amount=Decimal(amount),
            spend_date=spend_date,
            spend_type=spend_type,
            now=self.now,
            by=ALICE,
        )


@tag("both_databases")
class CountingTests(CountingTestCase):
    def test_ten_cents_ten_times_are_a_unit_to_the_cent(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"daily_budget": Decimal("0.80")}, now=self.now, by=ALICE)
        self.book("0.70")
        self.assertRuns()
        self.book("0.10")

        self.assertPaused(DAY)
        self.assertSpent("0.80", "0.80")

    def test_every_amount_is_its_cents(self) -> None:
        for cents in (*range(10_000), 10**14 - 1):
            self.assertEqual(to_cents(from_cents(cents)), cents)

    def test_large_amounts_keep_their_cents(self) -> None:
        change_brand(
            brand_id=self.brand.pk,
            values={"daily_budget": Decimal("999999999999.99"), "monthly_budget": None},
            now=self.now,
            by=ALICE,
        )
        self.book("999999999999.97")
        self.book("0.01")
        self.assertRuns()
        self.assertSpent("999999999999.98", "999999999999.98")

    def test_the_sum_of_amounts_may_be_larger_than_one_amount(self) -> None:
        change_brand(
            brand_id=self.brand.pk, values={"daily_budget": None, "monthly_budget": None}, now=self.now, by=ALICE
        )
        largest = "999999999999.99"
        spend = self.spend(largest)
        self.book(largest)
        self.assertSpent("1999999999999.98", "1999999999999.98")
        change_spend(spend_id=spend.pk, values={"amount": Decimal("0.02")}, now=self.now, by=ALICE)
        self.assertSpent("1000000000000.01", "1000000000000.01")
        self.assertEqual(check_totals(now=self.now, by=ALICE)[0], [])
        reset(periods=[Period.DAY], now=self.now, by=ALICE)
        self.assertSpent("0.00", "1000000000000.01")

    def test_a_monthly_spend_counts_in_its_month_only(self) -> None:
        self.book("100.00", spend_type="MONTHLY")

        self.assertSpent("0.00", "100.00")
        self.assertBrandSpent("0.00", "100.00")
        self.assertRuns()

    def test_each_date_counts_in_its_own_day_and_month(self) -> None:
        for spend_date in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 10), date(2026, 3, 12)):
            self.book("10.00", spend_date)
        self.assertSpent("0.00", "30.00")

        self.now += timedelta(days=1)
        self.assertSpent("10.00", "30.00")

    def test_the_last_of_a_month_and_the_first_of_the_next_are_two_months(self) -> None:
        for last, first in ((date(2028, 2, 29), date(2028, 3, 1)), (date(2026, 12, 31), date(2027, 1, 1))):
            with self.subTest(last):
                self.now = datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=UTC)
                self.book("10.00")
                self.assertSpent("10.00", "10.00")

                self.now += timedelta(seconds=1)
                self.book("1.00", first)
                self.assertSpent("1.00", "1.00")

    def test_the_day_is_the_brands_and_not_utcs(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"timezone": "America/New_York"}, now=self.now, by=ALICE)
        self.now = datetime(2026, 4, 1, 2, tzinfo=UTC)  # in New York the evening of 31 March
        self.book("60.00")
        self.assertEqual(
            set(BrandTotal.objects.filter(amount=Decimal("60.00")).values_list("period", "start")),
            {(Period.DAY, date(2026, 3, 31)), (Period.MONTH, date(2026, 3, 1))},
        )

        self.now = datetime(2026, 4, 1, 3, 59, 59, tzinfo=UTC)
        self.book("40.00")
        self.assertPaused(DAY)
        self.now += timedelta(seconds=1)
        begin_days(now=self.now, by=ALICE)
        self.assertRuns()
        self.assertSpent("0.00", "0.00")

    def test_what_lies_out_of_range_is_refused(self) -> None:
        for spend_date in (date(1999, 12, 31), date(2026, 3, 13)):
            with self.subTest(spend_date), self.assertRaises(ValidationError) as caught:
                self.book("1.00", spend_date)
            self.assertIn("spend_date", caught.exception.message_dict)
        with self.assertRaises(ValidationError):
            self.book("0.00")
        self.assertFalse(CampaignTotal.objects.exists())

    def test_the_brands_budget_is_met_by_the_brands_spend(self) -> None:
        self.spend("50.00")
        self.spend("49.99", self.other)
        self.assertRuns()
        self.spend("0.01", self.other)

        self.assertPaused(DAY)
        self.assertPaused(DAY, campaign=self.other)

    def test_the_month_is_used_up_to_the_cent(self) -> None:
        self.spend("1999.99", days=-1)
        self.assertRuns()
        self.spend("0.01", days=-1)

        self.assertPaused(MONTH)

    def test_a_cap_of_the_campaign_is_met_by_its_own_spend(self) -> None:
        capped = self.make_campaign("Capped", daily="10.00", monthly="20.00")
        self.spend("50.00")
        self.spend("9.99", capped)
        self.assertRuns(capped)
        self.spend("0.01", capped)
        self.assertPaused(DAY, campaign=capped)
        self.spend("10.00", capped, days=-1)
        self.assertPaused(MONTH, DAY, campaign=capped)


@tag("both_databases")
class CorrectingTests(CountingTestCase):
    def test_a_change_moves_the_counters_by_the_difference(self) -> None:
        spend = self.spend("30.00")
        self.spend("5.00")
        change_spend(spend_id=spend.pk, values={"amount": Decimal("12.34")}, now=self.now, by=ALICE)

        self.assertSpent("17.34", "17.34")
        self.assertBrandSpent("17.34", "17.34")

    def test_a_move_to_another_campaign_gives_here_and_takes_there(self) -> None:
        spend = self.spend("30.00")
        change_spend(spend_id=spend.pk, values={"campaign_id": self.other.pk}, now=self.now, by=ALICE)

        self.assertSpent("0.00", "0.00")
        self.assertSpent("30.00", "30.00", self.other)
        self.assertBrandSpent("30.00", "30.00")

    def test_a_removed_spend_gives_back(self) -> None:
        spend = self.spend("30.00")
        self.spend("5.00")
        remove_spend(spend_id=spend.pk, now=self.now, by=ALICE)

        self.assertSpent("5.00", "5.00")

    def test_a_restatement_replaces_and_never_counts_twice(self) -> None:
        for amount, result in (
            ("10.00", BookingResult.CREATED),
            ("12.00", BookingResult.REPLACED),
            ("12.00", BookingResult.UNCHANGED),
        ):
            recorded = record(
                campaign_id=self.campaign.pk, amount=Decimal(amount), external_id="line", now=self.now, by=ALICE
            )
            self.assertEqual(recorded.result, result)

        self.assertSpent("12.00", "12.00")

    def test_an_archived_campaigns_spends_count_on_in_the_brand(self) -> None:
        self.spend("60.00")
        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertBrandSpent("60.00", "60.00")
        recount_budgets(now=self.now, by=ALICE)
        self.assertBrandSpent("60.00", "60.00")

        self.spend("40.00", self.other)
        self.assertPaused(DAY, campaign=self.other)


@tag("both_databases")
class ResetTests(CountingTestCase):
    def test_it_clears_the_day_and_leaves_the_month_and_the_ledger(self) -> None:
        self.spend("60.00")
        self.spend("40.00", self.other)
        self.assertPaused(DAY)

        counts = reset(periods=[Period.DAY], note="agreed", now=self.now, by=ALICE)

        self.assertEqual(counts.reset_counts(), {"daily_reset": 2, "monthly_reset": 0, "reactivated": 2, "errors": 0})
        self.assertSpent("0.00", "60.00")
        self.assertBrandSpent("0.00", "100.00")
        self.assertEqual(CampaignTotal.objects.get(campaign=self.campaign, period="D").amount, Decimal("60.00"))
        entry = Reset.objects.get()
        self.assertEqual((entry.cleared, entry.campaigns, entry.note), (Decimal("100.00"), 2, "agreed"))

    def test_it_clears_what_an_archived_campaign_has_spent(self) -> None:
        self.spend("100.00")
        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        reset(periods=[Period.DAY], now=self.now, by=ALICE)

        self.assertBrandSpent("0.00", "100.00")
        self.assertRuns(self.other)

    def test_what_is_spent_after_it_counts_from_zero(self) -> None:
        self.spend("100.00")
        reset(periods=[Period.DAY, Period.MONTH], now=self.now, by=ALICE)
        self.spend("99.99")
        self.assertRuns()
        self.spend("0.01")

        self.assertPaused(DAY)
        self.assertSpent("100.00", "100.00")

    def test_what_was_cleared_is_not_given_back_a_second_time(self) -> None:
        spend = self.spend("100.00")
        reset(periods=[Period.DAY], now=self.now, by=ALICE)
        self.spend("30.00")
        remove_spend(spend_id=spend.pk, now=self.now, by=ALICE)

        self.assertSpent("0.00", "30.00")
        self.spend("50.00")
        self.assertSpent("50.00", "80.00")
        self.assertBrandSpent("50.00", "80.00")

    def test_twice_clears_once(self) -> None:
        self.spend("60.00")
        for _ in range(2):
            reset(periods=[Period.DAY], now=self.now, by=ALICE)

        self.assertEqual(Reset.objects.count(), 1)
        self.assertEqual(preview(periods=[Period.DAY], now=self.now), [])

    def test_ordered_just_before_a_midnight_that_came_first_it_clears_the_day_that_has_begun(self) -> None:
        ordered = self.now.replace(hour=23, minute=59, second=59)
        self.now = self.now.replace(day=12, hour=0)
        begin_days(now=self.now, by=ALICE)
        self.spend("100.00", days=-1)
        self.spend("100.00")
        reset(periods=[Period.DAY], now=ordered, by=ALICE)

        self.assertBrandSpent("0.00", "200.00")
        self.assertRuns()
        self.spend("100.00")
        recount_budgets(now=ordered, by=ALICE)
        self.assertPaused(DAY)

    def test_a_dry_run_shows_and_keeps_nothing(self) -> None:
        self.spend("100.00")
        counts = reset(periods=[Period.DAY], now=self.now, by=ALICE, dry_run=True)

        self.assertEqual((counts.daily_reset, counts.activated), (1, 2))
        self.assertSpent("100.00", "100.00")
        self.assertFalse(Reset.objects.exists())

    def test_a_persons_pause_is_lifted_by_no_clock_and_no_reset(self) -> None:
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        reset(periods=[Period.DAY, Period.MONTH], now=self.now, by=ALICE)
        self.now += timedelta(days=40)
        for sweep in (begin_days, begin_months, enforce_budgets):
            sweep(now=self.now, by=ALICE)

        self.assertPaused(PauseReason.MANUAL)


class NightTests(CountingTestCase):
    """A campaign paused for the day's budget that is outside its hours at midnight is not forgotten."""

    def test_it_is_outside_its_hours_at_midnight_and_runs_when_they_begin(self) -> None:
        tomorrow = (self.now + timedelta(days=1)).weekday()
        self.window(9, 18)
        self.window(9, 18, day=tomorrow)
        self.spend("100.00")
        self.assertPaused(DAY)

        self.now = self.now.replace(day=12, hour=0)
        begin_days(now=self.now, by=ALICE)
        self.assertPaused(PauseReason.OUTSIDE_SCHEDULE)

        self.now = self.now.replace(hour=9)
        enforce_dayparting(now=self.now, by=ALICE)
        self.assertRuns()

    def test_its_hours_are_over_when_a_spend_begins_the_day_and_uses_its_budget_up_again(self) -> None:
        self.window(9, 18)
        other = self.make_campaign("Third")
        self.spend("100.00")
        self.assertPaused(DAY)

        self.now = self.now.replace(day=12, hour=8)
        self.spend("100.00", campaign=other)
        self.assertPaused(DAY, PauseReason.OUTSIDE_SCHEDULE)

    def test_its_hours_are_over_when_its_brands_budget_is_used_up_beside_its_own(self) -> None:
        capped = self.make_campaign("Capped", daily="10.00")
        self.window(9, 18, campaign=capped)
        self.spend("10.00", campaign=capped)
        self.assertPaused(DAY, campaign=capped)

        self.now = self.now.replace(hour=18, second=10)
        self.spend("90.00")
        self.assertPaused(DAY, PauseReason.OUTSIDE_SCHEDULE, campaign=capped)
