"""Amounts for those who may not change them: the stock read-only field would show no currency."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.contrib import admin

from budget_system.core.money import money

_READ_AS: Final[Mapping[str, str]] = {"daily_budget": "daily_limit", "monthly_budget": "monthly_limit", "amount": "sum"}


def readonly_names(fields: Sequence[str]) -> Sequence[str]:
    """Return the names of the read-only fields that replace those with amounts."""
    return [_READ_AS.get(name, name) for name in fields]


class ReadOnlyBudgets:
    """The budgets of brands, and the caps of campaigns, for reading."""

    def currency_of(self, row: Any) -> str:
        """Return the currency of a row's amounts."""
        raise NotImplementedError

    @admin.display(description="daily budget")
    def daily_limit(self, row: Any) -> str:
        """Return the daily budget with its currency."""
        return self._limit(row, row.daily_budget)

    @admin.display(description="monthly budget")
    def monthly_limit(self, row: Any) -> str:
        """Return the monthly budget with its currency."""
        return self._limit(row, row.monthly_budget)

    def _limit(self, row: Any, budget: Decimal | None) -> str:
        currency = self.currency_of(row)
        return "no limit" if budget is None else f"{money(budget, currency)} {currency}"
