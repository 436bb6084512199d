"""The text encoding of a report, decided for the file, or line by line where lines differ.

A byte order mark decides it. Without one a line is UTF-8 if it can be, else Windows-1252, which is what spreadsheets
write: so one pasted line spoils no other.
"""

import codecs
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import Final, NamedTuple

from spending.imports.refusals import Unreadable

CHUNK_BYTES: Final = 1 << 20
MAX_LINE_LENGTH: Final = 1_000_000

_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NO_TEXTS = (
    (b"PK\x03\x04", "a zip archive or a damaged spreadsheet (.xlsx)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet (.xls)"),
    (b"\xff\xfe\x00\x00", "UTF-32 text"),
)


class TextFile(NamedTuple):
    """A file's fingerprint, its size in bytes, and its encoding: a codec's name, or several."""

    sha256: str
    size: int
    encoding: str


def detect_encoding(path: Path) -> TextFile:
    """Read a file once, and return its encoding. Raise `Unreadable` where it is no text."""
    digest, size = hashlib.sha256(), 0
    utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
    marked: str | None = None
    try:
        with path.open("rb") as raw:
            while chunk := raw.read(CHUNK_BYTES):
                if not size:
                    marked = _marked(chunk)
                digest.update(chunk)
                size += len(chunk)
                utf8 = _still(utf8, chunk)
    except OSError as error:
        raise Unreadable(f"“{path.name}” cannot be opened: {error.strerror}.") from error
    if not size:
        raise Unreadable("The file is empty.")
    encoding = marked or ("utf-8" if _still(utf8, b"", final=True) else _encoding_of_lines(path))
    return TextFile(digest.hexdigest(), size, encoding)


@contextmanager
def text_lines(path: Path, encoding: str) -> Iterator[tuple[Iterator[str], BufferedReader]]:
    """Open a text whose encoding is known: return its lines with their ends, and the file, whose position is the
    progress.
    """
    # What is not UTF-16 is split as Latin-1, which keeps every byte, and decoded line by line.
    by_line = encoding != "utf-16"
    with path.open("rb") as raw, TextIOWrapper(raw, encoding="latin-1" if by_line else encoding, newline="") as text:
        yield _checked(_read(text), by_line=by_line), raw


def _read(text: TextIOWrapper) -> Iterator[str]:
    number = 0
    try:
        while line := text.readline(MAX_LINE_LENGTH):
            number += 1
            yield line
    except UnicodeError as error:
        raise Unreadable(f"The text is broken after line {number}: it is not {text.encoding.upper()}.") from error


def _checked(lines: Iterator[str], *, by_line: bool) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if len(line) == MAX_LINE_LENGTH:
            raise Unreadable(f"Line {number} is longer than {MAX_LINE_LENGTH:,} characters: this is no report.")
        if "\0" in line:
            raise Unreadable(f"Line {number} holds a NUL character: this is no text, or its encoding is not marked.")
        if line.isascii():
            yield line
        else:
            yield (_decoded(line, number)[0] if by_line else line).lstrip("\ufeff")


def _decoded(line: str, number: int) -> tuple[str, str]:
    """Decode a line that was read as Latin-1; return the codec too."""
    raw = line.encode("latin-1")
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise Unreadable(f"Line {number} is neither UTF-8 nor Windows-1252 text.")


def _encoding_of_lines(path: Path) -> str:
    """Return the encoding of a file that is not UTF-8 as a whole."""
    found = {"utf-8": 0, "cp1252": 0}
    with path.open("rb") as raw, TextIOWrapper(raw, encoding="latin-1", newline="") as text:
        for number, line in enumerate(_read(text), 1):
            if not line.isascii():
                found[_decoded(line, number)[1]] += 1
    return "cp1252" if not found["utf-8"] else "utf-8 and cp1252"


def _marked(start: bytes) -> str | None:
    for magic, what in _NO_TEXTS:
        if start.startswith(magic):
            raise Unreadable(f"The file is {what}; export the report as CSV, or as an Excel workbook (.xlsx).")
    return next((encoding for mark, encoding in _MARKS if start.startswith(mark)), None)


def _still(
    decoder: codecs.IncrementalDecoder | None, chunk: bytes, *, final: bool = False
) -> codecs.IncrementalDecoder | None:
    """Return the decoder as long as it can decode what comes."""
    if decoder is not None:
        try:
            decoder.decode(chunk, final)
        except UnicodeError:
            return None
    return decoder
