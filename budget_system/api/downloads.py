"""Lists as files: how one is requested and answered. Errors are answered in JSON."""

from typing import ClassVar, Final

from django.core.exceptions import ValidationError
from django.http import FileResponse, StreamingHttpResponse
from django.urls import get_script_prefix
from rest_framework.renderers import BaseRenderer

from budget_system.core.validation import excerpt
from budget_system.exports.responses import MAX_ROWS, WORKBOOK_TYPE, csv_response, workbook_response
from budget_system.exports.tables import Table, TooManyRows

DOWNLOAD_PATHS: Final = ("/api/brands/months/", "/api/campaigns/", "/api/pacing/", "/api/spends/")
"""The lists that can be downloaded as files."""


class FileFormat(BaseRenderer):
    """A kind of file, for the content negotiation; the list itself then answers with the file."""

    described: ClassVar[dict[str, str]] = {"type": "string"}


class CSVFormat(FileFormat):
    """Comma-separated values, without a byte order mark: programs read it."""

    media_type = "text/csv"
    format = "csv"


class WorkbookFormat(FileFormat):
    """A spreadsheet workbook."""

    media_type = WORKBOOK_TYPE
    format = "xlsx"
    described: ClassVar = {"type": "string", "format": "binary"}


FORMATS: Final = (CSVFormat, WorkbookFormat)


def file_response(table: Table, kind: str) -> StreamingHttpResponse | FileResponse:
    """Answer with a table as a file of a kind, `csv` or `xlsx`."""
    return _workbook(table) if kind == WorkbookFormat.format else csv_response(table)


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


def _workbook(table: Table) -> FileResponse:
    try:
        return workbook_response(table, most=MAX_ROWS)
    except TooManyRows as refusal:
        raise ValidationError(
            {
                "format": f"{refusal} Here {MAX_ROWS:,} are the most: narrow the list by its filters, take format=csv,"
                f" or have manage.py export {table.name} --xlsx run."
            }
        ) from refusal
