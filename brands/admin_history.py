"""Everything that people changed, in one list of the admin, to be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from brands.access import seen_by
from brands.models import Brand, Change
from brands.trail import TOLD, entry_of
from budget_system.actors import Reach
from budget_system.admin.clock import local_cell
from budget_system.admin.history import action_pill, difference, names_of
from budget_system.admin.lists import ReadOnlyAdmin, actor
from budget_system.admin.rows import attach, attached
from budget_system.inputs import fold

APPS = {"brand": "brands", "campaign": "campaigns", "schedule": "scheduling", "spend": "spending"}


class KindFilter(DropdownFilter):  # type: ignore[misc]  # the library has no types
    """Keeps the changes of one kind of row."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the kinds."""
        return [(kind, f"{kind}s") for kind in TOLD]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Change]) -> QuerySet[Change]:
        """Keep the chosen kind."""
        return queryset.filter(kind=self.value()) if self.value() in TOLD else queryset


@dataclass(frozen=True, slots=True)
class Shown:
    """What a change's cells say."""

    brand: Brand | None
    difference: SafeString


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin[Change]):
    """Changes: kept, never edited."""

    list_display = ("when", "brand", "row", "what", "changed", "by")
    list_display_links = ("when",)
    list_filter = (KindFilter, ("action", ChoicesDropdownFilter))
    search_fields = ("by",)
    search_help_text = "A brand's name, or who did it."
    date_hierarchy = "at"
    ordering = ("-at", "-id")
    fields = ("when", "brand", "row", "what", "changed", "by")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Change]:
        """Read the changes of the brands that the person sees."""
        changes: QuerySet[Change] = seen_by(super().get_queryset(request), actor(request).reach)
        return changes

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Change], search_term: str
    ) -> tuple[QuerySet[Change], bool]:
        """Search for who did it, and for brands by their names."""
        term = search_term.strip()
        if not term:
            return queryset, False
        brands = seen_by(Brand.everything.filter(name_key__contains=fold(term)), actor(request).reach)
        return queryset.filter(Q(by__icontains=term) | Q(brand_id__in=brands.order_by().values("pk"))), False

    def prepare(self, rows: Sequence[Change], *, now: datetime) -> None:
        """Find the names that the page's changes speak of."""
        brands = Brand.everything.in_bulk({change.brand_id for change in rows})
        reaches = [attached(change, Reach) or Reach(frozenset({change.brand_id}), frozenset()) for change in rows]
        entries = [entry_of(change, reach) for change, reach in zip(rows, reaches, strict=True)]
        names = names_of(entries, reaches[0]) if reaches else {}
        for change, entry in zip(rows, entries, strict=True):
            attach(change, Shown(brands.get(change.brand_id), difference(entry.before, entry.after, names)))

    @admin.display(description="when", ordering="at")
    def when(self, change: Change) -> SafeString:
        """Show the time on the brand's clock."""
        brand = self._shown(change).brand
        return local_cell(change.at, brand.timezone if brand else "UTC")

    @admin.display(description="brand")
    def brand(self, change: Change) -> str:
        """Name the brand in which the row stood."""
        brand = self._shown(change).brand
        return str(brand) if brand else str(change.before.get("name") or "gone")

    @admin.display(description="of what")
    def row(self, change: Change) -> SafeString:
        """Name the row, with a link to its whole history."""
        address = reverse(f"admin:{APPS[change.kind]}_{change.kind}_history", args=[change.object_id])
        return format_html('<a class="bs-link" href="{}">{}</a>', address, f"{change.kind}’s history")

    @admin.display(description="what", ordering="action")
    def what(self, change: Change) -> SafeString:
        """Say what was done."""
        return action_pill(change.action)

    @admin.display(description="before → after")
    def changed(self, change: Change) -> SafeString:
        """Say what stood before and what stands after."""
        return self._shown(change).difference

    def _shown(self, change: Change) -> Shown:
        if attached(change, Shown) is None:
            self.prepare([change], now=change.at)
        shown = attached(change, Shown)
        assert shown is not None
        return shown
