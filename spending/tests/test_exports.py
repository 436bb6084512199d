"""What goes out as CSV: exact, streamed, and harmless in a spreadsheet; and how a file is asked for."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import BytesIO, StringIO, TextIOWrapper
from unittest import mock

import time_machine
from django.core.management import call_command
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from brands.services import change_brand
from budget_system.api.downloads import DOWNLOAD_PATHS, CSVFormat, WorkbookFormat
from budget_system.exports.csv_files import cell, csv_lines
from budget_system.exports.tables import Table
from campaigns.models import PauseReason, StatusEvent
from campaigns.services import change_campaign, pause_campaign
from spending.enforcement.sweeps import tick
from spending.reports.months import months_of
from tests.support import ALICE, AgencyTestCase


class ExportTests(AgencyTestCase):
    def setUp(self) -> None:
        traveller = time_machine.travel(self.now, tick=False)
        self.clock = traveller.start()
        self.addCleanup(traveller.stop)
        super().setUp()

    def read(self, path: str) -> list[dict[str, str]]:
        response = Client().get(f"/api/{path}")
        assert isinstance(response, StreamingHttpResponse), response.content
        self.assertEqual(response["Content-Type"], "text/csv; charset=utf-8")
        text = b"".join(response).decode()
        return list(csv.DictReader(StringIO(text, newline="")))

    def command(self, *args: str) -> list[dict[str, str]]:
        return list(csv.DictReader(StringIO(self.exported(*args).decode(), newline="")))

    def exported(self, *args: str) -> bytes:
        out = BytesIO()
        with TextIOWrapper(out, encoding="latin-1") as stdout:
            call_command("export", *args, stdout=stdout)
            return out.getvalue()

    def test_the_ledger_with_its_filters(self) -> None:
        self.spend("10.00", external_id="=cmd|' /C calc'!A0")
        self.spend("20.50", days=-1)

        (row,) = self.read(f"spends/?format=csv&spend_date={self.now.date()}")
        self.assertEqual(
            (row["brand"], row["campaign"], row["amount"], row["currency"]), ("Acme", "Spring sale", "10.00", "USD")
        )
        self.assertEqual(row["external_id"], "'=cmd|' /C calc'!A0")
        self.assertEqual([row["amount"] for row in self.command("spends")], ["10.00", "20.50"])

    def test_the_campaigns_with_what_is_left(self) -> None:
        capped = self.make_campaign("Capped", daily="5.00")
        self.spend("7.00", capped)

        (row, _) = self.read("campaigns/?format=csv&ordering=name")
        self.assertEqual((row["status"], row["blocked_by"]), ("PAUSED", "DAILY_BUDGET_EXCEEDED"))
        self.assertEqual((row["daily_budget"], row["daily_spend"], row["daily_left"]), ("5.00", "7.00", "-2.00"))
        self.assertEqual(row["runs_again_at"], "2026-03-12T00:00:00Z")
        self.assertEqual(self.command("campaigns", "--brand", "acme"), self.read("campaigns/?format=csv"))

    def test_the_months_of_a_brand(self) -> None:
        self.spend("2100.00")
        self.now += timedelta(days=3)
        self.clock.move_to(self.now)
        tick(now=self.now, by=ALICE)
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

        expected = {
            "brand": "Acme",
            "month": "2026-03",
            "currency": "USD",
            "budget": "2000.00",
            "spent": "2100.00",
            "overshoot": "100.00",
            "days_paused": "4",
        }
        self.assertEqual(self.read("brands/months/?format=csv"), [expected])
        self.assertEqual(self.command("months"), [expected])
        (month,) = Client().get("/api/brands/months/").json()
        self.assertEqual((month["brand"], month["overshoot"], month["days_paused"]), (str(self.brand.pk), "100.00", 4))

    def test_a_pause_ends_in_the_brand_that_a_campaign_leaves(self) -> None:
        other = self.make_brand("Globex", daily="1.00")
        self.spend("3.00", self.make_campaign("Theirs", other))
        self.spend("150.00", self.make_campaign("Autumn sale"))
        self.now += timedelta(hours=1)
        change_campaign(campaign_id=self.campaign.pk, values={"brand_id": other.pk}, now=self.now, by=ALICE)
        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED)
        self.now += timedelta(days=4)

        change_campaign(
            campaign_id=self.campaign.pk, values={"brand_id": self.make_brand("Third").pk}, now=self.now, by=ALICE
        )
        self.assertRuns()
        self.now += timedelta(days=4)

        StatusEvent.objects.exclude(campaign=self.campaign).delete()  # of the others, who stay where they are
        for asked in ([self.brand, other], [self.brand], [other]):
            days = {month.brand.name: month.days_paused for month in months_of(asked, now=self.now)}
            self.assertEqual(days, {brand.name: {"Acme": 1, "Globex": 5}[brand.name] for brand in asked})

    def test_a_month_keeps_the_budget_with_which_it_ended(self) -> None:
        self.spend("2100.00")
        for days, budget in ((1, "2200.00"), (2, "2050.00"), (25, "9000.00"), (26, None)):
            at = self.now + timedelta(days=days)
            change_brand(
                brand_id=self.brand.pk,
                values={"monthly_budget": None if budget is None else Decimal(budget)},
                now=at,
                by=ALICE,
            )
        self.clock.move_to(self.now + timedelta(days=27))
        self.now += timedelta(days=27)
        self.spend("3.00")

        april, march = self.command("months")
        self.assertEqual((march["month"], march["budget"], march["overshoot"]), ("2026-03", "2050.00", "50.00"))
        self.assertEqual((april["month"], april["budget"], april["overshoot"]), ("2026-04", "", "0.00"))

    def test_a_reader_that_wants_no_more_ends_it_without_a_traceback(self) -> None:
        class Closed(BytesIO):
            def write(self, data: object) -> int:
                raise BrokenPipeError

        with self.assertRaises(SystemExit) as ended, mock.patch("os.dup2") as dup2:
            call_command("export", "campaigns", stdout=TextIOWrapper(Closed()))

        self.assertEqual(ended.exception.code, 141)
        self.assertTrue(dup2.called)

    def test_a_mistyped_filter_is_refused_before_a_line_is_written(self) -> None:
        response = Client().get("/api/spends/?format=csv&brnd=1")
        self.assertEqual((response.status_code, list(response.json())), (400, ["brnd"]))

    def test_mistyped_pages_are_refused_though_a_file_has_all_rows(self) -> None:
        for path in ("spends", "campaigns", "brands/months", "pacing"):
            for name, value in (("page", "0"), ("page_size", "5000"), ("count", "all")):
                with self.subTest(path=path, name=name):
                    answer = Client().get(f"/api/{path}/?format=csv&{name}={value}")
                    self.assertEqual((answer.status_code, list(answer.json())), (400, [name]))

    def test_a_file_for_people_bears_the_mark_by_which_excel_knows_its_letters(self) -> None:
        self.make_campaign("Möbel")

        marked = self.exported("campaigns", "--excel")
        self.assertEqual(marked.decode("utf-8-sig"), self.exported("campaigns").decode())
        self.assertTrue(marked.startswith(b"\xef\xbb\xbfid,"))
        plain = Client().get("/api/campaigns/?format=csv").getvalue()
        self.assertTrue(plain.startswith(b"id,"))
        self.assertIn("Möbel", plain.decode())

    def test_a_file_is_asked_for_by_its_media_type_too(self) -> None:
        for accept, kind in (
            ("text/csv", "text/csv; charset=utf-8"),
            ("text/csv, */*;q=0.1", "text/csv; charset=utf-8"),
            (WorkbookFormat.media_type, WorkbookFormat.media_type),
            ("*/*", "application/json"),
            ("application/json, text/csv", "application/json"),
        ):
            for path in DOWNLOAD_PATHS:
                answer = Client().get(path, HTTP_ACCEPT=accept)
                answer.getvalue()  # reads it to its end, which closes it
                self.assertEqual((answer.status_code, answer["Content-Type"]), (200, kind), (path, accept))
        refused = Client().get("/api/spends/?campaign=x", HTTP_ACCEPT="text/csv")
        self.assertEqual((refused.status_code, list(refused.json())), (400, ["campaign"]))

    def test_where_there_is_no_file_it_is_told_what_has_one(self) -> None:
        for path in (
            "schedules/",
            f"brands/{self.brand.pk}/",
            "brands/",
            "campaigns/00000000-0000-7000-8000-000000000000/",
        ):
            for kind in ("csv", "xlsx"):
                answer = Client().get(f"/api/{path}?format={kind}")
                expected = (
                    f"This does not come as {kind}; what does: /api/brands/months/, /api/campaigns/, /api/pacing/, "
                    "/api/spends/."
                )
                self.assertEqual((answer.status_code, answer.json()), (400, {"format": [expected]}), path)
            answer = Client().get(f"/api/{path}", HTTP_ACCEPT="text/csv")
            self.assertEqual(answer.status_code, 406)
            self.assertIn(", ".join(DOWNLOAD_PATHS), answer.json()["detail"])
        answer = Client().get("/api/spends/?format=pdf")
        self.assertEqual(answer.json(), {"format": ["“pdf” is not a format; choose one of json, api, csv, xlsx."]})

    def test_the_lists_that_are_named_are_those_that_come_as_files(self) -> None:
        paths = Client().get("/api/schema/?format=json").json()["paths"]
        for kind in (CSVFormat, WorkbookFormat):
            having = [
                path
                for path, operations in paths.items()
                if kind.media_type in operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
            ]
            self.assertEqual(having, list(DOWNLOAD_PATHS))

    def test_the_number_of_queries_does_not_grow_with_the_rows(self) -> None:
        counts = []
        for _ in range(2):
            for _ in range(20):
                self.spend("0.01")
            with CaptureQueriesContext(connection) as queries:
                self.read("spends/?format=csv")
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])

    def test_cells_that_a_spreadsheet_would_run_are_defused(self) -> None:
        for text in (
            "=1+1",
            "+1",
            "-1+1",
            "@SUM(A1)",
            "\tb",
            " =1",
            "\rb",
            "-",
            "＝1",
            "＋1",
            "－1",
            "＠A1",
            "\u00a0=1",
            "\ufeff=1",
        ):
            self.assertEqual(cell(text), f"'{text}")
        self.assertEqual(cell("\t=1"), "'\t'=1")
        for text in ("-1.00", "150.00", "a=b", "5-4", "", "a; b", "a;-5"):
            self.assertEqual(cell(text), text)

    def test_other_separators_are_defused_and_quoted(self) -> None:
        for separator in (";", "\t", "\n", "\r"):
            for formula in ("=1+1", " @SUM(1)", "+1", "-1+1", '"=1+1"', "＝1"):
                with self.subTest(separator=separator, formula=formula):
                    self.assertEqual(cell(f"a{separator}{formula}"), f"a{separator}'{formula}")
            columns, row = csv_lines(Table("t", ("a", "b"), [["x", f"a{separator}b"]], lambda most: 1))
            self.assertEqual((columns, row), ("a,b\r\n", f'x,"a{separator}b"\r\n'))

    def test_no_cell_is_a_formula_whichever_separator_a_spreadsheet_takes(self) -> None:
        texts = ("x;=1+1", 'x;"=1+1"', "x\t=1+1", "x\n=1+1", '";=1', "x;;=1", 'x\n"\t=1', "=1;=1", "x;'=1")
        for separator in ",;\t":
            for text in texts:
                lines = csv_lines(Table("t", ("a", "b", "c"), [["1", text, "2"]], lambda most: 1))
                for row in csv.reader(StringIO("".join(lines), newline=""), delimiter=separator):
                    self.assertEqual([one for one in row if one.lstrip().startswith("=")], [], (separator, text))
