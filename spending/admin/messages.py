"""How much of a budget one entry of the ledger is."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from django.utils.safestring import SafeString

from brands.calendar import first_of_month, local_date
from budget_system.admin.indicators import Colour, pill, share
from spending.models import Spend, SpendType


def spend_share(spend: Spend, *, now: datetime) -> SafeString:
    """Draw an entry's share of its campaign's tightest budget, among those of the periods in which it counts now."""
    today = local_date(now, spend.campaign.brand.timezone)
    if first_of_month(spend.spend_date) < first_of_month(today):
        return pill(Colour.GREY, "history", "It counts in no current period.")
    if first_of_month(spend.spend_date) > first_of_month(today):
        return pill(Colour.GREY, "not yet", "It counts when its month begins.")
    budgets = list(_budgets(spend, counts_today=spend.spend_date == today and spend.spend_type == SpendType.DAILY))
    if not budgets:
        return pill(Colour.GREY, "no limit")
    budget, whose = min(budgets)
    return share(spend.amount, budget, whose, spend.campaign.brand.currency)


def _budgets(spend: Spend, *, counts_today: bool) -> Iterator[tuple[Decimal, str]]:
    owners = ((spend.campaign, "campaign"), (spend.campaign.brand, "brand"))
    for owner, name in owners:
        if counts_today and owner.daily_budget is not None:
            yield owner.daily_budget, f"{name}'s day"
        if owner.monthly_budget is not None:
            yield owner.monthly_budget, f"{name}'s month"
