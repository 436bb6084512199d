"""Files as they come: every encoding, separator and fault is read rightly, or refused in one sentence."""

import os
import random
import re
import resource
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO

from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, tag

from budget_system.core.validation import clean_currency
from campaigns.models import Platform
from spending.imports.cells.costs import Cost, parse_cost
from spending.imports.cells.currencies import SIGNS
from spending.imports.cells.dates import Dates, parse_date
from spending.imports.cells.parsing import BadCell, add, original_id, read_campaign, rounded_cents
from spending.imports.columns.finding import Columns, find_columns
from spending.imports.platforms import PLATFORMS, Unit
from spending.imports.requests import ChosenColumns
from spending.models import Import, Spend
from spending.tests.test_import_basics import ImportTestCase

SOAK = bool(os.environ.get("BUDGET_SOAK"))
HEADER = ["campaign_id", "campaign_name", "date", "clicks", "spend"]
TEXT = list[list[str]]


class CellTests(SimpleTestCase):
    def test_costs_are_read_exactly_or_not_at_all(self) -> None:
        for cell, should_be in (
            ("12", "12"),
            (" 12.345678901234567890 ", "12.345678901234567890"),
            ("1.5E-7", "0.00000015"),
            ("2e3", "2000"),
            ("1,5E+3", "1500"),
            ("-0.5", "-0.5"),
            (".5", "0.5"),
            ("1,234.56", "1234.56"),
            ("1.234,56", "1234.56"),
            ("1,234,567", "1234567"),
            ("1,23,456.78", "123456.78"),
            ("1,23,456", "123456"),
            ("12,5", "12.5"),
            ("0,123", "0.123"),
            ("1 234,50", "1234.50"),
            ("1\u202f234,50", "1234.50"),
            ("1'234.50", "1234.50"),
            ("(5.00)", "-5.00"),
            ("5.00-", "-5.00"),
            ("\u22125.00", "-5.00"),
        ):
            self.assertEqual(parse_cost(cell).amount, Decimal(should_be), cell)
        for cell in (
            *("", "abc", "NaN", "inf", "1e99", "1" * 21, "$5", "１２", "1_000", "--", "1e-60", "5 USD"),
            *("(-5.00)", "-5.00-", "()", "-", "(5.00", "< 0.01", "1,2,3", "1.234.5", "1,23,45"),
        ):
            with self.subTest(cell), self.assertRaises(BadCell):
                parse_cost(cell)

    def test_a_cost_that_could_be_meant_in_two_ways_is_told_so(self) -> None:
        one, thousand = Decimal("1.234"), Decimal(1234)
        self.assertEqual(parse_cost("1.234"), Cost(one, thousand))
        self.assertEqual(parse_cost("1,234"), Cost(thousand, one))
        self.assertEqual(parse_cost("$-1,234", "USD"), Cost(-thousand, -one))
        for cell, sign, surely in (
            ("1,318.42", "point", True),
            ("1.318,42", "comma", True),
            ("1,234,567", "point", True),
            ("12.50", "point", False),
            ("12,50", "comma", False),
            ("1 234,5", "comma", False),
            ("1234", None, False),
            ("1,234", None, False),
        ):
            cost = parse_cost(cell)
            self.assertEqual((cost.sign, cost.surely), (sign, surely), cell)

    def test_a_cost_may_bear_the_sign_or_code_of_its_currency_and_of_no_other(self) -> None:
        for cell, currency, should_be in (
            ("$16.12", "USD", "16.12"),
            ("$1,234.56", "CAD", "1234.56"),
            ("-$0.50", "USD", "-0.50"),
            ("$-0.50", "USD", "-0.50"),
            ("($0.50)", "USD", "-0.50"),
            ("\u2212$0.50", "USD", "-0.50"),
            ("US$ 5", "USD", "5"),
            ("USD 5.00", "USD", "5.00"),
            ("USD\u00a05.00", "USD", "5.00"),
            ("5.00usd", "USD", "5.00"),
            ("16,12 €", "EUR", "16.12"),
            ("1.234,56\u00a0€", "EUR", "1234.56"),
            ("R$\u00a01.234,56", "BRL", "1234.56"),
            ("£ 7", "GBP", "7"),
            ("1 234,50 zł", "PLN", "1234.50"),
            ("12,5 kr", "SEK", "12.5"),
        ):
            self.assertEqual(parse_cost(cell, currency).amount, Decimal(should_be), cell)
            with self.subTest(cell), self.assertRaisesMessage(BadCell, "the currency is not CHF"):
                parse_cost(cell, "CHF")
        for cell in (*("$", "5 $ 5", "$5$", "5 ¤", "5 XYZ", "$NaN", "$$5", "--$5", "$１２", "5%", "5\u200b"),):
            with self.subTest(cell), self.assertRaises(BadCell):
                parse_cost(cell, "USD")
        for code in set().union(*SIGNS.values()):
            self.assertEqual(clean_currency(code), code)

    def test_a_campaigns_id_may_be_wrapped_against_spreadsheets(self) -> None:
        self.assertEqual([read_campaign(cell) for cell in ('="0123"', ' =" 7 " ', "0123")], ["0123", "7", "0123"])
        for cell in ('=""', '="1E+10"', '="a\nb"'):
            with self.subTest(cell), self.assertRaises(BadCell):
                read_campaign(cell)

    def test_a_day_is_rounded_half_up_once(self) -> None:
        self.assertEqual(rounded_cents(add([Decimal("0.004")] * 3), "USD"), 1)
        self.assertEqual(rounded_cents(Decimal("0.005"), "USD"), 1)
        self.assertEqual(rounded_cents(Decimal("0.00499999999999999999999999999999"), "USD"), 0)

    def test_an_id_that_was_bent_is_guessed_back(self) -> None:
        for cell in (
            *("7001.0", "7001.00", "'7001", "7,001", "7.001", "7 001", "７００１", "٧٠٠١"),
            *("\u200b7001", "7001\u00a0"),
        ):
            self.assertEqual(original_id(cell), "7001", cell)
        for cell in ("7001", "abc", "a b", "12.5", "g-1", "customers/1/campaigns/2"):
            self.assertEqual(original_id(cell), cell)

    def test_dates_are_read_where_they_are_clear(self) -> None:
        latest = date(2026, 3, 12)
        for cell in (
            *("2026-03-04", "2026/03/04", "20260304", "4.3.2026", "2026-03-04T23:59:59.5Z", "2026-03-04 01:00"),
            *("Mar 04, 2026", "March 4, 2026", "4 Mar 2026", "04 March 2026", "2026.03.04", "Mar 4 2026"),
            *("4-Mar-26", "4-Mar-2026", "Wed, Mar 4, 2026", "46085", "46085.0"),
        ):
            self.assertEqual(str(parse_date(cell, latest).day), "2026-03-04", cell)
        for cell in ("13/3/2026", "13-03-2026"):
            self.assertEqual(parse_date(cell, latest), Dates(date(2026, 3, 13), None, "slashed"))
        self.assertEqual(parse_date("3/4/2026", latest), Dates(date(2026, 4, 3), date(2026, 3, 4), "slashed"))
        self.assertEqual(str(parse_date("3/3/2026", latest).day), "2026-03-03")
        for cell in (
            *("2026-3-4", "yesterday", "", "2026-13-01", "2026-W11-3", "Mar 2026", "Mrz 4, 2026", "4 Mar 4, 2026"),
            *("Thu, Mar 4, 2026", "46094", "44000", "4-Foo-26", "99/99/2026", "Wed, 46085"),
        ):
            with self.subTest(cell), self.assertRaises(BadCell):
                parse_date(cell, latest)

    def test_every_platform_has_its_names(self) -> None:
        self.assertEqual(set(PLATFORMS), set(Platform.values))


