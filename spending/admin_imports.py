"""Imports in the admin: what each came to, and taking one back."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from budget_system.admin.bars import Colour, money, pill
from budget_system.admin.clock import local_cell
from budget_system.admin.lists import ReadOnlyAdmin, actor
from budget_system.admin.orders import Question, ask, is_confirmed, note_form, selection
from budget_system.errors import ServiceError
from spending.importing.undo import undo
from spending.models import Import

_COLOURS = {"done": Colour.GREEN, "undone": Colour.GREY, "unfinished": Colour.AMBER}


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin[Import]):
    """Reports that were imported: kept, never edited; one can be taken back."""

    list_display = ("when", "file_name", "brand", "platform", "how", "counts", "booked", "rounding", "bad_lines", "by")
    list_display_links = ("when", "file_name")
    list_filter = (("brand", AutocompleteSelectFilter), ("platform", ChoicesDropdownFilter))
    list_select_related = ("brand",)
    search_fields = ("file_name", "brand__name_key", "sha256", "by")
    date_hierarchy = "at"
    ordering = ("-at", "-id")
    actions = ("undo_imports",)
    fields = (
        *("when", "file_name", "sha256", "brand", "platform", "unit", "cost_column", "how", "rows", "counts"),
        *("money_in", "booked", "rounding", "bad_lines", "listed", "by", "finished_at", "undone_at", "undone_by"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Import]:
        """Leave out what belongs to an archived brand."""
        return super().get_queryset(request).filter(brand__archived_at__isnull=True)

    def has_undo_permission(self, request: HttpRequest) -> bool:
        """Say who may take an import back."""
        return request.user.has_perm("spending.change_import")

    @admin.action(description="Undo…", permissions=["undo"])
    def undo_imports(self, request: HttpRequest, queryset: QuerySet[Import]) -> HttpResponse | None:
        """Ask, then put back what stood before, the latest import first."""
        chosen = queryset.order_by("-at", "-pk")
        if not is_confirmed(request):
            return ask(self, request, _question(chosen), note_form(request), **self._way(request, queryset))
        for report in chosen:
            try:
                undo(import_id=report.pk, clock=timezone.now, by=actor(request))
            except ServiceError as error:
                self.message_user(request, f"“{report}”: {error.message}", messages.ERROR)
            else:
                self.message_user(request, f"“{report}” is undone.", messages.SUCCESS)
        return None

    def _way(self, request: HttpRequest, queryset: QuerySet[Import]) -> dict[str, Any]:
        return {"back": self.list_url(), "hidden": selection(request, "undo_imports", queryset)}

    @admin.display(description="when", ordering="at")
    def when(self, report: Import) -> SafeString:
        """Show the time on the brand's clock."""
        return local_cell(report.at, report.brand.timezone)

    @admin.display(description="state")
    def how(self, report: Import) -> SafeString:
        """Say how it stands."""
        return pill(_COLOURS[report.state], report.state)

    @admin.display(description="days")
    def counts(self, report: Import) -> str:
        """Say what became of the days."""
        return _counts(report)

    @admin.display(description="booked", ordering="money_booked")
    def booked(self, report: Import) -> SafeString:
        """Write what was booked with its currency."""
        return format_html('<span class="bs-number">{} {}</span>', money(report.money_booked), report.brand.currency)

    @admin.display(description="first bad lines")
    def listed(self, report: Import) -> SafeString | str:
        """List the first bad lines."""
        return format_html_join("", "line {}: “{}”: {}<br>", map(tuple, report.first_bad_lines)) or "none"


def _counts(report: Import) -> str:
    return f"{report.created} new, {report.replaced} restated, {report.voided} voided, {report.unchanged} unchanged"


def _question(reports: QuerySet[Import]) -> Question:
    return Question(
        title="Undo imports",
        text="Each day that these imports changed is put back to what stood before; counters and verdicts follow. "
        "Where a later import has changed such a day, nothing is undone.",
        button="Undo",
        columns=("File", "Brand", "Days", "Booked"),
        rows=[(one.file_name, str(one.brand), _counts(one), str(one.money_booked)) for one in reports],
    )
