"""Imports in the admin: the outcome of each, and undoing it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action

from brands.models import of_living_brand
from budget_system.admin.authors import AuthorColumn, author
from budget_system.admin.changelists import actor
from budget_system.admin.confirmations import confirmation_page, is_confirmed, selected_rows
from budget_system.admin.filters import DayRangeFilter, RowFilter
from budget_system.admin.indicators import Colour, pill
from budget_system.admin.local_times import local_cell
from budget_system.admin.ordering import OrderingAdmin
from budget_system.admin.row_urls import change_url
from budget_system.admin.since_filter import SinceFilter
from budget_system.core.money import money
from spending.admin.job_messages import job_url
from spending.admin.jobs import JobPages
from spending.admin.undo import ask_undo_many, undo_counts
from spending.imports.undo.reversals import takes_long
from spending.imports.undo.undo import undo
from spending.models import Import, JobKind

_COLOURS = {"done": Colour.GREEN, "undone": Colour.GREY, "unfinished": Colour.AMBER, "half undone": Colour.AMBER}


@admin.register(Import)
class ImportAdmin(AuthorColumn, JobPages, OrderingAdmin[Import]):
    """Imported reports, read-only; an import can be undone."""

    list_display = ("started", "file", "brand", "how", "bad", "counts", "sum")
    list_display_links = ("started", "file")
    list_filter = (("brand", RowFilter), ("platform", ChoicesDropdownFilter), SinceFilter, ("at", DayRangeFilter))
    list_select_related = ("brand",)
    search_fields = ("file_name", "brand__search_key", "sha256", "by")
    ordering = ("-at", "-id")
    empty_hint = "Reports stand here once they are imported; “Import a report” first shows what one would book."
    actions = ("undo_imports",)
    actions_list: ClassVar = ("import_report",)
    actions_detail: ClassVar = ("undo_one",)
    fields = (
        *("brand", "platform", "how", "counts", "booked", "money_in", "rounding", "rows", "bad_lines", "listed"),
        *("when", "author", "finished", "undone", "undoer", "file_name", "sha256", "unit", "cost_column"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Import]:
        """Exclude imports of archived brands."""
        return super().get_queryset(request).filter(of_living_brand("brand"))

    def has_undo_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Allow those who may import to undo."""
        return self.has_import_permission(request)

    @admin.action(description="Undo…", permissions=["undo"])
    def undo_imports(self, request: HttpRequest, queryset: QuerySet[Import]) -> HttpResponse | None:
        """Ask for confirmation, then restore what stood before, the latest import first."""
        chosen = queryset.select_related("brand").order_by("-at", "-pk")
        if not is_confirmed(request):
            hidden = selected_rows(request, "undo_imports", queryset)
            return confirmation_page(
                self, request, ask_undo_many(list(chosen), actor(request)), back=self.list_url(), hidden=hidden
            )
        long = takes_long(*chosen)
        for report in chosen:
            if not long:
                self._undo(request, report)
            elif self.enqueue_undo(request, report, JobKind.UNDO) is not None:
                self.message_user(request, f"“{report}” is at the worker; see “Import a report” for how far it is.")
        return None

    @action(description="Undo…", url_path="undo", permissions=["undo"])  # type: ignore[untyped-decorator]
    def undo_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask the worker what undoing would do, ask the user, and ask the worker to restore what stood before."""
        report = self.row_of(request, object_id)
        if report is None:
            return HttpResponseRedirect(self.list_url())
        job = self.enqueue_undo(request, report, JobKind.UNDO if is_confirmed(request) else JobKind.OUTLOOK)
        return HttpResponseRedirect(change_url(report) if job is None else job_url(job))

    def pointless_orders(self, row: Import) -> Collection[str]:
        """Return the undoing of what is undone."""
        return () if row.undone_at is None else self.actions_detail

    def _undo(self, request: HttpRequest, report: Import) -> None:
        with self.showing_errors(request, report):
            undo(import_id=report.pk, clock=timezone.now, by=actor(request))
            self.message_user(request, f"“{report}” is undone.", messages.SUCCESS)

    @admin.display(description="when", ordering="at")
    def when(self, report: Import) -> SafeString:
        """Show the time on the brand's clock."""
        return local_cell(report.at, report.brand.timezone)

    @admin.display(description="when", ordering="at")
    def started(self, report: Import) -> SafeString:
        """Show when it was imported, with who did it below."""
        return format_html('{}<span class="bs-under">by {}</span>', self.when(report), author(report.by))

    @admin.display(description="file", ordering="file_name")
    def file(self, report: Import) -> SafeString:
        """Return the file's name, with the platform below it."""
        return format_html(
            '<span class="bs-wraps">{}</span><span class="bs-under">{}</span>',
            report.file_name,
            report.get_platform_display(),
        )

    @admin.display(description="booked", ordering="money_booked")
    def sum(self, report: Import) -> SafeString:
        """Return the booked amount, with what rounding took off below it, where it did."""
        rounded = Decimal(report.rounding)
        below = format_html('<span class="bs-under">rounding {}</span>', report.rounding) if rounded else ""
        return format_html("{}{}", self.booked(report), below)

    @admin.display(description="state")
    def how(self, report: Import) -> SafeString:
        """Return the import's state."""
        return pill(_COLOURS[report.state], report.state)

    @admin.display(description="bad lines", ordering="bad_lines")
    def bad(self, report: Import) -> SafeString | str:
        """Return how many lines were not booked, marked where there are any."""
        return pill(Colour.AMBER, f"{report.bad_lines:,}") if report.bad_lines else "none"

    @admin.display(description="finished at")
    def finished(self, report: Import) -> SafeString | str:
        """Show when it was finished, on the brand's clock."""
        return self._at(report, report.finished_at) or "not: it was ended in the middle; start it again"

    @admin.display(description="undone at")
    def undone(self, report: Import) -> SafeString | str:
        """Show when it was undone, on the brand's clock."""
        return self._at(report, report.undone_at) or "not, or not wholly"

    @admin.display(description="undone by")
    def undoer(self, report: Import) -> str:
        """Return who undid it."""
        return author(report.undone_by) if report.undone_by else "nobody"

    def _at(self, report: Import, at: datetime | None) -> SafeString | None:
        return None if at is None else local_cell(at, report.brand.timezone)

    @admin.display(description="days")
    def counts(self, report: Import) -> str:
        """Return what became of the days."""
        return undo_counts(report)

    @admin.display(description="booked", ordering="money_booked")
    def booked(self, report: Import) -> SafeString:
        """Return the booked amount with its currency."""
        currency = report.brand.currency
        return format_html('<span class="bs-number">{} {}</span>', money(report.money_booked, currency), currency)

    @admin.display(description="first bad lines")
    def listed(self, report: Import) -> SafeString | str:
        """List the first bad lines."""
        more = report.bad_lines - len(report.first_bad_lines)
        rows = (_cause(reason, lines) for reason, lines in by_reason(report.first_bad_lines).items())
        listed = format_html_join("", "<li>{}</li>", ((row,) for row in rows))
        if not listed:
            return "none"
        return format_html('<ul class="bs-reasons">{}</ul>{}', listed, f"… and {more:,} lines more" if more > 0 else "")


def by_reason(bad_lines: Iterable[Sequence[Any]]) -> dict[str, list[tuple[int, str]]]:
    """Return lines that were not booked by their reason, each with its number and cell."""
    found: dict[str, list[tuple[int, str]]] = {}
    for line, cell, reason in bad_lines:
        found.setdefault(reason, []).append((line, cell))
    return found


def _cause(reason: str, lines: Sequence[tuple[int, str]]) -> str:
    """Return one sentence of all lines that have one reason."""
    numbers = ", ".join(str(line) for line, _ in lines)
    cells = ", ".join(f"“{cell}”" for cell in dict.fromkeys(cell for _, cell in lines))
    return f"{'line' if len(lines) == 1 else 'lines'} {numbers}: {cells}: {reason}"
