"""Currencies without decimals: on every way in their amounts are whole, and people are shown whole ones."""

import csv
import json
from collections.abc import Mapping
from decimal import Decimal
from io import StringIO
from typing import Any

import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.http import StreamingHttpResponse
from django.test import Client, SimpleTestCase, tag

from brands.models import Brand, Change, Membership, Role
from brands.services import BrandValues, change_brand, create_brand, remove_brand
from budget_system.core.money import fits, in_currency, money
from campaigns.models import Campaign, StatusEvent
from campaigns.services import remove_campaign
from spending.enforcement.resets import reset
from spending.models import BrandTotal, Period, Reset, Spend
from spending.recording.services import remove_spend
from tests.browsing import AdminTestCase
from tests.support import ALICE, Agency, AgencyTestCase


class MoneyTests(SimpleTestCase):
    def test_an_amount_is_shown_with_the_decimals_of_its_currency(self) -> None:
        for amount, currency, shown in (
            ("1234567.00", "USD", "1,234,567.00"),
            ("1234567.00", "JPY", "1,234,567"),
            ("-4.00", "KRW", "-4"),
            ("0.00", "XAF", "0"),
            ("92233720368547758.00", "CLP", "92,233,720,368,547,758"),
        ):
            self.assertEqual(money(Decimal(amount), currency), shown)

    def test_a_fraction_that_should_not_be_there_is_not_hidden(self) -> None:
        self.assertEqual(money(Decimal("1150.50"), "JPY"), "1,150.50")
        self.assertEqual(in_currency(Decimal("150.50"), "JPY"), Decimal("150.50"))

    def test_only_whole_amounts_fit_a_currency_without_decimals(self) -> None:
        self.assertTrue(fits(Decimal("150.00"), "JPY") and fits(Decimal("150.50"), "USD"))
        self.assertFalse(fits(Decimal("150.50"), "JPY") or fits(Decimal("0.01"), "ISK"))


class Tokyo(Agency):
    """Beside Acme, which spends USD, a brand that spends JPY, with a campaign."""

    def setUp(self) -> None:
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)
        super().setUp()
        self.tokyo = create_brand(
            values={"name": "Tokyo", "daily_budget": Decimal(15000), "monthly_budget": None, "currency": "JPY"},
            now=self.now,
            by=ALICE,
        )
        self.sakura = self.make_campaign("Sakura", self.tokyo)