class ColumnTests(SimpleTestCase):
    def found(self, platform: str, header: str) -> Columns:
        return find_columns(header.split(","), platform, ChosenColumns())

    def test_each_platforms_export_and_api_names_are_found(self) -> None:
        units, micros = Unit.UNITS, Unit.MICROS
        for platform, header, cost, unit in (
            ("google", "Day,Campaign,Campaign ID,Currency code,Cost", 4, units),
            ("google", "segments.date,campaign.id,metrics.cost_micros", 2, micros),
            ("microsoft", "Gregorian date,Campaign ID,Currency code,Spend", 3, units),
            ("microsoft", "TimePeriod,CampaignId,CurrencyCode,Spend", 3, units),
            ("meta", "Reporting starts,Reporting ends,Campaign ID,Amount spent (USD)", 3, units),
            ("meta", "date_start,date_stop,campaign_id,spend", 3, units),
            ("linkedin", "Start Date (in UTC),Campaign ID,Currency,Total Spent", 3, units),
            ("linkedin", "day,campaign_id,cost_in_local_currency,cost_in_usd", 2, units),
            ("tiktok", "By Day,Campaign ID,Cost,Currency", 2, units),
            ("tiktok", "stat_time_day,campaign_id,spend", 2, units),
            ("reddit", "Date,Campaign ID,Amount Spent (USD)", 2, units),
            ("reddit", "date,campaign_id,spend", 2, micros),
            ("snapchat", "Start Time,Campaign ID,Amount Spent,Currency", 2, units),
            ("snapchat", "date,campaign_id,spend", 2, micros),
            ("pinterest", "DATE,CAMPAIGN_ID,SPEND_IN_MICRO_DOLLAR", 2, micros),
            ("pinterest", "Date,Campaign ID,Spend in account currency", 2, units),
            ("x", "Time period,Campaign ID,Spend", 2, None),
            ("x", "date,campaign_id,billed_charge_local_micro", 2, micros),
            ("amazon", "Date,Currency,Campaign Name,Campaign ID,Spend", 4, units),
            ("amazon", "date,campaignId,campaignBudgetCurrencyCode,cost", 3, units),
            ("apple", "date,campaign_id,local_spend_amount,local_spend_currency", 2, units),
            ("other", "campaign_id,date,spend", 2, None),
        ):
            with self.subTest((platform, header)):
                found = self.found(platform, header)
                self.assertEqual((found.cost, found.unit), (cost, unit))
                self.assertEqual(
                    bool(found.currencies), bool(re.search(r"(?<!account )(?<!local_)currency", header, re.I))
                )

    def test_a_cost_column_that_names_a_currency_in_whatever_way_is_in_that_currency(self) -> None:
        for name, currency in (
            ("Amount spent (EUR)", "EUR"),
            ("Cost (US$)", "USD"),
            ("Spend USD", "USD"),
            ("cost_usd", "USD"),
            ("Cost [USD]", "USD"),
            ("Cost (USD) total", "USD"),
            ("cost_in_usd", "USD"),
            ("Cost (JPY)", "JPY"),
            ("Cost (net)", None),
            ("cost_in_local_currency", None),
        ):
            found = find_columns(["campaign_id", "date", name], "linkedin", ChosenColumns(cost=name))
            self.assertEqual(found.stated_currencies, {currency} if currency else set(), name)

    def test_where_a_line_may_cover_several_days_the_last_one_is_known(self) -> None:
        for platform, header in (
            ("meta", "Campaign ID,Reporting starts,Reporting ends,Amount spent"),
            ("linkedin", "Campaign ID,Start date,End date,Total spent"),
            ("amazon", "Campaign ID,Start Date,End Date,Spend"),
        ):
            self.assertEqual(self.found(platform, header).last_days, (2,), platform)


