"""Pacing as people meet it: the endpoints, the list with its filters and files, the command, and what it costs."""

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO, TextIOWrapper
from typing import Any

import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client, tag
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from brands.models import Brand
from brands.services import change_brand
from budget_system.api.numbered_pages import PAGE_SIZE
from campaigns.models import Campaign
from campaigns.services import remove_campaign
from spending.enforcement.resets import reset
from spending.models import Period, SpendType
from spending.recording.services import record
from spending.reports.pacing.owners import brand_pacing, campaign_pacing
from tests.support import ALICE, AgencyTestCase

NOTHING = "00000000-0000-7000-8000-000000000000"


class PacingTestCase(AgencyTestCase):
    """Noon of Wednesday, 2026-03-11: half of the day is gone, and 10.5 of 31 days."""

    def setUp(self) -> None:
        traveller = time_machine.travel(self.now, tick=False)
        self.clock = traveller.start()
        self.addCleanup(traveller.stop)
        super().setUp()

    def get(self, path: str, status: int = 200) -> Any:
        response = Client().get(f"/api/{path}")
        self.assertEqual(response.status_code, status, response.content)
        return response.json()

    def fee(self, amount: str, days: int = 0, campaign: Campaign | None = None) -> None:
        """Book a `MONTHLY` spend."""
        record(
            campaign_id=(campaign or self.campaign).pk,
            amount=Decimal(amount),
            spend_date=(self.now + timedelta(days=days)).date(),
            spend_type=SpendType.MONTHLY,
            now=self.now,
            by=ALICE,
        )


class PacingOfOneTests(PacingTestCase):
    def test_a_brands_day_and_month(self) -> None:
        self.spend("700.00", days=-7)
        self.spend("50.00")

        self.assertEqual(
            self.get(f"brands/{self.brand.pk}/pacing/"),
            {
                "at": "2026-03-11T12:00:00Z",
                "timezone": "UTC",
                "currency": "USD",
                "day": {
                    "start": "2026-03-11",
                    "end": "2026-03-11",
                    "spent": "50.00",
                    "budget": "100.00",
                    "elapsed": "50.0",
                    "expected": "50.00",
                    "pace": "100.0",
                    "projected_linear": "100.00",
                    "projected_run_rate": None,
                    "recommended_daily": None,
                    "runs_out_at": None,
                    "state": "on_track",
                },
                "month": {
                    "start": "2026-03-01",
                    "end": "2026-03-31",
                    "spent": "750.00",
                    "budget": "2000.00",
                    "elapsed": "33.9",  # 10.5 of 31
                    "expected": "677.42",
                    "pace": "110.7",
                    "projected_linear": "2214.29",
                    "projected_run_rate": "2800.00",  # 700 and 21 days at 100
                    "recommended_daily": "61.90",  # 1,300 in 21 days
                    "runs_out_at": "2026-03-29T00:00:00Z",  # 1,250 at 750 in 10.5 days: 17.5 days
                    "state": "on_track",
                },
            },
        )

    def test_a_campaigns_caps_and_open_hours(self) -> None:
        capped = self.make_campaign("Capped", daily="10.00")
        self.window(10, 14, campaign=capped)
        self.spend("8.00", campaign=capped)

        pacing = self.get(f"campaigns/{capped.pk}/pacing/")
        day = pacing["day"]
        self.assertEqual((day["elapsed"], day["pace"], day["state"]), ("50.0", "160.0", "over"))
        self.assertEqual(day["runs_out_at"], "2026-03-11T12:30:00Z")
        self.assertEqual((pacing["month"]["budget"], pacing["month"]["state"]), (None, "no_budget"))

    def test_hours_that_are_all_inactive_leave_no_time(self) -> None:
        window = self.window(10, 14)
        Client().patch(f"/api/schedules/{window.pk}/", {"is_active": False}, "application/json")
        Campaign.objects.update(daily_budget=Decimal("10.00"))

        day = self.get(f"campaigns/{self.campaign.pk}/pacing/")["day"]
        self.assertEqual((day["elapsed"], day["spent"], day["state"]), (None, "0.00", "not_scheduled"))

    def test_a_zone_has_its_own_today(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"timezone": "Pacific/Kiritimati"}, now=self.now, by=ALICE)

        pacing = self.get(f"brands/{self.brand.pk}/pacing/")
        self.assertEqual((pacing["day"]["start"], pacing["timezone"]), ("2026-03-12", "Pacific/Kiritimati"))
        self.assertEqual(pacing["day"]["elapsed"], "8.3")  # 02:00

    def test_what_a_currency_has_no_decimals_for_is_rounded_to_the_whole(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"currency": "JPY"}, now=self.now, by=ALICE)
        self.spend("50.00")

        month = self.get(f"brands/{self.brand.pk}/pacing/")["month"]
        self.assertEqual((month["expected"], month["recommended_daily"]), ("677.00", "95.00"))
        self.assertIn(",677,", Client().get("/api/pacing/?format=csv").getvalue().decode())

    def test_who_is_not_there(self) -> None:
        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        for path in ("brands/{}/pacing/", "campaigns/{}/pacing/", "campaigns/{}/explain/"):
            self.get(path.format(NOTHING), status=404)
            self.get(path.format(self.campaign.pk), status=404)
            answer = Client().post(f"/api/{path.format(self.brand.pk)}")
            self.assertEqual(answer.status_code, 405)
        self.assertEqual(list(self.get(f"brands/{self.brand.pk}/pacing/?at=x", status=400)), ["at"])