@tag("both_databases")
class ApiTests(Tokyo, AgencyTestCase):
    def send(self, method: str, path: str, body: object, status: int) -> Any:
        answer = Client().generic(method, f"/api/{path}", json.dumps(body), "application/json")
        self.assertEqual(answer.status_code, status, answer.content)
        return answer.json()

    def assertRefused(self, method: str, path: str, body: Mapping[str, object], field: str, *words: str) -> None:  # noqa: N802  # unittest's way
        faults = self.send(method, path, body, 400)
        self.assertEqual(set(faults), {field})
        for word in words:
            self.assertIn(word, faults[field][0])

    def test_json_keeps_two_decimals(self) -> None:
        self.spend("120.00", self.sakura)
        row = Client().get(f"/api/brands/{self.tokyo.pk}/").json()

        self.assertEqual(
            (row["currency"], row["daily_budget"], row["daily_spend"], row["daily_left"]),
            ("JPY", "15000.00", "120.00", "14880.00"),
        )

    def test_whole_amounts_are_taken_however_they_are_spelled(self) -> None:
        for amount in ("150", "150.0", "150.00", 150, 150.0):
            body = {"campaign": str(self.sakura.pk), "amount": amount}
            self.assertEqual(self.send("POST", "spends/", body, 201)["amount"], "150.00")

    def test_a_budget_with_a_fraction_is_refused(self) -> None:
        words = ("“150.50” has a fraction", "amounts in JPY are whole", "write it like 150")
        new = {"name": "Kyoto", "daily_budget": None, "monthly_budget": None, "currency": "jpy"}
        for name in ("daily_budget", "monthly_budget"):
            self.assertRefused("POST", "brands/", new | {name: "150.50"}, name, *words)
            self.assertRefused("PATCH", f"brands/{self.tokyo.pk}/", {name: 150.5}, name, *words)
            self.assertRefused("PUT", f"brands/{self.tokyo.pk}/", {name: "150.50"}, name, *words)

    def test_a_cap_with_a_fraction_is_refused(self) -> None:
        words = ("“0.01” has a fraction", "JPY")
        for name in ("daily_budget", "monthly_budget"):
            new = {"brand": str(self.tokyo.pk), "name": "Momiji", name: "0.01"}
            self.assertRefused("POST", "campaigns/", new, name, *words)
            self.assertRefused("PATCH", f"campaigns/{self.sakura.pk}/", {name: "0.01"}, name, *words)
            self.assertRefused("PUT", f"campaigns/{self.sakura.pk}/", {name: "0.01"}, name, *words)

    def test_a_spend_with_a_fraction_is_refused(self) -> None:
        spend = self.spend("100.00", self.sakura, "a")
        new = {"campaign": str(self.sakura.pk), "amount": "100.50"}
        for method, path, body in (
            ("POST", "spends/", new),
            ("POST", "spends/", new | {"external_id": "a"}),
            ("PATCH", f"spends/{spend.pk}/", {"amount": "100.50"}),
            ("PUT", f"spends/{spend.pk}/", new),
        ):
            self.assertRefused(method, path, body, "amount", "“100.50” has a fraction", "JPY", "write it like 150")
        self.assertEqual(list(Spend.objects.values_list("amount", flat=True)), [Decimal("100.00")])

    def test_of_many_spends_those_with_a_fraction_are_named_by_their_place(self) -> None:
        self.spend("100.00", self.sakura, "a")
        rows = [
            {"campaign": str(campaign.pk), "amount": amount, "external_id": external_id}
            for campaign, amount, external_id in (
                (self.campaign, "1.50", ""),
                (self.sakura, "100.50", ""),
                (self.sakura, "100.50", "a"),
                (self.sakura, "100.50", "b"),
                (self.sakura, "0.00", "a"),
            )
        ]
        faults = self.send("POST", "spends/bulk/", rows, 400)

        self.assertEqual(set(faults), {"1", "2", "3"})
        for place in faults:
            self.assertIn("“100.50” has a fraction", faults[place]["amount"][0])
        self.assertEqual(Spend.objects.count(), 1)
        self.send("POST", "spends/bulk/", [rows[0], rows[4]], 200)

    def test_a_brand_gets_such_a_currency_only_once_its_amounts_fit(self) -> None:
        brand = self.make_brand("Osaka", daily="150.50", monthly="1000.00")
        capped = self.make_campaign("Capped", brand, daily="10.25", monthly="2000.00")
        path = f"brands/{brand.pk}/"
        self.assertRefused(
            "PATCH",
            path,
            {"currency": "JPY"},
            "currency",
            "Amounts in JPY are whole",
            "its own daily budget of 150.50",
            "the daily budget of 10.25 of the campaign “Capped”",
        )
        self.assertRefused("PATCH", path, {"currency": "JPY", "daily_budget": "7.5"}, "daily_budget", "“7.50”")
        self.assertRefused("PUT", path, {"currency": "JPY", "daily_budget": "150.50"}, "daily_budget", "“150.50”")
        refused = self.send("PATCH", path, {"currency": "JPY", "daily_budget": "150"}, 400)["currency"][0]
        self.assertNotIn("its own", refused)
        self.send("PATCH", f"campaigns/{capped.pk}/", {"daily_budget": "10"}, 200)
        row = self.send("PATCH", path, {"currency": "JPY", "daily_budget": "150"}, 200)
        self.assertEqual((row["currency"], row["daily_budget"]), ("JPY", "150.00"))
        self.send("PATCH", path, {"currency": "USD", "daily_budget": "150.50"}, 200)

    def test_caps_of_archived_campaigns_are_in_the_way_too(self) -> None:
        brand = self.make_brand("Osaka", daily=None, monthly=None)
        old = self.make_campaign("Old", brand, daily="10.25")
        spend = self.spend("1.00", old)
        remove_campaign(campaign_id=old.pk, now=self.now, by=ALICE)
        remove_spend(spend_id=spend.pk, now=self.now, by=ALICE)

        words = ("the daily budget of 10.25 of the archived campaign “Old”", "once it is restored")
        self.assertRefused("PATCH", f"brands/{brand.pk}/", {"currency": "ISK"}, "currency", *words)

    def test_what_is_in_the_way_is_named_up_to_five_and_counted(self) -> None:
        brand = self.make_brand("Osaka", daily=None, monthly=None)
        for number in range(7):
            self.make_campaign(f"Number {number}", brand, daily="10.25")
        self.assertRefused("PATCH", f"brands/{brand.pk}/", {"currency": "ISK"}, "currency", "“Number 4” and 2 more.")

    def test_a_campaign_moves_to_such_a_brand_only_if_its_caps_fit(self) -> None:
        capped = self.make_campaign("Capped", daily="10.25", monthly="30.00")
        path, there = f"campaigns/{capped.pk}/", str(self.tokyo.pk)
        self.assertRefused(
            "PATCH", path, {"brand": there}, "brand", "“Capped” has a daily budget of 10.25", "“Tokyo” spends JPY"
        )
        self.assertRefused("PUT", path, {"brand": there, "daily_budget": "10.25"}, "daily_budget", "“10.25”")
        self.send("PATCH", path, {"brand": there, "daily_budget": "10"}, 200)

    def test_a_spend_does_not_move_to_such_a_brand(self) -> None:
        for amount in ("10.50", "10.00"):
            spend = self.spend(amount)
            body = {"campaign": str(self.sakura.pk)}
            self.assertRefused("PATCH", f"spends/{spend.pk}/", body, "campaign", "spends JPY, this entry is USD")

    def test_a_row_written_past_the_services_may_be_sent_back_as_it_is(self) -> None:
        Brand.objects.filter(pk=self.tokyo.pk).update(daily_budget=Decimal("15000.50"))
        Campaign.objects.filter(pk=self.sakura.pk).update(daily_budget=Decimal("0.50"))
        for path in (f"brands/{self.tokyo.pk}/", f"campaigns/{self.sakura.pk}/"):
            row = Client().get(f"/api/{path}").json()
            self.assertEqual(self.send("PUT", path, row, 200), row)
            self.assertEqual(self.send("PUT", path, row | {"name": "Named"}, 200)["daily_budget"], row["daily_budget"])

    def test_the_budget_is_used_up_to_the_unit(self) -> None:
        self.spend("14999.00", self.sakura)
        self.assertRuns(self.sakura)
        self.spend("1.00", self.sakura)
        self.assertEqual(Campaign.objects.get(pk=self.sakura.pk).pause_reason, "DAILY_BUDGET_EXCEEDED")

    def test_a_filter_and_the_schema_know_the_currency(self) -> None:
        self.assertEqual([row["name"] for row in Client().get("/api/brands/?currency=jpy").json()], ["Tokyo"])
        schemas = Client().get("/api/schema/?format=json").json()["components"]["schemas"]
        self.assertIn("JPY", schemas["CurrencyEnum"]["enum"])
        self.assertIn("Whole where", schemas["SpendRequest"]["properties"]["amount"]["description"])


