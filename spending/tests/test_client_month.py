"""A client's month: its figures are the ledger's, its pauses those of the events, its budgets those of the history."""

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from brands.models import Brand
from brands.services import change_brand, hold_brand, release_brand
from budget_system.core.money import ZERO
from budget_system.exports.csv_files import csv_lines
from campaigns.models import Campaign
from campaigns.services import activate_campaign, change_campaign, pause_campaign, remove_campaign
from campaigns.status import PauseReason
from spending.enforcement.resets import reset
from spending.enforcement.sweeps import begin_days
from spending.models import Period, Spend, SpendType
from spending.recording.services import change_spend, record
from spending.reports.client_month import ClientMonth, client_month, client_month_table
from tests.support import ALICE, AgencyTestCase

MARCH = date(2026, 3, 1)


class MonthTestCase(AgencyTestCase):
    """An agency whose clock can be set, from the beginning of a year on."""

    now = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def at(self, *when: int) -> None:
        self.now = datetime(*when, tzinfo=UTC)  # type: ignore[arg-type,misc]

    def month(self, first: date = MARCH, brand: Brand | None = None) -> ClientMonth:
        return client_month(Brand.objects.get(pk=(brand or self.brand).pk), first, now=self.now)

    def book(
        self, amount: str, day: date, campaign: Campaign | None = None, kind: str = "DAILY", key: str = ""
    ) -> Spend:
        return record(
            campaign_id=(campaign or self.campaign).pk,
            amount=Decimal(amount),
            spend_date=day,
            spend_type=kind,
            external_id=key,
            now=self.now,
            by=ALICE,
        ).spend

    def hours(self, month: ClientMonth) -> dict[tuple[str, str], tuple[int, str]]:
        return {
            (month.names[one.campaign_id], one.reason.value): (one.times, str(one.hours)) for one in month.pause_sums
        }