class SpentTests(PacingTestCase):
    """Which entries count for what."""

    def month(self, owner: Brand | Campaign | None = None) -> tuple[str | None, str | None]:
        """Return the run rate and the recommendation of a month."""
        kind = "campaigns" if isinstance(owner, Campaign) else "brands"
        month = self.get(f"{kind}/{(owner or self.brand).pk}/pacing/")["month"]
        return month["projected_run_rate"], month["recommended_daily"]

    def test_fees_count_in_the_month_by_their_date_and_in_no_day(self) -> None:
        self.spend("70.00", days=-8)
        self.fee("100.00", days=-1)
        self.fee("200.00")
        self.fee("400.00", days=1)

        # 170 before today, a week without a daily spend; 1,830 in 21 days
        self.assertEqual(self.month(), ("770.00", "87.14"))

    def test_entries_of_today_and_tomorrow_are_not_before_today(self) -> None:
        self.spend("70.00", days=-7)
        self.spend("30.00")
        self.spend("20.00", days=1)

        self.assertEqual(self.month(), ("280.00", "91.90"))  # 70 and 21 × 10; 1,930 in 21 days

    def test_a_run_rate_needs_seven_full_days_since_the_first_spend(self) -> None:
        self.spend("6.00", days=-6)
        self.assertEqual(self.month()[0], None)
        self.fee("1.00", days=-7)  # be it a fee
        self.assertEqual(self.month()[0], "25.00")

    def test_a_first_spend_of_long_ago_counts_as_well(self) -> None:
        for amount, days in (("6.00", -60), ("0.70", -5)):
            self.spend(amount, days=days)
        self.assertEqual(self.month()[0], "2.80")

    def test_a_fee_of_an_earlier_month_counts_as_well(self) -> None:
        self.fee("6.00", days=-60)
        self.assertEqual(self.month()[0], "0.00")

    def test_what_was_taken_out_of_the_ledger_is_no_first_spend(self) -> None:
        first = self.spend("6.00", days=-30)
        self.spend("0.70", days=-5)
        self.assertEqual(self.month()[0], "2.80")
        Client().delete(f"/api/spends/{first.pk}/")
        self.assertEqual(self.month()[0], None)

    def test_a_reset_of_the_month_leaves_the_whole_budget_for_the_days_left(self) -> None:
        self.spend("210.00", days=-7)
        self.spend("90.00")
        self.assertEqual(self.month(), ("840.00", "85.23"))

        reset(periods=[Period.MONTH], brand_ids=[self.brand.pk], now=self.now, by=ALICE)
        self.assertEqual(self.month(), ("630.00", "95.23"))

    def test_a_reset_of_a_day_does_not_change_what_was_spent_on_it(self) -> None:
        self.spend("70.00", days=-7)
        self.spend("7.00")
        reset(periods=[Period.DAY], brand_ids=[self.brand.pk], now=self.now, by=ALICE)
        self.assertEqual(self.get(f"brands/{self.brand.pk}/pacing/")["day"]["spent"], "0.00")
        self.now += timedelta(days=1)
        self.clock.move_to(self.now)

        self.assertEqual(self.month()[0], "97.00")  # 77 and 20 × 1

    def test_an_archived_campaigns_spends_count_on_in_the_brand(self) -> None:
        self.spend("70.00", days=-7)
        self.fee("30.00")
        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertEqual(self.month(), ("280.00", "91.90"))


