"""What goes out as workbooks: numbers that can be added up, dates, and texts that never run."""

import tempfile
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from io import BytesIO, TextIOWrapper
from pathlib import Path
from unittest import mock
from uuid import UUID

import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, SimpleTestCase, TestCase, override_settings, tag
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.worksheet.worksheet import Worksheet

from budget_system.exports.tables import Cell, Money, Table, TooManyRows
from budget_system.exports.workbooks import write_workbook
from spending.reports.exports import SPEND_COLUMNS
from tests.access import Roles
from tests.support import AgencyTestCase

SOME_ID = UUID("01a2046f-f778-705d-89dd-c49ac6f8d03b")


def sheet_of(content: bytes) -> Worksheet:
    """Open a workbook, and give its one sheet."""
    workbook = load_workbook(BytesIO(content))
    (sheet,) = workbook.worksheets
    return sheet


def table_of(*rows: Sequence[Cell], columns: int = 1) -> Table:
    return Table("sheet", [f"c{number}" for number in range(columns)], rows, lambda most: min(most, len(rows)))


def cell_of(value: Cell) -> SheetCell:
    """Write a value, and read the cell that came of it."""
    file = BytesIO()
    write_workbook(table_of([value]), file)
    cell = sheet_of(file.getvalue())["A2"]
    assert isinstance(cell, SheetCell)
    return cell


def rows_of(count: int) -> Iterator[Sequence[Cell]]:
    for number in range(count):
        yield SOME_ID, Money(Decimal(number), "USD"), f"{number} " * 20


def temporary_workbooks() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("openpyxl.*"))


class CellTests(SimpleTestCase):
    def test_an_amount_is_a_number_with_its_currencys_decimals(self) -> None:
        for amount, currency, form, value in (
            ("150.00", "USD", "#,##0.00", 150),
            ("-0.07", "EUR", "#,##0.00", -0.07),
            ("1500.00", "JPY", "#,##0", 1500),
            ("9999999999999.99", "USD", "#,##0.00", 9999999999999.99),
        ):
            cell = cell_of(Money(Decimal(amount), currency))
            self.assertEqual((cell.data_type, cell.number_format, cell.value), ("n", form, value))

    def test_a_sum_that_a_number_cannot_hold_to_the_cent_stays_a_text(self) -> None:
        cell = cell_of(Money(Decimal("9999999999999999.99"), "USD"))
        self.assertEqual((cell.data_type, cell.value), ("s", "9999999999999999.99"))

    def test_dates_and_instants_are_a_spreadsheets_own(self) -> None:
        cell = cell_of(date(2026, 3, 11))
        self.assertEqual((cell.is_date, cell.number_format, cell.value), (True, "yyyy-mm-dd", datetime(2026, 3, 11)))
        berlin = timezone(timedelta(hours=1))
        for instant in (datetime(2026, 3, 11, 12, tzinfo=UTC), datetime(2026, 3, 11, 13, tzinfo=berlin)):
            cell = cell_of(instant)
            self.assertEqual((cell.is_date, cell.number_format), (True, 'yyyy-mm-dd hh:mm:ss "UTC"'))
            self.assertEqual(cell.value, datetime(2026, 3, 11, 12))

    def test_ids_and_whatever_looks_like_a_formula_are_texts(self) -> None:
        cell = cell_of(SOME_ID)
        self.assertEqual((cell.data_type, cell.value, bool(cell.quotePrefix)), ("s", str(SOME_ID), False))
        for text in ("=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"):
            cell = cell_of(text)
            self.assertEqual((cell.data_type, cell.value, cell.quotePrefix), ("s", text, True))
        for text in ("00123", "#N/A", "1E5", "2026-03", "true", "Möbel 🙂", " a ", "a\nb"):
            cell = cell_of(text)
            self.assertEqual((cell.data_type, cell.value, cell.number_format), ("s", text, "@"))

    def test_what_no_sheet_can_hold_is_replaced_and_what_it_would_read_otherwise_is_spelled_out(self) -> None:
        self.assertEqual(cell_of("a\uffff\x01b").value, "a\ufffd\ufffdb")
        self.assertEqual(cell_of("_x0041_").value, "_x005F_x0041_")

    def test_nothing_is_an_empty_cell(self) -> None:
        self.assertIsNone(cell_of(None).value)
        self.assertIsNone(cell_of("").value)


@tag("slow")
class SizeTests(SimpleTestCase):
    def test_more_rows_than_it_may_have_are_refused_before_one_is_read(self) -> None:
        read: list[int] = []

        def rows() -> Iterator[Sequence[Cell]]:
            for number in range(3):
                read.append(number)
                yield [number]

        before = temporary_workbooks()
        with self.assertRaisesMessage(TooManyRows, "more than 2 rows"):
            write_workbook(Table("sheet", ["c"], rows(), lambda most: min(most, 3)), BytesIO(), most=2)
        self.assertEqual(read, [])
        with self.assertRaises(TooManyRows):  # one that came in after they were counted
            write_workbook(Table("sheet", ["c"], rows(), lambda most: 2), BytesIO(), most=2)
        self.assertEqual(temporary_workbooks(), before)

    def test_as_many_as_it_may_have_are_written(self) -> None:
        file = BytesIO()
        write_workbook(table_of([1], [2]), file, most=2)
        self.assertEqual(sheet_of(file.getvalue()).max_row, 3)

    def test_memory_does_not_grow_with_the_rows(self) -> None:
        peaks = []
        for count in (500, 5_000):
            with tempfile.TemporaryFile() as file:
                tracemalloc.start()
                write_workbook(Table("sheet", ["a", "b", "c"], rows_of(count), lambda most: 0), file)
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.stop()
        self.assertLess(peaks[1], peaks[0] + 500_000)  # the rows themselves are a hundred times as much


