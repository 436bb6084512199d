"""Writing CSV that a spreadsheet opens safely, row by row."""

import csv
import re
from collections.abc import Iterator
from typing import Final

from budget_system.core.replica import rows_from_replica
from budget_system.exports.tables import Cell, Table, as_cell_text

_FORMULA: Final = re.compile(r"^[\s\ufeff\u200b]*[=+\-@＝＋－＠\t\r]")  # wide ones run where such scripts are written
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_SEPARATORS: Final = ";\t\r\n"  # where a spreadsheet splits that does not take the comma, as in much of Europe
_AFTER_SEPARATOR: Final = re.compile(f"(?<=[{_SEPARATORS}])[^{_SEPARATORS}]+")
_QUOTING: Final = f"{_SEPARATORS}\r\n"


def csv_lines(table: Table) -> Iterator[str]:
    """Yield a CSV file line by line (RFC 4180), beginning with the header; only the current row is in memory.

    Cells with another separator are quoted too: the writer quotes what has any character of its line's end.
    """
    writer = csv.writer(_Echo(), lineterminator=_QUOTING)
    yield str(writer.writerow(table.columns))
    for row in rows_from_replica(table.rows):
        yield str(writer.writerow([cell(value) for value in row]))


def cell(value: Cell) -> str:
    """Return a cell's text; one that a spreadsheet would run as a formula is defused with an apostrophe.

    So is text after another separator: where a spreadsheet splits there, quotes that began before do not count, and one
    at the beginning is removed. A negative number is a number. See OWASP, “CSV Injection”.
    """
    text = as_cell_text(value)
    defused = _AFTER_SEPARATOR.sub(lambda found: _defused(found[0], found[0].lstrip('"')), text)
    return _defused(defused, text)


def _defused(text: str, as_read: str) -> str:
    return f"'{text}" if is_formula(as_read) else text


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet would run the text if it were typed into a cell."""
    return _FORMULA.match(text) is not None and not _NUMBER.fullmatch(text)


class _Echo:
    """A file that returns what is written to it."""

    def write(self, line: str) -> str:
        """Return the line, with its end."""
        return f"{line.removesuffix(_QUOTING)}\r\n"