class FileTests(Tokyo, AgencyTestCase):
    """What goes out as a file or is printed is for people."""

    def rows_of(self, path: str) -> list[dict[str, str]]:
        answer = Client().get(f"/api/{path}")
        assert isinstance(answer, StreamingHttpResponse)
        return list(csv.DictReader(StringIO(b"".join(answer).decode(), newline="")))

    def printed(self, *words: str) -> str:
        out = StringIO()
        call_command(*words, stdout=out)
        return out.getvalue()

    def test_the_files_for_a_spreadsheet_hold_whole_amounts(self) -> None:
        self.make_campaign("Capped", self.tokyo, daily="1000")
        self.spend("1234.00", self.sakura)
        self.spend("1.50")

        (spend,) = (row for row in self.rows_of("spends/?format=csv") if row["brand"] == "Tokyo")
        self.assertEqual((spend["amount"], spend["currency"]), ("1234", "JPY"))
        capped, sakura = (row for row in self.rows_of("campaigns/?format=csv") if row["brand"] == "Tokyo")
        self.assertEqual((capped["daily_budget"], capped["daily_left"], capped["monthly_budget"]), ("1000", "1000", ""))
        self.assertEqual((sakura["daily_spend"], sakura["monthly_spend"]), ("1234", "1234"))
        dollars, yen = self.rows_of("brands/months/?format=csv")
        self.assertEqual((dollars["spent"], dollars["budget"], dollars["overshoot"]), ("1.50", "2000.00", "0.00"))
        self.assertEqual((yen["spent"], yen["budget"], yen["overshoot"]), ("1234", "", "0"))

    def test_commands_write_whole_amounts(self) -> None:
        self.spend("1234.00", self.sakura)

        self.assertIn("1234 JPY of 1 campaigns", self.printed("reset_spends", "--daily", "--dry-run"))
        BrandTotal.objects.filter(brand=self.tokyo).update(amount=Decimal(4))
        with self.assertRaises(CommandError):
            self.printed("check_totals")
        self.assertIn("the total says 4, the ledger 1234", self.printed("check_totals", "--repair"))
        with self.assertLogs("budget_system.resets") as logs, self.captureOnCommitCallbacks(execute=True):
            self.printed("reset_spends", "--daily", "--yes", "--brand", "Tokyo")
        self.assertIn("1234 cleared in 1 campaigns", logs.output[0])