class FigureTests(MonthTestCase):
    def test_figures_are_the_ledgers_restated_voided_and_monthly_entries_included(self) -> None:
        self.at(2026, 3, 31, 12)
        other = self.make_campaign("Autumn")
        self.book("10.10", date(2026, 3, 1))
        self.book("20.20", date(2026, 3, 11), key="a")
        self.book("25.25", date(2026, 3, 11), key="a")  # restated
        self.book("7.00", date(2026, 3, 11), other, key="b")
        self.book("0.00", date(2026, 3, 11), other, key="b")  # voided
        self.book("99.99", date(2026, 3, 2), other, kind="MONTHLY")
        corrected = self.book("1.00", date(2026, 3, 31), other)
        change_spend(spend_id=corrected.pk, values={"amount": Decimal("1.01")}, now=self.now, by=ALICE)
        self.book("55.00", date(2026, 2, 28))
        reset(periods=[Period.DAY, Period.MONTH], brand_ids=[self.brand.pk], note="", now=self.now, by=ALICE)

        month = self.month()

        ledger = Spend.objects.filter(campaign__brand=self.brand, spend_date__month=3)
        total = ledger.aggregate(total=Sum("amount"))["total"]
        self.assertEqual((month.spent, month.monthly_entries), (total, Decimal("99.99")))
        self.assertEqual(month.spent, Decimal("136.35"))
        daily = ledger.filter(spend_type=SpendType.DAILY).order_by().values_list("spend_date").annotate(Sum("amount"))
        self.assertEqual({day.day: day.spent for day in month.days if day.spent}, dict(daily))
        self.assertEqual(sum((day.spent for day in month.days), month.monthly_entries), month.spent)
        by_campaign = ledger.order_by().values_list("campaign").annotate(Sum("amount"))
        self.assertEqual({one.campaign.pk: one.spent for one in month.campaigns}, dict(by_campaign))
        self.assertEqual([one.campaign.name for one in month.campaigns], ["Autumn", "Spring sale"])
        self.assertEqual(len(month.days), 31)

    def test_money_past_the_budgets_is_told_by_day_and_month_by_what_was_in_force(self) -> None:
        self.at(2026, 3, 5, 12)
        self.book("130.00", date(2026, 3, 5))
        self.at(2026, 3, 6, 12)
        self.book("130.00", date(2026, 3, 6))
        self.at(2026, 3, 6, 13)
        values = {"daily_budget": Decimal("150.00"), "monthly_budget": Decimal("200.00")}
        change_brand(brand_id=self.brand.pk, values=values, now=self.now, by=ALICE)  # type: ignore[arg-type]
        self.at(2026, 4, 2, 9)
        later = {"daily_budget": None, "monthly_budget": None}
        change_brand(brand_id=self.brand.pk, values=later, now=self.now, by=ALICE)  # type: ignore[arg-type]

        month = self.month()

        days = {day.day.day: (day.budget, day.overshoot) for day in month.days}
        self.assertEqual(days[5], (Decimal("100.00"), Decimal("30.00")))
        self.assertEqual(days[6], (Decimal("150.00"), ZERO))
        self.assertEqual(days[31], (Decimal("150.00"), ZERO))
        self.assertEqual((month.budget, month.spent), (Decimal("200.00"), Decimal("260.00")))
        self.assertEqual((month.overshoot, month.left, month.days_overshoot), (60, -60, 30))
        changes = [(one.field, one.before, one.after) for one in month.budget_changes if not one.is_first]
        self.assertEqual(changes, [("daily_budget", 100, 150), ("monthly_budget", 2000, 200)])
        april = self.month(date(2026, 4, 1))
        self.assertEqual((april.budget, april.overshoot, april.left), (None, ZERO, None))
        self.assertEqual([one.after for one in april.budget_changes], [None, None])

    def test_a_cap_that_changed_names_its_campaign_and_nothing_of_another_brand_is_there(self) -> None:
        self.at(2026, 3, 11, 12)
        other = self.make_brand("Zanzibar")
        theirs = self.make_campaign("Zanzibar sale", other, daily="5.00")
        self.book("6.00", date(2026, 3, 11), theirs)
        change_campaign(campaign_id=self.campaign.pk, values={"daily_budget": Decimal("7.00")}, now=self.now, by=ALICE)
        change_campaign(campaign_id=theirs.pk, values={"daily_budget": Decimal("9.00")}, now=self.now, by=ALICE)

        month = self.month()

        caps = [(month.names[one.campaign_id], one.after) for one in month.budget_changes if one.campaign_id]
        self.assertEqual(caps, [("Spring sale", Decimal("7.00"))])
        self.assertNotIn("anzibar", "".join(csv_lines(client_month_table(month))))
        self.assertEqual(month.spent, ZERO)

    def test_an_archived_campaign_stays_in_its_months(self) -> None:
        self.at(2026, 3, 11, 12)
        self.book("5.00", date(2026, 3, 11))
        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

        self.assertEqual([(one.campaign.name, one.spent) for one in self.month().campaigns], [("Spring sale", 5)])

    def test_queries_do_not_grow_with_campaigns_and_days(self) -> None:
        self.at(2026, 3, 13, 12)
        counts = []
        for number in (1, 12):
            for one in range(number):
                campaign = self.make_campaign(f"Campaign {number} {one}")
                self.book("1.00", date(2026, 3, 1 + one), campaign)
                pause_campaign(campaign_id=campaign.pk, now=self.now, by=ALICE)
            with CaptureQueriesContext(connection) as queries:
                list(csv_lines(client_month_table(self.month())))
            counts.append(len(queries))

        self.assertEqual(counts[0], counts[1])


