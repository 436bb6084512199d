"""Writing CSV that a spreadsheet opens without harm, row by row."""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Final

_FORMULA: Final = re.compile(r"^[\s\ufeff\u200b]*[=+\-@＝＋－＠\t\r]")  # wide ones run where such scripts are written
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


def csv_lines(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Give a CSV file line by line (RFC 4180), beginning with the header; nothing is held but the row at hand."""
    writer = csv.writer(_Echo())
    yield str(writer.writerow(list(header)))
    for row in rows:
        yield str(writer.writerow([cell(value) for value in row]))


def cell(value: object) -> str:
    """Give a cell's text; one that a spreadsheet would run as a formula is defused with an apostrophe.

    A negative number is a number. See OWASP, “CSV Injection”.
    """
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(map(str, value))
    text = "true" if value is True else "false" if value is False else str(value)
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        """Give the line back."""
        return line
