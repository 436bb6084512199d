"""Opening a report and yielding its lines: a stream, whatever its size, from text or from a workbook.

What cannot be a report is refused as `Unreadable`, in one sentence.
"""

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from budget_system.core.text import excerpt
from spending.imports.cells.parsing import MAX_CELL_LENGTH
from spending.imports.columns.finding import Columns
from spending.imports.files.encodings import detect_encoding, text_lines
from spending.imports.files.headers import MAX_LINES_ABOVE, Header, find_header, header_of_text, quote_fault
from spending.imports.files.workbooks import is_workbook, sheet_rows, sheets_of
from spending.imports.refusals import Unreadable
from spending.imports.requests import ChosenColumns, MatchBy, Request

PROGRESS_LINES: Final = 5_000


@dataclass(frozen=True, slots=True)
class FileForm:
    """How the file is written."""

    sha256: str
    size: int
    encoding: str
    separator: str
    """Empty in a workbook."""
    columns: Columns
    header_line: int
    """The physical lines up to the header's end."""
    sheet: str = ""


Line = tuple[int, list[str]]
"""One line of the table: the number that an editor shows for it, and its cells."""


def inspect_file(request: Request) -> FileForm:
    """Return how the file is written, and where its columns are. Raise `Unreadable`."""
    path, platform, chosen, match_by = request.path, request.platform, request.columns, request.match_by or MatchBy.ID
    if is_workbook(path):
        sheet, header = _sheet_with_header(path, platform, chosen, match_by)
        with path.open("rb") as raw:
            sha256 = hashlib.file_digest(raw, "sha256").hexdigest()
        return FileForm(sha256, path.stat().st_size, "xlsx", "", header.columns, header.line, sheet)
    stored = detect_encoding(path)
    with text_lines(path, stored.encoding) as (lines, _):
        first = list(islice(lines, MAX_LINES_ABOVE + 1))
    separator, header = header_of_text(first, platform, chosen, match_by)
    return FileForm(*stored, separator, *header)


def read_lines(path: Path, form: FileForm, progress: Callable[[int, int], object] | None = None) -> Iterator[Line]:
    """Yield the lines below the header, without blank ones; `progress` is called with how much of how much is read."""
    return _of_sheet(path, form, progress) if form.sheet else _of_text(path, form, progress)


def _of_text(path: Path, form: FileForm, progress: Callable[[int, int], object] | None) -> Iterator[Line]:
    csv.field_size_limit(MAX_CELL_LENGTH)
    with text_lines(path, form.encoding) as (lines, raw):
        for _ in range(form.header_line):
            next(lines, None)
        reader = csv.reader(lines, delimiter=form.separator, strict=True)
        try:
            for cells in reader:
                if any(map(str.strip, cells)):
                    yield form.header_line + reader.line_num, cells
                if progress is not None and not reader.line_num % PROGRESS_LINES:
                    progress(raw.tell(), form.size)
        except csv.Error as error:
            raise Unreadable(quote_fault(error, form.header_line + reader.line_num)) from error
    if progress is not None:
        progress(form.size, form.size)


def _of_sheet(path: Path, form: FileForm, progress: Callable[[int, int], object] | None) -> Iterator[Line]:
    number, width = 0, len(form.columns.header)
    for number, cells in enumerate(sheet_rows(path, form.sheet), 1):
        if number > form.header_line and any(map(str.strip, cells)):
            yield number, cells + [""] * (width - len(cells))
        if progress is not None and not number % PROGRESS_LINES:
            progress(number, 2 * number)  # how many there are is not known
    if progress is not None:
        progress(number, number)


def _sheet_with_header(path: Path, platform: str, chosen: ChosenColumns, match_by: MatchBy) -> tuple[str, Header]:
    """Return the one sheet that holds a report."""
    found: list[tuple[str, Header]] = []
    refusal: Unreadable | None = None
    for title in sheets_of(path):
        first = enumerate(islice(sheet_rows(path, title), MAX_LINES_ABOVE + 1), 1)
        header = find_header(first, platform, chosen, match_by)
        if isinstance(header, Header):
            found.append((title, header))
        elif header is not None:
            refusal = refusal or header.refusal
    if len(found) > 1:
        named = " and ".join(f"“{excerpt(title)}”" for title, _ in found)
        raise Unreadable(f"The sheets {named} hold reports; save the one that is meant as a file of its own.")
    if not found:
        raise refusal or Unreadable("The workbook holds no table.")
    return found[0]
