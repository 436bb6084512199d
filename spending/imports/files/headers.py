"""Finding the header of a report: the first line that names all columns, after what an export may write above it."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from spending.imports.cells.parsing import MAX_CELL_LENGTH
from spending.imports.columns.finding import Columns, find_columns
from spending.imports.columns.searching import NoSuchColumn
from spending.imports.refusals import Unreadable
from spending.imports.requests import ChosenColumns, MatchBy

MAX_LINES_ABOVE: Final = 60
SEPARATORS: Final = (",", ";", "\t")


class Header(NamedTuple):
    """Where the columns are, and the number of physical lines up to the header's end."""

    columns: Columns
    line: int


def header_of_text(first: Sequence[str], platform: str, chosen: ChosenColumns, match_by: MatchBy) -> tuple[str, Header]:
    """Return the separator and the header among a text's first lines. Raise `Unreadable` where there is none."""
    csv.field_size_limit(MAX_CELL_LENGTH)
    best: _Near | None = None
    broken: Unreadable | None = None
    for separator in SEPARATORS:
        try:
            found = find_header(_parsed(first, separator), platform, chosen, match_by)
        except csv.Error as error:
            broken = broken or Unreadable(str(error))
            continue
        if isinstance(found, Header):
            return separator, found
        best = _nearest(best, found)
    raise (best.refusal if best else None) or broken or Unreadable("The file holds no table.")


class _Near(NamedTuple):
    """A line that is no header: how many of the columns it names, how wide it is, and what is missing."""

    named: int
    width: int
    refusal: Unreadable


def _nearest(*lines: _Near | None) -> _Near | None:
    return max(filter(None, lines), key=lambda line: (line.named, line.width), default=None)


def find_header(
    lines: Iterable[tuple[int, Sequence[str]]], platform: str, chosen: ChosenColumns, match_by: MatchBy
) -> Header | _Near | None:
    """Return the first line that names all columns, else the one that comes nearest."""
    best: _Near | None = None
    for number, cells in lines:
        if len(cells) < 2:
            continue
        try:
            return Header(find_columns(cells, platform, chosen, match_by), number)
        except NoSuchColumn as error:
            best = _nearest(best, _Near(error.found, len(cells), Unreadable(str(error), *error.missing)))
    return best


def _parsed(first: Sequence[str], separator: str) -> Iterator[tuple[int, Sequence[str]]]:
    reader = csv.reader(first, delimiter=separator)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise csv.Error(quote_fault(error, reader.line_num)) from error


def quote_fault(error: csv.Error, line: int) -> str:
    """Return what is wrong with the quotes of a line."""
    if "field limit" in str(error):
        return f"Line {line}: a cell is longer than {MAX_CELL_LENGTH:,} characters, or its quotes never close."
    return f"Line {line}: the quotes are broken ({error})."
