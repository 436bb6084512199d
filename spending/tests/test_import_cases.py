"""Small reports as people's programs write them: what each must come to."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import TestCase

from brands.models import Brand
from brands.services import create_brand
from campaigns.models import Campaign
from spending.imports.files.reading import inspect_file
from spending.imports.interpretation.units import unit_of
from spending.imports.requests import Request
from spending.models import Import, Spend
from tests.support import ALICE

CASES = Path(__file__).parents[2] / "tests/data/cases"
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


class CaseTestCase(TestCase):
    """A brand on the 29th of November 2026, and the files."""

    def setUp(self) -> None:
        traveller = time_machine.travel(NOW, tick=False)
        traveller.start()
        self.addCleanup(traveller.stop)
        super().setUp()

    @contextmanager
    def rolled_back(self) -> Iterator[None]:
        """Leave nothing of one file to the next."""
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    def brand(self, currency: str = "USD") -> Brand:
        values = {"name": "Acme", "daily_budget": None, "monthly_budget": None, "currency": currency}
        return create_brand(values=values, now=NOW, by=ALICE)  # type: ignore[arg-type]  # one dictionary for all

    def campaign(self, brand: Brand, external_id: str, name: str = "", platform: str = "google") -> Campaign:
        name = name or f"Campaign {external_id}"
        return Campaign.objects.create(brand=brand, name=name, platform=platform, external_id=external_id)

    def load(self, file: str | Path, *options: str, platform: str = "google") -> str:
        out = StringIO()
        call_command(
            "import_spends", str(CASES / file), "--brand", "Acme", "--platform", platform, *options, stdout=out
        )
        return out.getvalue()

    def refused(self, file: str | Path, *options: str, platform: str = "google") -> tuple[str, str]:
        out = StringIO()
        with self.assertRaises(CommandError) as caught:
            call_command(
                "import_spends", str(CASES / file), "--brand", "Acme", "--platform", platform, *options, stdout=out
            )
        self.assertNotIn("\n", str(caught.exception))
        self.assertFalse(Spend.objects.exists())
        return str(caught.exception), out.getvalue()

    def booked(self, by: str = "spend_date") -> list[tuple[str, str]]:
        return [(str(getattr(row, by)), str(row.amount)) for row in Spend.objects.order_by("spend_date", "campaign")]

    def total(self) -> Decimal:
        return sum((row.amount for row in Spend.objects.all()), Decimal(0))


class CaseTests(CaseTestCase):
    def test_console_reports_go_in_strictly_and_come_to_their_totals(self) -> None:
        for file, platform, currency, total, names in (
            ("01_google_ui_en_titles_totals.csv", "google", "USD", "1720.49", {"Search Brand"}),
            ("02_google_de_utf16_tab.csv", "google", "EUR", "1729.99", {"Marke Suche", "Shopping Süd"}),
            ("03_meta_en_summary_row.csv", "meta", "USD", "601.55", {"Prospecting"}),
            ("03b_meta_en_one_day_summary.csv", "meta", "USD", "300.35", {"Prospecting", "Retargeting"}),
            ("03c_meta_fr_semicolon.csv", "meta", "EUR", "2324.66", {"Notoriété"}),
            ("03d_meta_es_all_rows.csv", "meta", "MXN", "350.50", {"Ventas"}),
            ("03e_meta_pt_br.csv", "meta", "BRL", "1334.46", {"Vendas"}),
            ("15_tiktok_total_of.csv", "tiktok", "USD", "55.10", {"Spark"}),
            ("21_tiktok.xlsx", "tiktok", "USD", "100.00", {"Alpha"}),
        ):
            with self.subTest(file), self.rolled_back():
                self.brand(currency)
                out = self.load(file, "--create-campaigns", "--strict", platform=platform)
                self.assertIn(" 0 bad", out)
                if total is not None:
                    self.assertEqual(self.total(), Decimal(total))
                self.assertEqual(set(Campaign.objects.values_list("name", flat=True)), names)

    def test_another_currency_in_a_column_of_any_name_books_nothing(self) -> None:
        self.brand("EUR")
        _, output = self.refused("02b_google_de_wrong_currency_code.csv", "--create-campaigns")

        self.assertEqual(output.count("“USD”: the currency is not EUR"), 3)

    def test_days_that_one_cell_shows_to_come_first_are_days(self) -> None:
        self.brand("EUR")
        self.load("03c_meta_fr_semicolon.csv", "--create-campaigns", platform="meta")

        self.assertEqual(self.booked(), [("2026-11-01", "1234.56"), ("2026-11-02", "1002.00"), ("2026-11-13", "88.10")])

    def test_many_lines_may_stand_above_the_header(self) -> None:
        self.brand()
        options = ("--unit", "units", "--cost-column", "Media Cost", "--create-campaigns", "--strict")
        self.load("06_cm360_25_line_preamble.csv", *options, platform="other")

        self.assertEqual(self.booked(), [("2026-11-01", "120.50"), ("2026-11-02", "130.25")])

    def test_one_id_is_one_campaign_however_it_is_spelled(self) -> None:
        for file, days in (
            ("07_pandas_float_ids.csv", 2),
            ("07b_apostrophe_and_grouped_ids.csv", 5),
            ("07d_arabic_digits.csv", 2),
        ):
            with self.subTest(file), self.rolled_back():
                self.campaign(self.brand(), "7001")
                self.load(file, "--unit", "units", "--create-campaigns")
                self.assertEqual(Campaign.objects.count(), 1)
                self.assertEqual(Spend.objects.count(), days)

    def test_a_bent_id_creates_nothing(self) -> None:
        self.brand()
        _, output = self.refused("07_pandas_float_ids.csv", "--unit", "units", "--create-campaigns")

        self.assertIn("bad line 2: “7001.0”: a spreadsheet or a script has rewritten this id, perhaps “7001”", output)
        self.assertFalse(Campaign.objects.exists())

    def test_dates_that_a_spreadsheet_wrote_are_read_where_there_is_no_doubt(self) -> None:
        self.campaign(self.brand(), "2001")
        out = self.load("08_excel_serial_dates.csv")

        for line, cell in ((4, "1/2/2026"), (6, "02-11-2026")):
            self.assertIn(f"bad line {line}: “{cell}”: day and month could be meant either way", out)
        self.assertIn("a spreadsheet has rewritten some of them", out)
        self.assertIn(" 2 bad", out)
        days = ["2026-11-01", "2026-11-02", "2026-11-03", "2026-11-05", "2026-11-06", "2026-11-07"]
        amounts = ["27.00", "39.00", "16.00", "18.00", "19.00", "20.00"]
        self.assertEqual(self.booked(), list(zip(days, amounts, strict=True)))

    def test_a_credit_lowers_its_day_and_a_day_below_zero_is_refused_in_words(self) -> None:
        self.campaign(self.brand(), "2001")
        out = self.load("09_invalid_click_credit.csv")

        self.assertEqual(self.booked(), [("2026-11-01", "87.60")])
        for line, cell in ((4, "-7.25"), (5, "-5.00"), (6, "-5.00"), (7, "-9.00")):
            self.assertIn(f"bad line {line}: “{cell}”: the day", out)
        self.assertIn("book the credit as an adjustment", out)

    def test_amounts_in_many_spellings(self) -> None:
        self.campaign(self.brand(), "2001")
        out = self.load("10_number_spellings.csv")

        amounts = [
            *("1234.00", "123456.78", "1234.56", "1230.00", "12.50", "1234.56", "12.50"),
            *("1234.56",),
        ]
        days = [f"2026-11-{day:02}" for day in (1, 2, 3, 4, 5, 6, 7, 11)]
        self.assertEqual(self.booked(), list(zip(days, amounts, strict=True)))
        self.assertIn("no cost, by a dash or by nothing, taken as 0.00: 3 lines", out)
        self.assertIn("bad line 14: “< 0.01”: this is no cost", out)
        self.assertIn(" 1 bad", out)

    def test_two_byte_order_marks(self) -> None:
        self.campaign(self.brand(), "2001")
        self.load("11_double_bom.csv", "--strict")

        self.assertEqual(self.booked(), [("2026-11-01", "10.00"), ("2026-11-02", "11.00")])

    def test_whole_thousands_are_read_as_the_file_shows(self) -> None:
        self.campaign(self.brand(), "2001")
        out = self.load("12_semicolon_whole_thousands.csv")

        self.assertIn("bad line 4: “-110.7”: the day 2026-11-03", out)
        self.assertEqual(
            self.booked(),
            [("2026-11-01", "3000.00"), ("2026-11-02", "1234.50"), ("2026-11-04", "110.70"), ("2026-11-05", "10.00")],
        )
        Spend.objects.all().delete()
        self.load("16_whole_thousands_file_proves_comma.csv", "--strict")
        self.assertEqual(self.booked(), [("2026-11-01", "1234.00"), ("2026-11-02", "1318.42"), ("2026-11-03", "87.50")])

    def test_without_ids_campaigns_are_matched_by_name_when_asked(self) -> None:
        campaign = self.campaign(self.brand(), "", "search brand", platform="")
        refusal, _ = self.refused("13_google_names_only.csv")
        self.assertIn("There is no column for the campaign", refusal)
        self.assertIn("--match-by name", refusal)

        self.load("13_google_names_only.csv", "--match-by", "name", "--strict")
        self.assertEqual(self.booked(), [("2026-11-01", "18.42"), ("2026-11-02", "19.00")])
        self.assertEqual(set(Spend.objects.values_list("campaign", flat=True)), {campaign.pk})

    def test_two_accounts_campaigns_of_one_name_are_kept_apart(self) -> None:
        self.brand()
        options = ("--match-by", "name", "--create-campaigns", "--strict")
        for file in ("18a_account_uk.csv", "18b_account_de.csv"):
            self.load(file, *options)
        names = {(row.campaign.name, str(row.amount)) for row in Spend.objects.select_related("campaign")}
        self.assertEqual(names, {("Brand", "80.00"), ("Brand (Shop DE)", "60.00")})

        for file in ("18b_account_de.csv", "18a_account_uk.csv"):
            self.assertIn("1 unchanged", self.load(file, *options))
        self.assertEqual(Campaign.objects.count(), 2)

    def test_another_accounts_campaign_of_the_name_is_not_taken_for_it(self) -> None:
        self.campaign(self.brand(), "", "Brand")
        self.load("18a_account_uk.csv", "--match-by", "name", "--strict")
        with self.assertRaisesRegex(CommandError, "None of its lines can be booked"):
            self.load("18b_account_de.csv", "--match-by", "name")

        self.assertEqual(self.booked(), [("2026-11-10", "80.00")])

    def test_a_sum_line_with_a_name_creates_no_campaign(self) -> None:
        self.brand("EUR")
        options = ("--match-by", "name", "--create-campaigns", "--strict")
        self.load("23_meta_de_names_one_day_ergebnisse.csv", *options, platform="meta")

        self.assertEqual(self.total(), Decimal("90.00"))
        self.assertEqual(set(Campaign.objects.values_list("name", flat=True)), {"Neukunden", "Bestand"})

    def test_a_line_for_many_days_books_nothing_in_any_language(self) -> None:
        self.brand("EUR")
        _, output = self.refused("24_meta_de_whole_period.csv", "--create-campaigns", platform="meta")

        self.assertIn("bad line 2: “2026-11-26”: the line covers several days", output)
        self.assertFalse(Import.objects.exists())

    def test_each_file_is_tried(self) -> None:
        source = Path(__file__).read_text()
        self.assertEqual(
            [path.name for path in CASES.iterdir() if path.name not in (*source.split('"'), "README.md")], []
        )

    def test_reading_asks_nobody_where_the_file_speaks_for_itself(self) -> None:
        brand = self.brand()
        request = Request(CASES / "16_whole_thousands_file_proves_comma.csv", brand.pk, "google")
        self.assertEqual(unit_of(request, inspect_file(request), "USD"), "units")
