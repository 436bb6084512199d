"""A client's month as a file."""

import re
from datetime import date
from typing import Final

from django.http import FileResponse, StreamingHttpResponse
from django.utils.text import slugify

from brands.calendar import first_of_month
from budget_system.api.downloads import file_response
from spending.models import FIRST_DATE
from spending.reports.client_month import ClientMonth, client_month_table

_MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)


def month_file(month: ClientMonth, kind: str) -> StreamingHttpResponse | FileResponse:
    """Answer with a month as a file of a kind, `csv` or `xlsx`, named for brand and month."""
    answer = file_response(client_month_table(month), kind)
    name = slugify(month.brand.name)[:60] or "brand"
    answer["Content-Disposition"] = f'attachment; filename="{name}-{month.first:%Y-%m}.{kind}"'
    return answer


def month_of(text: str, today: date) -> date | None:
    """Return the first day of a month like 2026-03; `None` for what is none, or has not begun, or begins before the
    ledger can.
    """
    found = _MONTH.fullmatch(text)
    first = date(int(found[1]), int(found[2]), 1) if found and int(found[1]) >= FIRST_DATE.year else None
    return first if first is not None and first <= first_of_month(today) else None
