"""The search of the whole admin: pages, clients and campaigns, as far as the person may see them."""

from collections.abc import Iterator
from typing import Any, Final, TypeVar

from django.contrib import admin
from django.db.models import Case, IntegerField, Model, Q, QuerySet, Value, When
from django.http import HttpRequest
from unfold.dataclasses import SearchResult

from brands.access.memberships import visible_rows
from brands.models import Brand
from budget_system.admin.lookup_guard import NUL
from budget_system.admin.permissions import actor
from budget_system.admin.row_urls import change_url
from budget_system.admin.searching import found_in
from budget_system.core.searching import search_key
from campaigns.models import Campaign

_M = TypeVar("_M", bound=Model)

MOST_BRANDS: Final = 8
MOST_CAMPAIGNS: Final = 12
MAX_LENGTH: Final = 255


def find(request: HttpRequest, term: str) -> list[Any]:
    """Return the pages, clients and campaigns in which every word of a term is found, the likeliest first."""
    if NUL in term or len(term) > MAX_LENGTH:
        return []
    return [*_pages(request, term), *_brands(request, term), *_campaigns(request, term)]


def _pages(request: HttpRequest, term: str) -> Iterator[SearchResult]:
    site: Any = admin.site
    for group in site.get_sidebar_list(request):
        for item in group["items"]:
            if item["has_permission"] and search_key(term) in search_key(str(item["title"])):
                yield SearchResult(str(item["title"]), "page", str(item["link"]), item["icon"])


def _brands(request: HttpRequest, term: str) -> Iterator[SearchResult]:
    rows = visible_rows(Brand.objects.all(), actor(request).access)
    for brand in _found(rows, term, ("search_key",))[:MOST_BRANDS]:
        yield SearchResult(brand.name, "client", change_url(brand), "storefront")


def _campaigns(request: HttpRequest, term: str) -> Iterator[SearchResult]:
    rows = visible_rows(Campaign.objects.all(), actor(request).access).select_related("brand")
    for one in _found(rows, term, ("search_key", "external_id", "brand__search_key"))[:MOST_CAMPAIGNS]:
        known = f" · {one.get_platform_display()} {one.external_id}" if one.external_id else ""
        link = change_url(one)
        yield SearchResult(one.name, f"campaign of {one.brand}{known}", link, "campaign")


def _found(rows: "QuerySet[_M]", term: str, columns: tuple[str, ...]) -> "QuerySet[_M]":
    """Keep the rows in which every word is found; first those whose name, then those of which any column begins so."""
    for word in term.split():
        rows = rows.filter(found_in(columns, word))
    begins = Q(search_key__startswith=search_key(term))
    known = Q(external_id__istartswith=term) if "external_id" in columns else Q(pk=None)
    likely = Case(
        When(begins, then=Value(0)), When(known, then=Value(1)), default=Value(2), output_field=IntegerField()
    )
    return rows.order_by(likely, "name_key", "pk")
