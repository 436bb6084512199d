"""A campaign's budgets: the one that binds it with its pace, and the others, its own and its brand's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.safestring import SafeString

from budget_system.core.money import money
from campaigns.models import Campaign
from spending.admin.pacing_bars import pacing_bar, pacing_panel
from spending.reports.pacing.binding import Binding, binding_budget, limits
from spending.reports.pacing.owners import PERIODS, OwnerPacing

PERIOD_NAMES: Final = {"day": "daily", "month": "monthly"}
SPENT_IN: Final = {"day": "today", "month": "this month"}


@dataclass(frozen=True, slots=True)
class ShownBudget:
    """A budget with whose it is; `bar` is its bar, and empty where there is no limit."""

    name: str
    bar: SafeString | str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Budgets:
    """What limits a campaign."""

    binding: ShownBudget | None
    others: Sequence[ShownBudget]
    unlimited: str
    """What has no limit, in a sentence; empty where everything has one."""
    spent: str


def budgets_of(campaign: Campaign, *, own: OwnerPacing, brand: OwnerPacing) -> Budgets:
    """Return a campaign's budgets: the one that binds, the others that limit it, and what has no limit."""
    binding = binding_budget(own=own, brand=brand)
    others = [one for one in limits(own=own, brand=brand) if one != binding]
    return Budgets(
        binding=None if binding is None else ShownBudget(budget_name(binding, campaign), _panel(binding)),
        others=[ShownBudget(budget_name(one, campaign), pacing_bar(one.pacing, one.period)) for one in others],
        unlimited=_unlimited(own, brand),
        spent=" · ".join(_spent(own, period) for period in PERIODS),
    )


def budget_name(binding: Binding, campaign: Campaign) -> str:
    """Return whose budget it is, and of which period."""
    if binding.owner == "campaign":
        return f"Its own {PERIOD_NAMES[binding.period]} budget"
    return f"{PERIOD_NAMES[binding.period].capitalize()} budget of its brand, {campaign.brand.name}"


def _panel(binding: Binding) -> SafeString:
    return pacing_panel(binding.pacing, binding.period)


def _unlimited(own: OwnerPacing, brand: OwnerPacing) -> str:
    parts = [
        f"{whose} {PERIOD_NAMES[period]} budget"
        for whose, owner in (("its own", own), ("its brand's", brand))
        for period in PERIODS
        if owner.periods[period].budget is None
    ]
    return f"No limit: {', '.join(parts)}." if parts else ""


def _spent(own: OwnerPacing, period: str) -> str:
    return f"{money(own.periods[period].spent, own.currency)} {own.currency} {SPENT_IN[period]}"
