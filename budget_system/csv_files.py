"""Writing CSV that a spreadsheet opens without harm, row by row."""

import csv
import re
from collections.abc import Iterator
from typing import Final

from budget_system.tables import Cell, Table, shown

_FORMULA: Final = re.compile(r"^[\s\ufeff\u200b]*[=+\-@＝＋－＠\t\r]")  # wide ones run where such scripts are written
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


def csv_lines(table: Table) -> Iterator[str]:
    """Give a CSV file line by line (RFC 4180), beginning with the header; nothing is held but the row at hand."""
    writer = csv.writer(_Echo())
    yield str(writer.writerow(table.columns))
    for row in table.rows:
        yield str(writer.writerow([cell(value) for value in row]))


def cell(value: Cell) -> str:
    """Give a cell's text; one that a spreadsheet would run as a formula is defused with an apostrophe.

    A negative number is a number. See OWASP, “CSV Injection”.
    """
    text = shown(value)
    return f"'{text}" if is_formula(text) else text


def is_formula(text: str) -> bool:
    """Say whether a spreadsheet would run the text, were it typed into a cell."""
    return _FORMULA.match(text) is not None and not _NUMBER.fullmatch(text)


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        """Give the line back."""
        return line