class WorkbookTests(AgencyTestCase):
    def setUp(self) -> None:
        traveller = time_machine.travel(self.now, tick=False)
        traveller.start()
        self.addCleanup(traveller.stop)
        super().setUp()

    def read(self, path: str) -> Worksheet:
        answer = Client().get(path)
        self.assertEqual(answer.status_code, 200)
        self.assertRegex(answer["Content-Disposition"], r'^attachment; filename="\w+\.xlsx"$')
        return sheet_of(answer.getvalue())

    def exported(self, *arguments: str) -> bytes:
        out = BytesIO()
        with TextIOWrapper(out) as stdout:
            call_command("export", *arguments, "--xlsx", stdout=stdout)
            return out.getvalue()

    def test_the_ledger_with_its_filters(self) -> None:
        spend = self.spend("10.50", external_id="=1+1")
        self.spend("20.00", days=-1)

        sheet = self.read(f"/api/spends/?format=xlsx&spend_date={self.now.date()}")
        header, row = sheet.iter_rows(values_only=True)
        self.assertEqual((sheet.title, sheet.freeze_panes, header), ("spends", "A2", SPEND_COLUMNS))
        noon = self.now.replace(tzinfo=None)
        day = datetime(2026, 3, 11)
        ids = str(spend.pk), "Acme", "Spring sale", str(self.campaign.pk)
        self.assertEqual(row, (*ids, day, "DAILY", 10.5, "USD", None, "=1+1", noon, noon))
        self.assertEqual(sheet_of(self.exported("spends")).max_row, 3)

    def test_campaigns_and_months(self) -> None:
        self.spend("110.00")
        campaigns = list(self.read("/api/campaigns/?format=xlsx").iter_rows(values_only=True))
        self.assertEqual(campaigns, list(sheet_of(self.exported("campaigns")).iter_rows(values_only=True)))
        values = dict(zip(*campaigns, strict=True))
        self.assertEqual((values["blocked_by"], values["daily_spend"]), ("DAILY_BUDGET_EXCEEDED", 110))
        self.assertEqual(values["runs_again_at"], datetime(2026, 3, 12))
        for sheet in (self.read("/api/brands/months/?format=xlsx"), sheet_of(self.exported("months"))):
            _, row = sheet.iter_rows(values_only=True)
            self.assertEqual(row, ("Acme", "2026-03", "USD", 2000, 110, 0, 1))

    def test_an_empty_list_is_a_header(self) -> None:
        for path in ("spends/", "brands/months/"):
            self.assertEqual(self.read(f"/api/{path}?format=xlsx").max_row, 1)

    def test_too_many_rows_are_told_of_with_the_way_out(self) -> None:
        for _ in range(2):
            self.spend("1.00")
        with mock.patch("budget_system.api.downloads.MAX_ROWS", 1):
            answer = Client().get("/api/spends/?format=xlsx")
        self.assertEqual(answer.status_code, 400)
        self.assertRegex(answer.json()["format"][0], "more than 1 rows, .* filters, take format=csv, .* spends --xlsx")
        with (
            mock.patch("spending.management.commands.export.MAX_ROWS", 1),
            self.assertRaisesMessage(CommandError, "A sheet holds 1: export brand by brand, or without --xlsx."),
        ):
            self.exported("spends")

    def test_it_is_not_written_to_a_terminal(self) -> None:
        class Terminal(TextIOWrapper):
            def isatty(self) -> bool:
                return True

        with self.assertRaisesMessage(CommandError, "write it into a file: … --xlsx > months.xlsx"):
            call_command("export", "months", "--xlsx", stdout=Terminal(BytesIO()))

    def test_the_number_of_queries_does_not_grow_with_the_rows(self) -> None:
        counts = []
        for _ in range(2):
            for _ in range(20):
                self.spend("0.01")
            with CaptureQueriesContext(connection) as queries:
                self.read("/api/spends/?format=xlsx")
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])


@override_settings(API_AUTH="closed")
class AccessTests(Roles, TestCase):
    def test_a_workbook_holds_what_its_reader_may_read(self) -> None:
        self.spend("1.00", self.theirs)
        self.client.force_login(self.viewer)
        for path in ("spends/", "campaigns/", "brands/months/"):
            rows = sheet_of(self.client.get(f"/api/{path}?format=xlsx").getvalue()).iter_rows(values_only=True)
            self.assertFalse([row for row in rows if "Theirs" in row or "Other" in row], path)
        self.client.logout()
        self.assertEqual(self.client.get("/api/spends/?format=xlsx").status_code, 401)
