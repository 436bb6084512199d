"""Everything that people changed, in one read-only list of the admin."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from brands.access.memberships import visible_rows
from brands.history.listing import SHOWN_FIELDS, history_entry, visible_changes
from brands.models import Brand, Change
from budget_system.admin.authors import AuthorColumn
from budget_system.admin.changelists import ReadOnlyAdmin, actor
from budget_system.admin.filters import DayRangeFilter
from budget_system.admin.history import action_pill, currencies_of, describe_change, names_of
from budget_system.admin.local_times import local_cell
from budget_system.admin.row_values import attach_value, attached_value
from budget_system.admin.since_filter import SinceFilter
from budget_system.core.actors import BrandAccess
from budget_system.core.searching import search_key
from spending.reports.today.since import BUDGETS_CHANGED

APPS = {
    "brand": "brands",
    "campaign": "campaigns",
    "schedule": "scheduling",
    "spend": "spending",
    "alert": "alerts",
}
NAME_RELATIONS = {"spend": "campaign__brand"}
"""What a row's name says of another row: an amount is written in its brand's currency."""


class KindFilter(DropdownFilter):  # type: ignore[misc]  # the library has no types
    """Keeps the changes of one kind of row."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the kinds."""
        return [(kind, f"{kind}s") for kind in SHOWN_FIELDS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Change]) -> QuerySet[Change]:
        """Keep the chosen kind."""
        return queryset.filter(kind=self.value()) if self.value() in SHOWN_FIELDS else queryset


class ValuesFilter(DropdownFilter):  # type: ignore[misc]  # the library has no types
    """Keeps the changes of some values."""

    title = "values"
    parameter_name = "values"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the budgets, of brands and of campaigns."""
        return [("budgets", "budgets")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Change]) -> QuerySet[Change]:
        """Keep the changes of the chosen values."""
        return queryset.filter(BUDGETS_CHANGED) if self.value() == "budgets" else queryset


@dataclass(frozen=True, slots=True)
class ShownChange:
    """What a change's cells show: the brands and the row's name, as far as they exist and the person sees them."""

    brands: Sequence[Brand]
    row: str
    values: SafeString


@admin.register(Change)
class ChangeAdmin(AuthorColumn, ReadOnlyAdmin[Change]):
    """Changes: kept, never edited."""

    list_display = ("when", "brand", "row", "what", "changed", "author")
    list_display_links = ("when",)
    list_filter = (KindFilter, ValuesFilter, ("action", ChoicesDropdownFilter), SinceFilter, ("at", DayRangeFilter))
    search_fields = ("by",)
    search_help_text = "A brand's name, or who did it."
    ordering = ("-at", "-id")
    fields = ("when", "brand", "row", "what", "changed", "author")
    readonly_fields = fields

    def seen(self, rows: QuerySet[Change], access: BrandAccess) -> QuerySet[Change]:
        """Keep the changes that the person may see."""
        return visible_changes(rows, access)

    def has_view_permission(self, request: HttpRequest, obj: Change | None = None) -> bool:
        """Allow members of either brand to read a move."""
        if obj is not None and obj.to_brand_id is not None and actor(request).access.sees(obj.to_brand_id):
            return True
        allowed: bool = super().has_view_permission(request, obj)
        return allowed

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Change], search_term: str
    ) -> tuple[QuerySet[Change], bool]:
        """Search for the author, and for brands by their names."""
        term = search_term.strip()
        if not term:
            return queryset, False
        brands = visible_rows(Brand.everything.filter(search_key__contains=search_key(term)), actor(request).access)
        found = brands.order_by().values("pk")
        return queryset.filter(Q(by__icontains=term) | Q(brand_id__in=found) | Q(to_brand_id__in=found)), False

    def prepare(self, rows: Sequence[Change], *, now: datetime) -> None:
        """Read the names that the page's changes mention."""
        if not rows:
            return
        access = attached_value(rows[0], BrandAccess) or BrandAccess(frozenset({rows[0].brand_id}), frozenset())
        ids = {pk for change in rows for pk in (change.brand_id, change.to_brand_id) if pk is not None}
        brands = visible_rows(Brand.everything.filter(pk__in=ids), access).in_bulk()
        entries = [history_entry(change, access) for change in rows]
        names, named = names_of(entries, access), _names_of_rows(rows, access)
        currencies = currencies_of(entries)
        for change, entry in zip(rows, entries, strict=True):
            seen = [brands[pk] for pk in (change.brand_id, change.to_brand_id) if pk in brands]
            description = describe_change(entry, names, currencies)
            attach_value(change, ShownChange(seen, named.get(change.object_id, ""), description))

    @admin.display(description="when", ordering="at")
    def when(self, change: Change) -> SafeString:
        """Show the time on the brand's clock."""
        brands = self._shown(change).brands
        return local_cell(change.at, brands[0].timezone if brands else "UTC")

    @admin.display(description="brand")
    def brand(self, change: Change) -> str:
        """Return the brand in which the row stood, and the one into which it moved."""
        brands = self._shown(change).brands
        return " → ".join(map(str, brands)) if brands else str(change.before.get("name") or "gone")

    @admin.display(description="of what")
    def row(self, change: Change) -> SafeString:
        """Return the row's name, with a link to its whole history."""
        address = reverse(f"admin:{APPS[change.kind]}_{change.kind}_history", args=[change.object_id])
        cell = '<a class="bs-link bs-wraps" href="{}">{}</a><span class="bs-under">{}</span>'
        return format_html(cell, address, self._shown(change).row or "its history", change.kind)

    @admin.display(description="what", ordering="action")
    def what(self, change: Change) -> SafeString:
        """Return what was done."""
        return action_pill(change.action)

    @admin.display(description="before → after")
    def changed(self, change: Change) -> SafeString:
        """Return the values before and after."""
        return self._shown(change).values

    def _shown(self, change: Change) -> ShownChange:
        if attached_value(change, ShownChange) is None:
            self.prepare([change], now=change.at)
        shown = attached_value(change, ShownChange)
        assert shown is not None
        return shown


def _names_of_rows(changes: Sequence[Change], access: BrandAccess) -> dict[UUID, str]:
    """Return the names of the rows that changed, as far as they exist and the person sees them."""
    ids: dict[str, set[UUID]] = defaultdict(set)
    for change in changes:
        ids[change.kind].add(change.object_id)
    found = (
        visible_rows(
            apps.get_model(APPS[kind], kind)
            ._base_manager.filter(pk__in=of_kind)
            .select_related(NAME_RELATIONS.get(kind)),
            access,
        )
        for kind, of_kind in ids.items()
    )
    return {row.pk: str(row) for rows in found for row in rows}
