"""Reports that come as Excel workbooks (.xlsx): each cell becomes the text that a CSV would hold.

A workbook is an archive of XML, so its unpacked size is limited before anything of it is read, and entities are refused
(defusedxml, which openpyxl uses where it is installed).
"""

import re
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from spending.imports.cells.parsing import MAX_CELL_LENGTH
from spending.imports.refusals import Unreadable

if TYPE_CHECKING:
    from openpyxl import Workbook

ARCHIVE: Final = b"PK\x03\x04"
"""The first bytes of what may be a workbook."""
MAX_UNPACKED: Final = 200 * 1024 * 1024
MAX_PARTS: Final = 1_000
MAX_COLUMNS: Final = 1_000
_EXACT_DIGITS: Final = 15
"""The digits of a number that a spreadsheet keeps; those after them become zeros."""
_WITHOUT_RESULT = re.compile(rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f(?: [^>]*)?/>)(?:<(?:\w+:)?v ?/>|<(\w+:)?v></(\w+:)?v>)?</")
_BROKEN: Final = (
    *(BadZipFile, ParseError, zlib.error),
    *(AttributeError, EOFError, LookupError, NotImplementedError, OSError, RuntimeError, TypeError, ValueError),
)
"""What openpyxl and zipfile raise for a file that is no workbook, or a damaged one."""


def is_workbook(path: Path) -> bool:
    """Return whether a file is an archive with a workbook in it. Raise `Unreadable` where it cannot be opened."""
    try:
        with path.open("rb") as raw:
            if raw.read(len(ARCHIVE)) != ARCHIVE:
                return False
    except OSError as error:
        raise Unreadable(f"“{path.name}” cannot be opened: {error.strerror}.") from error
    try:
        with ZipFile(path) as archive:
            return "[Content_Types].xml" in archive.namelist()
    except _BROKEN:
        return False


def sheets_of(path: Path) -> list[str]:
    """Return the visible sheets. Raise `Unreadable` where the workbook is broken, or too large when unpacked."""
    _require_bounds(path)
    with _opened(path) as book:
        return [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]


def sheet_rows(path: Path, title: str) -> Iterator[list[str]]:
    """Return a sheet's rows, from its first, each without the empty cells at its end."""
    with _opened(path) as book:
        sheet = book[title]
        sheet.reset_dimensions()  # what it says of its size may be wrong, and would be filled with empty cells
        rows = sheet.iter_rows(values_only=True)
        while True:
            with _named():
                row = next(rows, None)
            if row is None:
                return
            if len(row) > MAX_COLUMNS:
                raise Unreadable(f"The sheet “{title}” is more than {MAX_COLUMNS:,} columns wide: this is no report.")
            cells = [_text(value) for value in row]
            while cells and not cells[-1]:
                cells.pop()
            yield cells


@contextmanager
def _opened(path: Path) -> Iterator["Workbook"]:
    # Imported when it is first needed: a web process to which no workbook comes would hold 4 MB of it.
    from openpyxl import load_workbook  # noqa: PLC0415

    with path.open("rb") as raw:  # as a file: of a path the library reads the ending, which may be any
        with _named():
            book = load_workbook(raw, read_only=True, data_only=True, keep_links=False)
        try:
            yield book
        finally:
            book.close()


@contextmanager
def _named() -> Iterator[None]:
    """Refuse a broken workbook with a sentence; the library's warnings (of styles) do not matter here."""
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except _BROKEN as error:
        raise Unreadable("The workbook is damaged, or protected with a password; save it again, or as CSV.") from error


def unpacked_size(book: Path | BinaryIO) -> int:
    """Return a workbook's unpacked size in bytes, as it states itself. Raise `Unreadable` where it is damaged."""
    with _named(), ZipFile(book) as archive:
        return sum(part.file_size for part in archive.infolist())


def _require_bounds(path: Path) -> None:
    unpacked = unpacked_size(path)
    with _named(), ZipFile(path) as archive:
        parts = archive.infolist()
    if unpacked > MAX_UNPACKED or len(parts) > MAX_PARTS:
        raise Unreadable(
            f"The workbook unpacks to more than {MAX_UNPACKED // (1024 * 1024)} MB; export the report as CSV."
        )
    with _named():
        uncalculated = any(_has_uncalculated(path, part.filename) for part in parts if "worksheets/" in part.filename)
    if uncalculated:
        raise Unreadable(
            "The workbook holds formulas without their results; open it in a spreadsheet, save it, and take that."
        )


def _has_uncalculated(path: Path, part: str) -> bool:
    """Return whether a sheet holds a formula that was never calculated: its cell would read as empty."""
    with ZipFile(path) as archive, archive.open(part) as sheet:
        rest = b""
        while chunk := sheet.read(1 << 20):
            if _WITHOUT_RESULT.search(rest + chunk):
                return True
            rest = chunk[-100:]
    return False


def _text(value: object) -> str:
    """Return a cell as a CSV would hold it, in one reading only."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    if len(text) > MAX_CELL_LENGTH:
        raise Unreadable(f"A cell is longer than {MAX_CELL_LENGTH:,} characters.")
    return text


def _number(value: float) -> str:
    number = Decimal(repr(value))
    if not number.is_finite():
        return str(value)
    digits = number.as_tuple().digits
    shortened = isinstance(value, float) or not any(digits[_EXACT_DIGITS:])
    if number.adjusted() >= _EXACT_DIGITS and shortened:
        return f"{number:.{_EXACT_DIGITS - 1}E}"  # as spreadsheets show it: an id of so many digits is no longer itself
    text = f"{number:f}"
    whole, _, decimals = text.partition(".")
    if not decimals.strip("0"):
        return whole
    return f"{text}0" if len(decimals) == 3 else text  # 1.234 is a decimal point here, and 1.2340 says so