@tag("both_databases")
class PacingListTests(PacingTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.other = self.make_brand("Globex", daily=None, monthly="0.00")
        self.spend("95.00")

    def names(self, query: str = "") -> list[str]:
        return [row["name"] for row in self.get(f"pacing/{query}")]

    def test_a_row_each(self) -> None:
        acme, globex = self.get("pacing/")
        self.assertEqual(list(acme), ["brand", "name", "at", "timezone", "currency", "day", "month"])
        self.assertEqual((acme["brand"], acme["name"]), (str(self.brand.pk), "Acme"))
        one = self.get(f"brands/{self.brand.pk}/pacing/")
        self.assertEqual({name: acme[name] for name in one}, one)
        self.assertEqual((globex["day"]["state"], globex["month"]["state"]), ("no_budget", "nothing_allowed"))

    def test_filters(self) -> None:
        for query, names in (
            (f"?brand={self.other.pk}", ["Globex"]),
            (f"?brand={NOTHING}", []),
            ("?state=over", ["Acme"]),  # its day
            ("?state=under", ["Acme"]),  # its month
            ("?state=over&period=month", []),
            ("?state=over&period=day", ["Acme"]),
            ("?state=no_budget", ["Globex"]),
            ("?state=nothing_allowed&period=day", []),
            ("?period=day", ["Acme", "Globex"]),
            ("?ordering=-name", ["Globex", "Acme"]),
        ):
            self.assertEqual(self.names(query), names, query)
        (acme, _) = self.get("pacing/?period=day")
        self.assertEqual((acme["month"], acme["day"]["spent"]), (None, "95.00"))

    def test_mistyped_filters_are_named(self) -> None:
        for name, value in (
            ("state", "fast"),
            ("period", "week"),
            ("brand", "x"),
            ("search", "Acme"),
            ("ordering", "pace"),
        ):
            self.assertEqual(list(self.get(f"pacing/?{name}={value}", status=400)), [name])

    def test_pages(self) -> None:
        response = Client().get("/api/pacing/?page_size=1&state=no_budget")
        self.assertEqual((len(response.json()), response["X-Total-Count"]), (1, "1"))
        response = Client().get("/api/pacing/?page_size=1&page=2&period=month")
        self.assertEqual([row["name"] for row in response.json()], ["Globex"])
        self.assertIn("period=month", response["Link"])
        self.assertEqual(self.names("?cursor=&page_size=1"), ["Acme"])
        self.get("pacing/?page=3", status=404)

    def test_as_csv(self) -> None:
        response = Client().get("/api/pacing/?format=csv")
        acme, globex = csv.DictReader(StringIO(response.getvalue().decode(), newline=""))
        self.assertEqual(
            (acme["brand"], acme["name"], acme["at"]), (str(self.brand.pk), "Acme", "2026-03-11T12:00:00Z")
        )
        self.assertEqual((acme["day_spent"], acme["day_pace"], acme["day_state"]), ("95.00", "190.0", "over"))
        self.assertEqual((acme["month_end"], globex["month_expected"], globex["day_pace"]), ("2026-03-31", "0.00", ""))
        self.assertEqual(len(acme), 5 + 2 * 12)

        response = Client().get("/api/pacing/?format=csv&period=month&state=under")
        (row,) = csv.DictReader(StringIO(response.getvalue().decode(), newline=""))
        self.assertEqual((row["month_spent"], len(row)), ("95.00", 5 + 12))

    def test_as_a_workbook(self) -> None:
        content = BytesIO(Client().get("/api/pacing/?format=xlsx&period=day").getvalue())
        rows = list(load_workbook(content)["pacing"].values)
        self.assertEqual(rows[0][:2], ("brand", "name"))
        self.assertEqual((rows[1][1], rows[1][7], rows[2][8]), ("Acme", 95, None))

    def test_what_it_costs_does_not_grow_with_the_brands(self) -> None:
        for number in range(PAGE_SIZE):
            brand = self.make_brand(f"Brand {number}", monthly="3000.00")
            Brand.objects.filter(pk=brand.pk).update(
                timezone=("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago")[number % 3]
            )
        with self.assertNumQueries(5):  # the page, the total, and three of what was spent
            self.assertEqual(len(self.names()), PAGE_SIZE)
        with self.assertNumQueries(5):
            self.assertEqual(len(self.names("?page_size=3")), 3)

    def test_nor_with_the_campaigns(self) -> None:
        counts = []
        for number in range(2):
            for one in range(3):
                campaign = self.make_campaign(f"{number} {one}", daily="5.00", monthly="50.00")
                self.window(8, 20, campaign=campaign)
            campaigns = list(Campaign.objects.select_related("brand"))
            with CaptureQueriesContext(connection) as queries:
                self.assertEqual(len(campaign_pacing(campaigns, now=self.now)), len(campaigns))
            counts.append(len(queries))
        self.assertEqual(counts, [4, 4])
        with self.assertNumQueries(0):
            self.assertEqual((campaign_pacing([], now=self.now), brand_pacing([], now=self.now)), ({}, {}))


class PacingCommandTests(PacingTestCase):
    def printed(self, *arguments: str) -> str:
        written = BytesIO()
        output = TextIOWrapper(written, encoding="utf-8", write_through=True)
        call_command("pacing", *arguments, stdout=output)
        return written.getvalue().decode()

    def test_a_line_for_each_brands_day_and_month(self) -> None:
        self.make_brand("Globex", daily=None, monthly=None)
        self.spend("75.00")

        self.assertEqual(
            self.printed().splitlines(),
            [
                "Acme, day: 75.00 of 100.00 USD, over plan; pace 150.0 %; linear 150.00; runs out 2026-03-11 16:00 UTC",
                "Acme, month: 75.00 of 2,000.00 USD, under plan; pace 11.1 %; linear 221.43; recommended a day 95.23",
                "Globex, day: 0.00 USD, no budget; linear 0.00",
                "Globex, month: 0.00 USD, no budget; linear 0.00",
            ],
        )
        self.assertEqual(len(self.printed("--brand", "globex").splitlines()), 2)

    def test_as_csv_it_is_the_file_of_the_api(self) -> None:
        self.make_brand("Möbel")
        self.assertEqual(self.printed("--csv"), Client().get("/api/pacing/?format=csv").getvalue().decode())
        self.assertEqual(len(self.printed("--csv", "--brand", "acme").splitlines()), 2)

    def test_the_month_turns_with_the_brands_own_day(self) -> None:
        self.clock.move_to(datetime(2026, 3, 31, 23, tzinfo=UTC))
        change_brand(brand_id=self.brand.pk, values={"timezone": "Europe/Berlin"}, now=self.now, by=ALICE)
        pacing = self.get(f"brands/{self.brand.pk}/pacing/")
        self.assertEqual(pacing["month"]["start"], str(date(2026, 4, 1)))
