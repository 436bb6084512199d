"""A filter of the lists of what happened: since an instant, to the second, as other pages link to it."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter

from budget_system.admin.local_times import local
from budget_system.core.validation import parse_instant

PARAMETER: Final = "since"


class SinceFilter(DropdownFilter):  # type: ignore[misc]  # the library has no types
    """Keeps what happened after an instant."""

    title = "since"
    parameter_name = PARAMETER
    spans: ClassVar = {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7)}
    names: ClassVar = {"1h": "the last hour", "24h": "the last 24 hours", "7d": "the last 7 days"}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer spans, and the instant that the address names."""
        asked = request.GET.get(PARAMETER, "")
        at = None if asked in self.spans else _instant(asked)
        named = [] if at is None else [(asked, local(at, "UTC"))]
        return [*named, *self.names.items()]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """Keep the rows; all of them for what is no instant."""
        value = self.value() or ""
        after = timezone.now() - self.spans[value] if value in self.spans else _instant(value)
        return queryset if after is None else queryset.filter(at__gt=after)


def since_parameter(at: datetime) -> str:
    """Return an instant (UTC) as the filter reads it."""
    return at.isoformat().replace("+00:00", "Z")


def _instant(text: str) -> datetime | None:
    try:
        return parse_instant(text)
    except ValidationError:
        return None