class FileTests(ImportTestCase):
    platform = "microsoft"

    def setUp(self) -> None:
        super().setUp()
        self.lines = [
            ["11", "Frühling, “Sale”", "2026-03-09", "1", "10.10"],
            ["11", "Frühling, “Sale”", "2026-03-10", "2", "20.20"],
            ["11", "Frühling, “Sale”", "2026-03-10", "3", "0.05"],
            ["11", "Frühling, “Sale”", "2026-03-11", "4", "30.30"],
        ]

    def written(self, lines: TEXT, separator: str = ",", end: str = "\n") -> str:
        quoted = [[f'"{cell}"' if set(cell) & set(f'{separator}"\n') else cell for cell in line] for line in lines]
        return "".join(separator.join(line) + end for line in [HEADER, *quoted])

    RIGHT = (("2026-03-09", "10.10"), ("2026-03-10", "20.25"), ("2026-03-11", "30.30"))

    def assertReads(self, data: str | bytes) -> None:  # noqa: N802  # unittest's way
        Spend.objects.all().delete()
        self.load(data, "--force", platform="microsoft")
        self.assertEqual([row[:2] for row in self.ledger()], list(self.RIGHT))

    def test_encodings_separators_and_line_ends(self) -> None:
        for separator in ",;\t":
            for end in ("\n", "\r\n", "\r"):
                text = self.written(self.lines, separator, end)
                for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
                    with self.subTest((separator, end, encoding)):
                        self.assertReads(text.encode(encoding))

    def test_what_an_export_writes_around_the_table(self) -> None:
        above = 'Campaign performance\n"March 1, 2026 - March 11, 2026"\n\n'
        below = "Total: Account,,--,10,60.65\n©2026 Microsoft Corporation. All rights reserved.\n"
        self.assertReads(above + self.written(self.lines) + below)

    def test_what_is_no_report_is_refused_in_one_sentence(self) -> None:
        archive = BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("report.csv", self.written(self.lines))
        text = self.written(self.lines)
        for data, why in (
            (b"", "empty"),
            (archive.getvalue(), "zip"),
            (text.encode("utf-16-le"), "NUL"),
            (text.replace("Sale", "Sa\0le"), "NUL"),
            (text.replace("Sale", "x" * 10_000_000), "longer than"),
            (text + '11,"' + "line\n" * 1_000_000, "quotes"),
            (text.replace("spend", "clicks"), "no column for the cost"),
            (text.replace("clicks", "spend"), "is in the report 2 times"),
            (text.replace("date", "when"), "no column for the date"),
            (text.replace("spend", "amount spent (EUR)"), "no column|EUR"),
            (b"\x81\x8d\x8f", "neither"),
            ("one line", "no table"),
        ):
            with self.subTest(why):
                self.assertRegex(self.refused(data, platform="microsoft"), why)
                self.assertFalse(Spend.objects.exists() or Import.objects.exists())

    @tag("slow")
    def test_mutated_files_are_read_rightly_or_refused(self) -> None:
        chance = random.Random(20260311)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        read = 0
        for number in range(2_000 if SOAK else 200):
            data = self.mutated(chance)
            path = self.file(data)
            Spend.objects.all().delete()
            out = StringIO()
            with self.subTest(number):
                try:
                    arguments = [str(path), "--brand", "Acme", "--platform", "microsoft", "--force"]
                    call_command("import_spends", *arguments, stdout=out)
                except CommandError as refusal:
                    self.assertNotIn("\n", str(refusal))
                    self.assertFalse(Spend.objects.exists())
                    continue
                read += 1
                booked = {row[:2] for row in self.ledger()}
                if "0 bad" in out.getvalue():
                    self.assertEqual(booked, set(self.RIGHT), (data[:300], out.getvalue()))
                else:
                    self.assertIn("bad line", out.getvalue())
                    self.assertLessEqual(sum(Decimal(amount) for _, amount in booked), Decimal("60.65"))
        self.assertGreater(read, 20)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        self.assertLess(grown, 300_000, "kilobytes")

    def mutated(self, chance: random.Random) -> bytes:
        """Write the report in some way, and do something to it that leaves every good line as it is."""
        separator = chance.choice(",;\t")
        lines = [list(line) for line in self.lines]
        changes: list[Callable[[], object]] = [
            lambda: None,
            lambda: lines.insert(chance.randrange(5), ["", "", "", "", ""]),
            lambda: lines.insert(
                chance.randrange(5), ["11", "x", "2026-03-08", "1", chance.choice(["#N/A", "NaN", "1.2.3"])]
            ),
            lambda: lines.insert(chance.randrange(5), ["99", "x", "2026-03-08", "1", "5"]),
            lambda: lines.insert(chance.randrange(5), ["11", "x", chance.choice(["soon", "2027-01-01"]), "1", "5"]),
            lambda: lines.insert(chance.randrange(5), ["11", "x", "2026-03-08"]),
            lambda: lines.insert(chance.randrange(5), ["11", "x", "2026-03-08", "1", "5", "6"]),
            lambda: lines.append(["Total", "", "", "10", "60.65"]),
            lambda: lines.insert(0, ["11", "x" * chance.choice([200_000, 2_000_000]), "2026-03-08", "1", "5"]),
            lambda: lines.insert(chance.randrange(5), ["11", "a\0b", "2026-03-08", "1", "5"]),
            lambda: lines.insert(chance.randrange(5), ["11", 'a"b', "2026-03-08", "1", "-5"]),
            lambda: lines[0].__setitem__(4, "10.1000"),
            lambda: lines[0].__setitem__(4, "1.01E+1"),
            lambda: lines[1].__setitem__(2, "2026-03-10T11:00:00Z"),
        ]
        chance.choice(changes)()
        text = self.written(lines, separator, chance.choice(["\n", "\r\n", "\r"]))
        data = text.encode(chance.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-le"]))
        kind = chance.randrange(6)
        if kind == 0:
            return b"PK\x03\x04" + data
        if kind == 1 and data:
            place = chance.randrange(40)
            return data[:place] + chance.randbytes(chance.randrange(1, 4)) + data[place:]
        if kind == 2:
            return data.replace(b"date", chance.choice([b"datum", b"spend", b"campaign_id", b""]), 1)
        return data