class PauseTests(MonthTestCase):
    def test_hours_are_those_that_passed_by_reason_and_clipped_to_the_month(self) -> None:
        self.at(2026, 2, 27, 6)
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.at(2026, 3, 2, 6)
        activate_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.at(2026, 3, 3, 20, 30)
        self.book("100.00", date(2026, 3, 3))
        self.at(2026, 3, 4, 0)
        begin_days(now=self.now, by=ALICE)
        self.at(2026, 3, 30, 18)
        hold_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.at(2026, 4, 9, 12)
        release_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)

        month = self.month()

        self.assertEqual(
            self.hours(month),
            {("Spring sale", "MANUAL"): (2, "60.0"), ("Spring sale", "DAILY_BUDGET_EXCEEDED"): (1, "3.5")},
        )
        first, last = month.pauses[0], month.pauses[-1]
        self.assertEqual(first.start, datetime(2026, 3, 1, tzinfo=UTC))
        self.assertEqual((last.end, last.lasts), (datetime(2026, 4, 1, tzinfo=UTC), False))

    def test_a_pause_that_lasts_ends_now(self) -> None:
        self.at(2026, 3, 11, 10)
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.at(2026, 3, 11, 10, 45)

        month = self.month()

        self.assertEqual(self.hours(month), {("Spring sale", "MANUAL"): (1, "0.8")})
        self.assertTrue(month.pauses[0].lasts)

    def test_a_day_of_23_and_one_of_25_hours_count_what_passed(self) -> None:
        values = {"timezone": "Europe/Berlin"}
        change_brand(brand_id=self.brand.pk, values=values, now=self.now, by=ALICE)  # type: ignore[arg-type]
        for year_month, expected in ((date(2026, 3, 1), "743.0"), (date(2026, 10, 1), "745.0")):
            first = datetime(year_month.year, year_month.month - 1, 20, tzinfo=UTC)
            self.now = first
            pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
            self.now = first + timedelta(days=60)
            month = self.month(year_month)
            self.assertEqual(self.hours(month), {("Spring sale", "MANUAL"): (1, expected)})
            activate_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

    def test_an_order_for_a_campaign_that_is_paused_begins_no_second_pause(self) -> None:
        self.at(2026, 3, 11, 10)
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.at(2026, 3, 11, 11)
        pause_campaign(campaign_id=self.campaign.pk, note="still", now=self.now, by=ALICE)
        self.at(2026, 3, 11, 12)

        self.assertEqual(self.hours(self.month()), {("Spring sale", "MANUAL"): (1, "2.0")})

    def test_a_move_ends_the_pause_in_one_brand_and_hides_the_name_it_has_in_the_other(self) -> None:
        other = self.make_brand("Zanzibar")
        self.at(2026, 3, 12, 0)
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.at(2026, 3, 12, 6)
        moved = {"brand_id": other.pk, "name": "Zanzibar sale"}
        change_campaign(campaign_id=self.campaign.pk, values=moved, now=self.now, by=ALICE)  # type: ignore[arg-type]
        self.at(2026, 3, 13, 0)

        left, came = self.month(), self.month(brand=other)

        self.assertEqual(self.hours(left), {("a campaign that has left since", "MANUAL"): (1, "6.0")})
        self.assertEqual(self.hours(came), {("Zanzibar sale", "MANUAL"): (1, "18.0")})

    def test_an_archived_campaign_is_no_longer_paused(self) -> None:
        self.at(2026, 3, 12, 0)
        self.book("1.00", date(2026, 3, 12))
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.at(2026, 3, 12, 5)
        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.at(2026, 3, 20, 0)

        self.assertEqual(self.hours(self.month()), {("Spring sale", PauseReason.MANUAL.value): (1, "5.0")})


class TableTests(MonthTestCase):
    def test_the_file_has_every_figure_in_the_brands_currency_and_on_its_clock(self) -> None:
        values = {"timezone": "America/New_York"}
        change_brand(brand_id=self.brand.pk, values=values, now=self.now, by=ALICE)  # type: ignore[arg-type]
        self.at(2026, 3, 12, 20)
        self.book("120.00", date(2026, 3, 12))
        self.at(2026, 3, 12, 22)

        rows = list(csv.DictReader(csv_lines(client_month_table(self.month()))))

        summary = next(row for row in rows if row["section"] == "month")
        self.assertEqual(
            (summary["amount"], summary["budget"], summary["overshoot"], summary["what"]),
            ("120.00", "2000.00", "0.00", "spent so far"),
        )
        day = next(row for row in rows if row["section"] == "day" and row["from"] == "2026-03-12")
        self.assertEqual((day["amount"], day["budget"], day["overshoot"]), ("120.00", "100.00", "20.00"))
        pause = next(row for row in rows if row["section"] == "pause")
        self.assertEqual((pause["from"], pause["to"]), ("2026-03-12 16:00-04:00", ""))
        total = next(row for row in rows if row["section"] == "pauses")
        self.assertEqual((total["hours"], total["times"], total["what"]), ("2.0", "1", "daily budget used up"))
        self.assertEqual({row["currency"] for row in rows}, {"USD"})
