"""A row's history page: what people did to it, newest first; Django's own log contains only what was done in the
admin.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeVar
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from brands.access.memberships import visible_rows
from brands.history.listing import HistoryEntry, history_of
from brands.models import Brand, ChangeAction
from budget_system.admin.authors import author
from budget_system.admin.changelists import ListAdmin, actor
from budget_system.admin.indicators import Colour, pill
from budget_system.admin.local_times import local_cell
from budget_system.core.actors import BrandAccess
from budget_system.core.errors import NotFound
from budget_system.core.money import money
from budget_system.core.validation import excerpt, parse_uuid
from campaigns.models import Campaign, Platform
from scheduling.models import DayOfWeek

_M = TypeVar("_M", bound=Model)

PAGE: Final = 50
COLOURS: Final = {
    ChangeAction.CREATED: Colour.GREEN,
    ChangeAction.RESTORED: Colour.GREEN,
    ChangeAction.CHANGED: Colour.AMBER,
    ChangeAction.ARCHIVED: Colour.GREY,
    ChangeAction.DELETED: Colour.RED,
    ChangeAction.PURGED: Colour.RED,
}
NAMED_MODELS: Final[Mapping[str, type[Model]]] = {"brand": Brand, "campaign": Campaign}
"""The fields that hold an id, and whose names are shown instead."""
CLOCK_FIELDS: Final = frozenset({"start_time", "end_time"})
AMOUNT_FIELDS: Final = frozenset({"amount", "daily_budget", "monthly_budget"})
"""The fields that hold money, written in the currency of the row's brand."""


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of a row's history, as a table, and whether there is an older one."""

    columns: Sequence[str]
    rows: Sequence[Sequence[SafeString | str]]
    more: bool
    timezone: str = ""
    """Whose clock it is, where all rows have one."""


class HistoryAdmin(ListAdmin[_M]):
    """Rows whose changes are kept: their history page shows all changes, wherever they were made."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a page of the row's history; a deleted row has one too."""
        row = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        access = actor(request).access
        try:
            number = int(request.GET.get("p", "1")[:9])
            if number < 1:
                raise NotFound
            page = self.history_page(parse_uuid(unquote(object_id)), row, access, first=(number - 1) * PAGE)
            if number > 1 and not page.rows:
                raise NotFound
        except (NotFound, ValidationError, ValueError):
            self.message_user(request, f"There is no history of “{excerpt(object_id)}” here.", messages.WARNING)
            return HttpResponseRedirect(self.list_url())
        context = {
            **self.admin_site.each_context(request),
            "columns": page.columns,
            "rows": page.rows,
            "timezone": page.timezone,
            "newer": number - 1 if number > 1 else None,
            "older": number + 1 if page.more else None,
            "title": f"History: {row}" if row is not None else "History of what was deleted",
            "opts": self.opts,
            "original": row,
            "crumb": "History" if row is not None else "",
            "back": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[object_id]),
            "row": row,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/budget/history.html", context)

    def history_page(self, row_id: UUID, row: _M | None, access: BrandAccess, *, first: int) -> HistoryPage:
        """Return the page that begins with an entry; raise `NotFound` where there is no history."""
        history = history_of(self.model, row_id, row=row, access=access)
        entries = history.cut(first, first + PAGE + 1)
        more, entries = len(entries) > PAGE, entries[:PAGE]
        brands = brands_of(entries)
        names, currencies = names_of(entries, access), {pk: brand.currency for pk, brand in brands.items()}
        rows = [
            (
                local_cell(entry.at, _zone(entry, brands, access)),
                format_html('{}<span class="bs-under">by {}</span>', action_pill(entry.action), author(entry.by)),
                describe_change(entry, names, currencies),
            )
            for entry in entries
        ]
        return HistoryPage(("When", "What", "Before → after"), rows, more)


def _zone(entry: HistoryEntry, brands: Mapping[UUID, Brand], access: BrandAccess) -> str:
    """Return the zone of the brand in which something was done, as far as it is seen; UTC where it is gone."""
    ids = (entry.brand_id, entry.to_brand_id)
    return next((brands[pk].timezone for pk in ids if pk in brands and access.sees(pk)), "UTC")


def action_pill(action: str) -> SafeString:
    """Return what was done."""
    known = ChangeAction(action)
    return pill(COLOURS[known], str(known.label))


def names_of(entries: Iterable[HistoryEntry], access: BrandAccess) -> dict[str, str]:
    """Return the names of the brands and campaigns that entries mention, as far as the person sees them."""
    wanted: dict[str, set[UUID]] = {field: set() for field in NAMED_MODELS}
    for entry in entries:
        for values in (entry.before, entry.after):
            for field in NAMED_MODELS.keys() & values.keys():
                if isinstance(values[field], str):
                    wanted[field].add(UUID(values[field]))
    return {
        str(row.pk): str(row)
        for field, model in NAMED_MODELS.items()
        if wanted[field]
        for row in visible_rows(model._base_manager.filter(pk__in=wanted[field]), access)
    }


def brands_of(entries: Iterable[HistoryEntry]) -> dict[UUID, Brand]:
    """Return the brands in which entries happened."""
    ids = {brand_id for entry in entries for brand_id in (entry.brand_id, entry.to_brand_id)}
    return Brand.everything.only("currency", "timezone").in_bulk(ids)


def currencies_of(entries: Iterable[HistoryEntry]) -> dict[UUID, str]:
    """Return the currencies of the brands in which entries happened."""
    return {pk: brand.currency for pk, brand in brands_of(entries).items()}


def describe_change(entry: HistoryEntry, names: Mapping[str, str], currencies: Mapping[UUID, str]) -> SafeString:
    """Return what changed, a line for each field; of a new row, or one that is gone, its values."""
    before = _with_money(entry.before, currencies.get(entry.brand_id, ""))
    after = _with_money(entry.after, currencies.get(entry.to_brand_id, ""))
    lines = [_line(name, before, after, names) for name in dict.fromkeys([*before, *after])]
    return format_html(
        '<ul class="bs-changes">{}</ul>', format_html_join("", "<li><b>{}</b> {}</li>", _without_empty(lines))
    )


def _without_empty(lines: Sequence[tuple[str, str] | None]) -> list[tuple[str, str]]:
    return [line for line in lines if line is not None]


def _with_money(values: Mapping[str, Any], currency: str) -> Mapping[str, Any]:
    """Format the amounts, in the currency that changed along with them if one did."""
    in_force = values.get("currency") or currency
    return {
        name: money(Decimal(value), in_force) if name in AMOUNT_FIELDS and isinstance(value, str) else value
        for name, value in values.items()
    }


def _line(
    name: str, before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[str, str]
) -> tuple[str, str] | None:
    label = name.replace("_", " ")
    if before and after:
        return label, f"{_word(name, before.get(name), names)} → {_word(name, after.get(name), names)}"
    value = (before or after)[name]
    return None if value is None or value == "" or value is False else (label, _word(name, value, names))


def _word(name: str, value: Any, names: Mapping[str, str]) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "day_of_week":
        return str(DayOfWeek(value).label)
    if name == "platform":
        return dict(Platform.choices).get(value, str(value))
    if name in CLOCK_FIELDS:
        return str(value).removesuffix(":00") if str(value).count(":") > 1 else str(value)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{money(Decimal(amount), currency)} {currency}" for currency, amount in value.items())
    return names.get(str(value), str(value))
