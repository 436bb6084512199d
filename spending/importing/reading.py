"""Opening a report and giving its lines: a stream, whatever its size.

What cannot be a report is refused as `Unreadable`, in one sentence. The encoding is decided, not guessed: a byte order
mark says it; without one the file is UTF-8 if all of it is, else Windows-1252, which is what spreadsheets write.
"""

import codecs
import csv
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Final, TextIO

from spending.importing.columns import Chosen, Columns, NoSuchColumn, find_columns

CHUNK: Final = 1 << 20
LONGEST_LINE: Final = 1_000_000
LONGEST_CELL: Final = 131_072
LINES_BEFORE_HEADER: Final = 20
TOLD_EVERY: Final = 5_000
SEPARATORS: Final = (",", ";", "\t")

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NO_TEXTS = (
    (b"PK\x03\x04", "a zip archive or a spreadsheet (.xlsx)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet (.xls)"),
    (b"\xff\xfe\x00\x00", "UTF-32 text"),
)


class Unreadable(Exception):
    """The file cannot be read as a report; the message is one sentence.

    Where a person can help by saying something, `field` names what of the request: `cost`, `unit`. Then the sentence is
    open, for whoever shows it to end with the way in which it is said there.
    """

    def __init__(self, message: str, field: str = "") -> None:
        self.field = field
        super().__init__(message)

    def with_way(self, ways: Mapping[str, str]) -> str:
        """Give the whole sentence, with the way in which what is missing is said."""
        return f"{self} {ways[self.field]}." if self.field else str(self)


@dataclass(frozen=True, slots=True)
class Form:
    """How the file is written."""

    sha256: str
    size: int
    encoding: str
    separator: str
    columns: Columns
    header_line: int
    """The physical lines up to the header's end."""


Line = tuple[int, list[str]]
"""One line of the table: the number that an editor shows for it, and its cells."""


def look_at(path: Path, platform: str, chosen: Chosen) -> Form:
    """Find out how the file is written, and where its columns are; raises `Unreadable`."""
    sha256, size, encoding = _decided_encoding(path)
    with opened(path, encoding) as text:
        first = [line for line, _ in zip(_lines(text), range(LINES_BEFORE_HEADER), strict=False)]
    separator, columns, header_line = _found_header(first, platform, chosen)
    return Form(sha256, size, encoding, separator, columns, header_line)


@contextmanager
def opened(path: Path, encoding: str) -> Iterator[TextIO]:
    """Open the text of a file whose encoding is known."""
    with path.open("rb") as raw, TextIOWrapper(raw, encoding=encoding, newline="") as text:
        yield text


def read_lines(path: Path, form: Form, progress: Callable[[int, int], object] | None = None) -> Iterator[Line]:
    """Give the lines below the header, blank ones left out; `progress` is told how many bytes of how many are read."""
    csv.field_size_limit(LONGEST_CELL)
    with path.open("rb") as raw, TextIOWrapper(raw, encoding=form.encoding, newline="") as text:
        lines = _lines(text)
        for _ in range(form.header_line):
            next(lines, None)
        reader = csv.reader(lines, delimiter=form.separator, strict=True)
        try:
            for cells in reader:
                if any(map(str.strip, cells)):
                    yield form.header_line + reader.line_num, cells
                if progress is not None and not reader.line_num % TOLD_EVERY:
                    progress(raw.tell(), form.size)
        except csv.Error as error:
            raise Unreadable(_quoting(error, form.header_line + reader.line_num)) from error
    if progress is not None:
        progress(form.size, form.size)


def _lines(text: TextIO) -> Iterator[str]:
    number = 0
    try:
        while line := text.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE:
                raise Unreadable(f"Line {number} is longer than {LONGEST_LINE:,} characters: this is no report.")
            if "\0" in line:
                raise Unreadable(
                    f"Line {number} holds a NUL character: this is no text, or its encoding is not marked."
                )
            yield line
    except UnicodeError as error:
        raise Unreadable(f"The text is broken after line {number}: it is not {text.encoding.upper()}.") from error


def _decided_encoding(path: Path) -> tuple[str, int, str]:
    """Read the file once: its fingerprint, its size, and how its text is encoded."""
    digest, size = hashlib.sha256(), 0
    utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
    western: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("cp1252")()
    encoding: str | None = None
    try:
        with path.open("rb") as raw:
            while chunk := raw.read(CHUNK):
                if not size:
                    encoding = _marked(chunk)
                digest.update(chunk)
                size += len(chunk)
                utf8, western = _still(utf8, chunk), _still(western, chunk)
    except OSError as error:
        raise Unreadable(f"“{path.name}” cannot be opened: {error.strerror}.") from error
    if not size:
        raise Unreadable("The file is empty.")
    if encoding is None or encoding == "utf-8-sig":
        if _still(utf8, b"", final=True):
            encoding = encoding or "utf-8"
        elif encoding or not western:
            raise Unreadable("The file is neither UTF-8 nor Windows-1252 text.")
        else:
            encoding = "cp1252"
    return digest.hexdigest(), size, encoding


def _marked(start: bytes) -> str | None:
    for magic, what in _NO_TEXTS:
        if start.startswith(magic):
            raise Unreadable(f"The file is {what}, not CSV text; export it as CSV.")
    return next((encoding for mark, encoding in _MARKS if start.startswith(mark)), None)


def _still(
    decoder: codecs.IncrementalDecoder | None, chunk: bytes, *, final: bool = False
) -> codecs.IncrementalDecoder | None:
    """Give the decoder as long as it understands what comes."""
    if decoder is not None:
        try:
            decoder.decode(chunk, final)
        except UnicodeError:
            return None
    return decoder


def _found_header(first: list[str], platform: str, chosen: Chosen) -> tuple[str, Columns, int]:
    """Find the header: the first line, after what an export may write above it, that names all three columns."""
    csv.field_size_limit(LONGEST_CELL)
    best, why = 0, Unreadable("The file holds no table.")
    for separator in SEPARATORS:
        reader = csv.reader(first, delimiter=separator)
        try:
            for cells in reader:
                if len(cells) < 2:
                    continue
                try:
                    return separator, find_columns(cells, platform, chosen), reader.line_num
                except NoSuchColumn as error:
                    if len(cells) > best:
                        best, why = len(cells), Unreadable(str(error), error.missing)
        except csv.Error as error:
            if not best:
                best, why = 1, Unreadable(_quoting(error, reader.line_num))
    raise why


def _quoting(error: csv.Error, line: int) -> str:
    if "field limit" in str(error):
        return f"Line {line}: a cell is longer than {LONGEST_CELL:,} characters, or its quotes never close."
    return f"Line {line}: the quotes are broken ({error})."
