"""Answers that are files."""

from itertools import chain, islice
from tempfile import TemporaryFile
from typing import Final

from django.http import FileResponse, StreamingHttpResponse

from budget_system.exports.csv_files import csv_lines
from budget_system.exports.tables import Table

WORKBOOK_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

MAX_ROWS: Final = 50_000
"""Rows of a workbook: it is complete before its first byte can be sent, and clients give up after a minute."""


def csv_response(table: Table) -> StreamingHttpResponse:
    """Answer line by line; an error in the first rows is still answered as an error."""
    lines = csv_lines(table)
    first = list(islice(lines, 2))
    headers = {"Content-Disposition": f'attachment; filename="{table.name}.csv"'}
    return StreamingHttpResponse(chain(first, lines), content_type="text/csv; charset=utf-8", headers=headers)


def workbook_response(table: Table, *, most: int = MAX_ROWS) -> FileResponse:
    """Answer with a workbook; raise `TooManyRows`."""
    # Imported when it is first needed: a web process that writes no workbook would hold 4 MB of openpyxl.
    from budget_system.exports.workbooks import write_workbook  # noqa: PLC0415

    file = TemporaryFile()  # noqa: SIM115  # the answer closes it once it is sent
    try:
        write_workbook(table, file, most=most)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{table.name}.xlsx", content_type=WORKBOOK_TYPE)
