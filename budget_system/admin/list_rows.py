"""The table of a list: what all rows share is worked out once; the library does so again for each row.

Registered as a library of template tags in `TEMPLATES`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import lookup_field
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import ManyToOneRel, Model
from django.template import Library
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from unfold.templatetags.unfold_list import CHECKBOX_CLASSES, LINK_CLASSES, ROW_CLASSES, result_headers
from unfold.utils import display_for_field, display_for_value

register = Library()

CHECKBOX: Final = "action_checkbox"
_CELL: Final = " ".join(ROW_CLASSES)
_CHECKBOX_CELL: Final = " ".join(CHECKBOX_CLASSES)
_LINK: Final = " ".join(LINK_CLASSES)


@dataclass(frozen=True, slots=True)
class Column:
    """What all cells of a column share."""

    name: str
    tag: str
    label: str
    classes: str
    is_link: bool


@register.inclusion_tag("admin/budget/list_rows.html", takes_context=True)
def list_rows(context: Mapping[str, Any], cl: ChangeList) -> dict[str, Any]:
    """Return the headers of a list, and its rows as they are drawn."""
    headers = list(result_headers(cl))
    columns = _columns(cl, headers)
    return {
        "cl": cl,
        "has_add_permission": cl.model_admin.has_add_permission(context["request"]),
        "result_headers": headers,
        "num_sorted_fields": sum(bool(header["sortable"] and header["sorted"]) for header in headers),
        "rows": [format_html_join("", "{}", ((cell,) for cell in _cells(cl, row, columns))) for row in cl.result_list],
    }


def _columns(cl: ChangeList, headers: Sequence[dict[str, Any]]) -> list[Column]:
    names = list(cl.list_display)
    first = next(name for name in names if name != CHECKBOX)
    chosen: Sequence[Any] | None = cl.list_display_links
    links = () if chosen is None else chosen or (first,)
    head = next((name for name in names if name in links), None)
    return [
        Column(
            name=str(name),
            tag="th" if name == head else "td",
            label="Select record" if name == CHECKBOX else str(header["text"]),
            classes=_CHECKBOX_CELL if name == CHECKBOX else f"field-{name} {_CELL}",
            is_link=name in links,
        )
        for name, header in zip(names, headers, strict=True)
    ]


def _cells(cl: ChangeList, row: Model, columns: Sequence[Column]) -> Iterator[SafeString]:
    for column in columns:
        shown = _shown(cl, row, column)
        yield format_html(
            '<{} class="{}" data-label="{}">{}</{}>',
            column.tag,
            column.classes,
            column.label,
            _linked(cl, row, shown) if column.is_link else shown,
            column.tag,
        )


def _shown(cl: ChangeList, row: Model, column: Column) -> Any:
    """Return a value as the library shows it."""
    empty = cl.model_admin.get_empty_value_display()
    try:
        field, method, value = lookup_field(column.name, row, cl.model_admin)
    except ObjectDoesNotExist:
        return empty
    if field is None or field.auto_created:
        empty = getattr(method, "empty_value_display", empty)
        return display_for_value(value, empty, getattr(method, "boolean", False))
    if isinstance(field.remote_field, ManyToOneRel):
        related = getattr(row, field.name)
        return empty if related is None else related
    return display_for_field(value, field, empty)


def _linked(cl: ChangeList, row: Model, shown: Any) -> SafeString:
    address = add_preserved_filters(
        {"preserved_filters": cl.preserved_filters, "opts": cl.opts}, cl.url_for_result(row)
    )
    key = row.serializable_value(str(cl.to_field) if cl.to_field else cl.lookup_opts.pk.attname)
    opener = format_html(' data-popup-opener="{}"', key) if cl.is_popup else mark_safe("")
    return format_html('<a href="{}" class="{}"{}>{}</a>', address, _LINK, opener, shown)
