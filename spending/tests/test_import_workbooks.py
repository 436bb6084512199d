"""Excel workbooks are read as the CSV would be; what is none, or a bomb, is refused in a sentence."""

import random
import zipfile
from datetime import date, datetime
from io import BytesIO
from unittest import mock

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from spending.imports.files import workbooks
from spending.models import Import, Spend
from spending.tests.test_import_basics import ImportTestCase

HEADER = ("Campaign ID", "Day", "Cost", "Currency")


class WorkbookTests(ImportTestCase):
    def book(self, *rows: tuple[object, ...], above: int = 0) -> Workbook:
        book = Workbook()
        self.fill(book.active, ((f"title {number}",) for number in range(above)), (HEADER,), rows)
        return book

    def fill(self, sheet: object, *parts: object) -> None:
        assert isinstance(sheet, Worksheet)
        for rows in parts:
            for row in rows:  # type: ignore[attr-defined]  # any rows
                sheet.append(row)

    def written(self, book: Workbook) -> bytes:
        out = BytesIO()
        book.save(out)
        return out.getvalue()

    def test_cells_are_read_as_what_they_are(self) -> None:
        book = self.book(
            (11, datetime(2026, 3, 9), 1234.5, "USD"),
            ("11", date(2026, 3, 10), 1.234, "USD"),
            ("'11", "2026-03-11", "1,500.00", "USD"),
            (11.0, datetime(2026, 3, 8, 13, 30), 2, "USD"),
            ("Total", None, 2737.734, None),
            above=60,
        )
        self.load(self.written(book), "--force", "--strict")

        self.assertEqual([row[1] for row in self.ledger()], ["2.00", "1234.50", "1.23", "1500.00"])
        self.assertEqual(self.last().rows, 4)

    def test_an_id_that_the_spreadsheet_has_shortened_is_refused(self) -> None:
        book = self.book((120210000000000000, date(2026, 3, 9), 1, "USD"), (1.2021e17, date(2026, 3, 9), 1, "USD"))
        self.refused(self.written(book), "--create-campaigns")
        self.assertFalse(Import.objects.exists())

    def test_one_sheet_holds_the_report(self) -> None:
        book = self.book((11, date(2026, 3, 9), 1, "USD"))
        self.fill(book.create_sheet("About", 0), (("Notes", "of", "the", "export"),))
        hidden = book.create_sheet("ChangeRecorder")
        self.fill(hidden, (HEADER, (11, date(2026, 3, 10), 5, "USD")))
        hidden.sheet_state = "hidden"
        self.assertIn("of the sheet “Sheet”", self.load(self.written(book)))
        hidden.sheet_state = "visible"
        self.assertIn("The sheets “Sheet” and “ChangeRecorder” hold reports", self.refused(self.written(book)))

    def test_a_formula_that_nothing_has_calculated_is_no_empty_cost(self) -> None:
        book = self.book((11, date(2026, 3, 9), "=1+1", "USD"))
        self.assertIn("formulas without their results", self.refused(self.written(book)))

    def test_what_unpacks_to_too_much_is_refused_before_it_is_read(self) -> None:
        data = self.written(self.book((11, date(2026, 3, 9), 1, "USD")))
        with mock.patch.object(workbooks, "MAX_UNPACKED", 1_000):
            self.assertIn("unpacks to more than", self.refused(data))
        bomb = BytesIO(data)
        with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/media/zeros", b"\0" * (workbooks.MAX_UNPACKED + 1))
        self.assertLess(len(bomb.getvalue()), 1_000_000)
        self.assertIn("unpacks to more than 200 MB", self.refused(bomb.getvalue()))

    def test_entities_and_wide_sheets_are_refused(self) -> None:
        data = self.written(self.book((11, date(2026, 3, 9), 1, "USD")))
        laughs = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]>"
        self.refused(self.changed(data, lambda text: text.replace("<worksheet", f"{laughs}<worksheet", 1)))
        self.assertIn(
            "columns wide", self.refused(self.changed(data, lambda text: text.replace('r="D2"', 'r="XFD2"', 1)))
        )

    def changed(self, data: bytes, change: object) -> bytes:
        out = BytesIO()
        with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            for part in old.infolist():
                content = old.read(part)
                if part.filename.endswith("sheet1.xml"):
                    content = change(content.decode()).encode()  # type: ignore[operator]  # a function of the test's
                new.writestr(part.filename, content)
        return out.getvalue()

    def test_damaged_workbooks_are_read_rightly_or_refused(self) -> None:
        chance = random.Random(20260311)
        data = self.written(self.book((11, date(2026, 3, 9), 1, "USD"), (11, date(2026, 3, 10), 2, "USD")))
        refused = 0
        for number in range(200):
            broken = bytearray(data)
            for _ in range(chance.randint(1, 30)):
                broken[chance.randrange(4, len(broken))] = chance.randrange(256)
            Spend.objects.all().delete()
            with self.subTest(number):
                try:
                    self.load(bytes(broken), "--force")
                except Exception as error:  # that it is the command's own is what is asked
                    self.assertEqual(type(error).__name__, "CommandError", repr(error.__cause__))
                    refused += 1
        self.assertGreater(refused, 50)

    def test_a_parts_text_is_broken_in_every_place(self) -> None:
        data = self.written(self.book((11, date(2026, 3, 9), 1, "USD")))
        chance = random.Random(7)
        for number in range(100):

            def cut(text: str) -> str:
                place = chance.randrange(len(text))
                return text[:place] + chance.choice(["<", "x", "9" * 40, "", '"', "&#0;"]) + text[place + 5 :]

            with self.subTest(number):
                try:
                    self.load(self.changed(data, cut), "--force")
                except Exception as error:  # as above
                    self.assertEqual(type(error).__name__, "CommandError", repr(error.__cause__))


class EncodingTests(ImportTestCase):
    def text(self, *names: str) -> list[bytes]:
        lines = ["campaign_id,campaign_name,date,cost"]
        return [*(f"{line}\n".encode() for line in lines), *(f"12,{name},2026-03-09,1\n".encode() for name in names)]

    def test_a_line_in_another_encoding_garbles_no_other(self) -> None:
        first, *lines = self.text("Möbel", "x")
        data = first + lines[0] + "13,Süd,2026-03-09,1\n".encode("cp1252")
        out = self.load(data, "--create-campaigns", "--strict")

        self.assertIn("(utf-8 and cp1252,", out)
        names = set(Spend.objects.values_list("campaign__name", flat=True))
        self.assertEqual(names, {"Möbel", "Süd"})

    def test_a_mark_at_a_lines_start_is_no_part_of_it(self) -> None:
        for encoding in ("utf-8-sig", "utf-16"):
            text = "\ufeffcampaign_id,date,cost\n\ufeff11,2026-03-09,1\n"
            with self.subTest(encoding):
                self.assertIn(" 0 bad", self.load(text.encode(encoding), "--strict"))
