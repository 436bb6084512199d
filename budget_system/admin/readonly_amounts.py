"""What those read of amounts who may not change them: a field's value alone would be without its currency."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.contrib import admin

from budget_system.core.money import money

_READ_AS: Final[Mapping[str, str]] = {"daily_budget": "daily_limit", "monthly_budget": "monthly_limit", "amount": "sum"}


def as_read(fields: Sequence[str]) -> Sequence[str]:
    """Name what is read in place of the fields that hold amounts."""
    return [_READ_AS.get(name, name) for name in fields]


class ReadBudgets:
    """The budgets of brands, and the caps of campaigns, as they are read."""

    def currency_of(self, row: Any) -> str:
        """Return the currency of a row's amounts."""
        raise NotImplementedError

    @admin.display(description="daily budget")
    def daily_limit(self, row: Any) -> str:
        """Write the daily budget with its currency."""
        return self._limit(row, row.daily_budget)

    @admin.display(description="monthly budget")
    def monthly_limit(self, row: Any) -> str:
        """Write the monthly budget with its currency."""
        return self._limit(row, row.monthly_budget)

    def _limit(self, row: Any, budget: Decimal | None) -> str:
        currency = self.currency_of(row)
        return "no limit" if budget is None else f"{money(budget, currency)} {currency}"
