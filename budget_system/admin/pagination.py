"""Pages of the admin's lists."""

from functools import cached_property
from typing import Final

from django.core.paginator import Paginator
from django.db.models import QuerySet

COUNT_LIMIT: Final = 10_000
"""Rows that are counted and can be turned to: to count a million takes longer than to read the page."""


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # it takes none at run time
    """Pages of at most the first 10,000 rows; filters and the search lead to the others."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, up to the limit."""
        return min(self._counted, COUNT_LIMIT)

    @property
    def is_capped(self) -> bool:
        """Whether there are more rows than can be turned to."""
        return self._counted > COUNT_LIMIT

    @property
    def limit_text(self) -> str:
        """What is said instead of the number of rows."""
        return f"the first {COUNT_LIMIT:,}"

    @property
    def template_name(self) -> str | None:
        """The template of the links, where it is not the library's."""
        return "admin/budget/capped_pages.html" if self.is_capped else None

    @cached_property
    def _counted(self) -> int:
        rows = self.object_list
        if isinstance(rows, QuerySet):
            return rows.order_by()[: COUNT_LIMIT + 1].count()
        return len(rows)
