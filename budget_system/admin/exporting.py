"""Lists as files: what is filtered, in the list's order, as CSV or as a workbook."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from html import unescape
from itertools import islice
from typing import Any, Final, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import PermissionDenied
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from budget_system.core.chunks import read_in_chunks
from budget_system.exports.responses import MAX_ROWS, csv_response, workbook_response
from budget_system.exports.tables import Cell, Table, TooManyRows

EXPORT: Final = "export"
FORMATS: Final = {"csv": "CSV", "xlsx": "Excel"}
ROWS_AT_A_TIME: Final = 500
_TAG: Final = re.compile("<(?=[a-z])")


class ExportingAdmin:
    """A list that can be downloaded by whoever may see it; comes before the classes of the libraries."""

    def export_table(self, request: HttpRequest, rows: "QuerySet[Any]") -> Table:
        """Return the rows as a table: what the list's columns say, as text, dates and numbers."""
        columns = [name for name in self.get_list_display(request) if name != "action_checkbox"]  # type: ignore[attr-defined]
        model: type[Model] = rows.model
        labels = tuple(str(label_for_field(name, model, cast(Any, self))) for name in columns)
        name = str(model._meta.verbose_name_plural).replace(" ", "-")
        return Table(name, labels, self._rows(request, rows, columns), lambda most: rows.order_by()[:most].count())

    def prepare_to_export(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Attach to the rows what their columns show."""

    def _rows(self, request: HttpRequest, rows: "QuerySet[Any]", columns: Sequence[str]) -> Iterator[Sequence[Cell]]:
        read = read_in_chunks(rows, ROWS_AT_A_TIME)
        while batch := list(islice(read, ROWS_AT_A_TIME)):
            self.prepare_to_export(request, batch)
            yield from ([_cell(*lookup_field(name, row, cast(Any, self))) for name in columns] for row in batch)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show the list, with links to its files; or answer with one of them."""
        kind = request.GET.get(EXPORT, "")
        if kind in FORMATS and request.method == "GET":
            return self._list_file(request, kind)
        asked = request.GET.copy()
        asked.pop("p", None)
        links = []
        for name, label in FORMATS.items():
            asked[EXPORT] = name
            links.append((f"?{asked.urlencode()}", label))
        shown: HttpResponseBase = super().changelist_view(request, {"exports": links, **(extra_context or {})})  # type: ignore[misc]  # stands behind
        return shown

    def _list_file(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        if not self.has_view_permission(request):  # type: ignore[attr-defined]  # of the class that stands behind
            raise PermissionDenied
        asked = request.GET.copy()
        del asked[EXPORT]
        request.GET = asked  # type: ignore[assignment]  # as the list itself is asked for
        back = f"{request.path}?{asked.urlencode()}"
        try:
            rows = self.get_changelist_instance(request).queryset  # type: ignore[attr-defined]
        except IncorrectLookupParameters:
            return HttpResponseRedirect(request.path)
        table = self.export_table(request, rows)
        try:
            return csv_response(table) if kind == "csv" else workbook_response(table, most=MAX_ROWS)
        except TooManyRows:
            messages.error(
                request,
                f"These are more than {MAX_ROWS:,} rows, too many for a workbook: filter the list, or take CSV.",
            )
            return HttpResponseRedirect(back)


def _cell(field: "Field[Any, Any] | None", attribute: object, value: object) -> Cell:
    """Return a cell of a row: what is shown, without its markup."""
    if field is not None and field.choices:
        value = dict(field.flatchoices).get(value, value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or (isinstance(value, int | UUID | datetime | date) and not isinstance(value, str)):
        return value
    if isinstance(value, SafeString):
        return " ".join(unescape(strip_tags(_TAG.sub(" <", value))).split())
    return str(value)
