"""Writing workbooks (xlsx): numbers, dates and instants are those of a spreadsheet, everything else is text and
never runs.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from itertools import chain, islice
from typing import IO, Final

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import WorkbookAlreadySaved
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.worksheet import Worksheet

from budget_system.core.money import decimals_of
from budget_system.core.replica import read_from_replica, rows_from_replica
from budget_system.exports.csv_files import is_formula
from budget_system.exports.tables import Cell, Money, Table, TooManyRows, as_cell_text

MAX_ROWS: Final = 2**20 - 1
"""Rows of a sheet, without its header. Source: “Excel specifications and limits” of Microsoft's documentation."""

MAX_EXACT_DIGITS: Final = 15
"""Digits that a spreadsheet keeps of a number (the same source)."""

DATE: Final = "yyyy-mm-dd"
INSTANT: Final = 'yyyy-mm-dd hh:mm:ss "UTC"'
TEXT: Final = "@"
_NARROWEST, _WIDEST = 16, 60
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def write_workbook(table: Table, file: IO[bytes], *, most: int = MAX_ROWS) -> None:
    """Write a table as a workbook of one sheet; rows pass through a temporary file, one at a time.

    Raise `TooManyRows`, mostly before any row is read.
    """
    if read_from_replica(lambda: table.count(most + 1)) > most:
        raise TooManyRows(most)
    workbook = Workbook(write_only=True)
    workbook.properties.creator = ""
    sheet = workbook.create_sheet(table.name)
    try:
        _fill(sheet, table, most)
        workbook.save(file)
    except BaseException:
        _discard(sheet)
        raise


def _discard(sheet: WriteOnlyWorksheet) -> None:
    """Delete the temporary file of a sheet that is not wanted; it would stay until the process ends."""
    with suppress(OSError, WorkbookAlreadySaved):
        sheet.close()
    if writer := getattr(sheet, "_writer", None):
        with suppress(FileNotFoundError):
            writer.cleanup()


def _fill(sheet: Worksheet, table: Table, most: int) -> None:
    rows = rows_from_replica(table.rows)
    first = list(islice(rows, 1))
    for place, texts in enumerate(zip(table.columns, *(map(as_cell_text, row) for row in first), strict=True), start=1):
        width = max(map(len, texts)) + 3
        sheet.column_dimensions[get_column_letter(place)].width = min(_WIDEST, max(_NARROWEST, width))
    sheet.freeze_panes = "A2"
    sheet.append(list(_header(sheet, table.columns)))
    cells = _Cells(sheet)
    for number, row in enumerate(chain(first, rows)):
        if number == most:  # some came in after they were counted
            raise TooManyRows(most)
        sheet.append([cells.of(place, value) for place, value in enumerate(row)])


def _header(sheet: Worksheet, columns: Sequence[str]) -> Iterator[SheetCell]:
    for name in columns:
        cell = WriteOnlyCell(sheet, name)
        cell.font = Font(name="Calibri", size=11, bold=True)  # the others', but bold
        yield cell


class _Cells:
    """The cells of a row, used again for each row: to style one costs more than to write it."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self._made: dict[tuple[int, str, bool], SheetCell] = {}

    def of(self, place: int, value: Cell) -> SheetCell | None:
        """Return the cell of a column with a value in it; `None` leaves it empty."""
        if value is None or value == "":
            return None
        if isinstance(value, Money) and len(value.amount.as_tuple().digits) <= MAX_EXACT_DIGITS:
            return self._cell(place, value.amount, _amount_format(value.currency))
        if isinstance(value, int):
            return self._cell(place, value, "0")
        if isinstance(value, datetime):
            return self._cell(place, value.astimezone(UTC).replace(tzinfo=None), INSTANT)
        if isinstance(value, date):
            return self._cell(place, value, DATE)
        return self._text(place, as_cell_text(value))

    def _text(self, place: int, text: str) -> SheetCell:
        """Return a text cell: what begins like a formula, or is spelled like an error, stays text, also when it is
        edited.
        """
        cell = self._cell(place, _written(text), TEXT, quoted=is_formula(text))
        cell.data_type = "s"
        return cell

    def _cell(self, place: int, value: str | int | Decimal | date, form: str, *, quoted: bool = False) -> SheetCell:
        cell = self._made.get((place, form, quoted))
        if cell is None:
            cell = self._made[place, form, quoted] = WriteOnlyCell(self._sheet)
            cell.number_format = form
            cell.quotePrefix = quoted
        cell.value = value
        return cell


@cache
def _amount_format(currency: str) -> str:
    decimals = decimals_of(currency)
    return f"#,##0.{'0' * decimals}" if decimals else "#,##0"


def _written(text: str) -> str:
    """Return a text that XML can hold, with no part that a reader would take for an escaped character."""
    return _ESCAPE.sub("_x005F_", _NO_XML.sub("\ufffd", text))
