"""Every route of the system, read from the URL configuration itself, and every model that the admin has pages of."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

_GROUP = re.compile(r"\(\?P<(\w+)>[^()]*\)")
_CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")


def routes(below: str = "") -> list[str]:
    """Return the routes whose address begins so, as in `api/brands/{pk}/`."""
    found = {route for route in _walk(get_resolver().url_patterns, "") if route.startswith(below)}
    return sorted(found)


def admin_pages() -> "dict[type[Model], ModelAdmin[Any]]":
    """Return the admin's pages by model; they are loaded with the addresses, which nobody may have asked for yet."""
    admin.autodiscover()
    return admin.site._registry


def _walk(patterns: Sequence[Any], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        address = prefix + _plain(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, address)
        elif isinstance(pattern, URLPattern):
            yield address
        else:
            raise TypeError(f"{pattern!r} is neither a route nor a folder of them")


def _plain(pattern: str) -> str:
    text = _CONVERTER.sub(r"{\1}", _GROUP.sub(r"{\1}", pattern))
    return text.removeprefix("^").removesuffix("$").replace("\\Z", "")