class AdminTests(Tokyo, AdminTestCase):
    def read(self, address: str) -> str:
        answer = self.client.get(address)
        self.assertEqual(answer.status_code, 200)
        return answer.content.decode()

    def test_lists_and_pages_show_whole_amounts(self) -> None:
        self.spend("12345.00", self.sakura)
        for row in (self.tokyo, self.sakura):
            for address in (self.url(type(row), "changelist"), self.page_of(row)):
                with self.subTest(address):
                    page = self.read(address)
                    self.assertIn("12,345 ", page)
                    self.assertNotIn("12,345.00", page)
                    self.assertNotIn("15,000.00", page)
        spends = self.read(self.url(Spend, "changelist"))
        self.assertIn("12,345 JPY", spends)
        self.assertIn("of 15,000, brand", spends)

    def test_forms_are_filled_with_whole_amounts_and_take_them_back_as_no_change(self) -> None:
        spend = self.spend("120.00", self.sakura)
        self.assertEqual(self.open(self.page_of(self.tokyo), "brand")["daily_budget"], "15,000")
        self.assertEqual(self.open(self.page_of(spend), "spend")["amount"], "120")
        self.assertEqual(self.open(self.page_of(self.brand), "brand")["daily_budget"], "100.00")
        changes = Change.objects.count()
        for row in (self.tokyo, self.sakura, spend):
            self.assertEqual(self.change(row).status_code, 302)
        self.assertEqual(Change.objects.count(), changes)
        self.assertIn('placeholder="150"', self.read(self.page_of(spend)))

    def test_a_fraction_is_refused_at_its_field_and_stays_as_typed(self) -> None:
        spend = self.spend("120.00", self.sakura)
        rows: tuple[tuple[Brand | Campaign | Spend, str], ...] = (
            (self.tokyo, "daily_budget"),
            (self.tokyo, "monthly_budget"),
            (self.sakura, "daily_budget"),
            (self.sakura, "monthly_budget"),
            (spend, "amount"),
        )
        for row, field in rows:
            with self.subTest(row=row, field=field):
                answer = self.change(row, **{field: "99.50"})
                self.assertIn("“99.50” has a fraction", self.errors(answer)[field][0])
                self.assertContains(answer, 'value="99.50"')

    def test_new_rows_with_a_fraction_are_refused(self) -> None:
        for model, typed, field in (
            (
                Brand,
                {"name": "Kyoto", "daily_budget": "1.50", "monthly_budget": "9", "currency": "JPY"},
                "daily_budget",
            ),
            (Campaign, {"name": "Momiji", "brand": str(self.tokyo.pk), "daily_budget": "1.50"}, "daily_budget"),
            (Spend, {"campaign": str(self.sakura.pk), "amount": "1.50"}, "amount"),
        ):
            with self.subTest(model=model):
                url = self.url(model, "add")
                answer = self.send(url, {**self.open(url, str(model._meta.model_name)), **typed})
                self.assertIn("“1.50” has a fraction", self.errors(answer)[field][0])

    def test_a_hint_proposes_what_the_currency_accepts(self) -> None:
        spend = self.spend("120.00", self.sakura)
        forms: tuple[tuple[str, str, dict[str, str]], ...] = (
            (self.page_of(self.tokyo), "brand", {"daily_budget": "1.500"}),
            (self.page_of(self.sakura), "campaign", {"daily_budget": "1.500"}),
            (self.page_of(spend), "spend", {"amount": "1.500"}),
            (self.url(Brand, "add"), "brand", {"daily_budget": "1.500", "currency": "JPY"}),
            (self.url(Campaign, "add"), "campaign", {"daily_budget": "1.500", "brand": str(self.tokyo.pk)}),
            (self.url(Spend, "add"), "spend", {"amount": "1.500", "campaign": str(self.sakura.pk)}),
        )
        for address, form, typed in forms:
            with self.subTest(address):
                errors = self.errors(self.send(address, {**self.open(address, form), **typed}))
                hint = "“1.500” can be read in two ways; amounts in JPY are whole, so write 1,500."
                self.assertEqual(errors[next(iter(typed))], [hint])

    def test_what_is_in_the_way_of_a_currency_or_a_move_is_told_at_the_field(self) -> None:
        capped = self.make_campaign("Capped", daily="10.25")
        currency = self.errors(self.change(self.brand, currency="ISK"))["currency"][0]
        brand = self.errors(self.change(capped, brand=str(self.tokyo.pk)))["brand"][0]

        self.assertIn("the daily budget of 10.25 of the campaign “Capped”", currency)
        self.assertIn("“Capped” has a daily budget of 10.25", brand)

    def test_events_and_histories_show_whole_amounts(self) -> None:
        change_brand(brand_id=self.tokyo.pk, values={"daily_budget": Decimal(14000)}, now=self.now, by=ALICE)
        spend = self.spend("14001.00", self.sakura)
        event = StatusEvent.objects.get(campaign=self.sakura)

        shown = self.read(self.page_of(event))
        for words in ("14,001 JPY", "14,000 JPY", "1 JPY"):
            self.assertIn(f">{words}<", shown)
        self.assertIn("<b>daily budget</b> 15,000 → 14,000", self.read(self.page_of(self.tokyo, "history")))
        self.assertIn("<b>amount</b> 14,001<", self.read(self.page_of(spend, "history")))
        self.assertIn("<b>daily budget</b> 15,000 → 14,000", self.read(self.url(Change, "changelist")))
        self.assertIn("14,001 on Wed 11 Mar 2026 | Spend", self.read(self.page_of(spend)))

    def test_a_history_shows_each_amount_in_the_currency_of_its_time(self) -> None:
        values: BrandValues = {"currency": "JPY", "daily_budget": Decimal(150), "monthly_budget": None}
        change_brand(brand_id=self.brand.pk, values=values, now=self.now, by=ALICE)

        self.assertIn("<b>daily budget</b> 100.00 → 150<", self.read(self.page_of(self.brand, "history")))

    def test_resets_show_whole_amounts(self) -> None:
        self.spend("12345.00", self.sakura)
        asked = self.act("reset_daily", self.tokyo)
        self.assertContains(asked, "12,345 JPY")
        reset(periods=[Period.DAY], brand_ids=[self.tokyo.pk], now=self.now, by=ALICE)
        self.assertIn("12,345 JPY", self.read(self.url(Reset, "changelist")))

    def test_those_who_may_only_read_see_budgets_with_their_currency(self) -> None:
        capped = self.make_campaign("Capped", self.tokyo, daily="9000")
        spend = self.spend("120.00", capped)
        viewer = User.objects.create_user("vi")
        Membership.objects.create(user=viewer, brand=self.tokyo, role=Role.VIEWER)
        self.client.force_login(viewer)

        for row, words in ((self.tokyo, "15,000 JPY"), (capped, "9,000 JPY"), (spend, "120 JPY")):
            page = self.read(self.page_of(row))
            self.assertIn(words, page)
            self.assertNotRegex(page, r"[0-9]\.00\b")
        self.assertIn("no limit", self.read(self.page_of(self.tokyo)))

    def test_what_wakes_a_campaign_is_told_in_whole_amounts(self) -> None:
        change_brand(brand_id=self.tokyo.pk, values={"daily_budget": Decimal(0)}, now=self.now, by=ALICE)

        page = self.read(self.page_of(self.sakura))
        self.assertIn("daily budget: nothing may be spent", page)
        self.assertIn("0 of 0 JPY", page)
        self.assertNotRegex(page, r"[0-9]\.00\b")

    def test_a_purge_is_told_in_whole_amounts(self) -> None:
        self.spend("12345.00", self.sakura)
        remove_brand(brand_id=self.tokyo.pk, now=self.now, by=ALICE)
        call_command("purge_brand", "Tokyo", "--confirm", "Tokyo", stdout=StringIO())

        self.assertIn("12,345 JPY", self.read(self.url(Change, "changelist")))
