"""Lists as files: how one is requested and answered. Errors are answered in JSON."""

from itertools import chain, islice
from tempfile import TemporaryFile
from typing import ClassVar, Final

from django.core.exceptions import ValidationError
from django.http import FileResponse, StreamingHttpResponse
from django.urls import get_script_prefix
from rest_framework.renderers import BaseRenderer

from budget_system.core.validation import excerpt
from budget_system.exports.csv_files import csv_lines
from budget_system.exports.tables import Table
from budget_system.exports.workbooks import TooManyRows, write_workbook

DOWNLOAD_PATHS: Final = ("/api/brands/months/", "/api/campaigns/", "/api/pacing/", "/api/spends/")
"""The lists that can be downloaded as files."""

MAX_ROWS: Final = 50_000
"""Rows of a workbook: it is complete before its first byte can be sent, and clients give up after a minute."""


class FileFormat(BaseRenderer):
    """A kind of file, for the content negotiation; the list itself then answers with the file."""

    described: ClassVar[dict[str, str]] = {"type": "string"}


class CSVFormat(FileFormat):
    """Comma-separated values, without a byte order mark: programs read it."""

    media_type = "text/csv"
    format = "csv"


class WorkbookFormat(FileFormat):
    """A spreadsheet workbook."""

    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    format = "xlsx"
    described: ClassVar = {"type": "string", "format": "binary"}


FORMATS: Final = (CSVFormat, WorkbookFormat)


def file_response(table: Table, kind: str) -> StreamingHttpResponse | FileResponse:
    """Answer with a table as a file of a kind, `csv` or `xlsx`."""
    return _workbook(table) if kind == WorkbookFormat.format else _csv(table)


def no_such_format(name: str, known: list[str]) -> ValidationError:
    """Return the refusal of a `?format=` that does not exist."""
    if name in {kind.format for kind in FORMATS}:
        message = f"This does not come as {name}; what does: {_lists()}."
    else:
        message = f"“{excerpt(name)}” is not a format; choose one of {', '.join(known)}."
    return ValidationError({"format": message})


def no_acceptable_form() -> str:
    """Return the message for an `Accept` header that no format matches."""
    files = " and ".join(kind.media_type for kind in FORMATS)
    return f"Accept leaves no form in which to answer; accept application/json. As {files} come only {_lists()}."


def _lists() -> str:
    return ", ".join(get_script_prefix().removesuffix("/") + path for path in DOWNLOAD_PATHS)


def _csv(table: Table) -> StreamingHttpResponse:
    """Answer line by line; an error in the first rows is still answered as an error."""
    lines = csv_lines(table)
    first = list(islice(lines, 2))
    headers = {"Content-Disposition": f'attachment; filename="{table.name}.csv"'}
    return StreamingHttpResponse(chain(first, lines), content_type="text/csv; charset=utf-8", headers=headers)


def _workbook(table: Table) -> FileResponse:
    file = TemporaryFile()  # noqa: SIM115  # the answer closes it once it is sent
    try:
        write_workbook(table, file, most=MAX_ROWS)
    except TooManyRows as refusal:
        file.close()
        raise ValidationError(
            {
                "format": f"{refusal} Here {MAX_ROWS:,} are the most: narrow the list by its filters, take format=csv,"
                f" or have manage.py export {table.name} --xlsx run."
            }
        ) from refusal
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{table.name}.xlsx", content_type=WorkbookFormat.media_type)
