"""Rules for budgets, a brand's and its campaigns' caps, checked before they or their currency change."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError

from brands.models import Brand
from budget_system.core.money import fits, money, require_fitting
from campaigns.models import Campaign

BUDGETS: Final = ("daily_budget", "monthly_budget")
MAX_NAMED: Final = 5


def budgets_of(owner: Brand | Campaign, *, without: Collection[str] = ()) -> dict[str, Decimal]:
    """Return the budgets, or caps, that an owner has, by their names."""
    budgets = {name: getattr(owner, name) for name in BUDGETS if name not in without}
    return {name: amount for name, amount in budgets.items() if amount is not None}


def require_fitting_budgets(brand: Brand, values: Mapping[str, Any], changes: Collection[str]) -> None:
    """Raise `ValidationError` for what would leave an amount that does not fit the brand's currency.

    Of `values`, those named in `changes` differ from the stored ones. With another currency, what is stored must fit it
    too: the budgets that are not sent, and the caps of all its campaigns, archived ones too.
    """
    moves = "currency" in changes
    currency = values["currency"] if moves else brand.currency
    require_fitting({name: values[name] for name in BUDGETS if name in (values if moves else changes)}, currency)
    if moves:
        _require_currency_fits(brand, currency, without=values.keys())


def require_fitting_caps(campaign: Campaign, values: Mapping[str, Any], changes: Collection[str], brand: Brand) -> None:
    """Raise `ValidationError` for caps that do not fit the currency of the brand that the campaign is to have.

    Of `values`, those named in `changes` differ from the stored ones. In another brand the stored ones must fit too.
    """
    moves = "brand_id" in changes
    require_fitting({name: values[name] for name in BUDGETS if name in (values if moves else changes)}, brand.currency)
    for name, amount in budgets_of(campaign, without=values.keys()).items():
        if moves and not fits(amount, brand.currency):
            raise ValidationError(
                {
                    "brand": f"“{campaign}” has a {_spelled(name)} of {money(amount, brand.currency)}, and “{brand}” "
                    f"spends {brand.currency}, whose amounts are whole; change that first, or together with the brand."
                }
            )


def _require_currency_fits(brand: Brand, currency: str, *, without: Collection[str]) -> None:
    """Raise `ValidationError`, naming the amounts, for a currency that stored amounts which are not sent anew do not
    fit.
    """
    in_the_way = [
        f"its own {_spelled(name)} of {money(amount, currency)}"
        for name, amount in budgets_of(brand, without=without).items()
        if not fits(amount, currency)
    ]
    any_archived = False
    for campaign in Campaign.everything.filter(brand=brand):
        for name, amount in budgets_of(campaign).items():
            if not fits(amount, currency):
                archived = campaign.archived_at is not None
                any_archived |= archived
                whose = f"the {'archived ' if archived else ''}campaign “{campaign}”"
                in_the_way.append(f"the {_spelled(name)} of {money(amount, currency)} of {whose}")
    if in_the_way:
        more = len(in_the_way) - MAX_NAMED
        named = ", ".join(in_the_way[:MAX_NAMED]) + (f" and {more:,} more" if more > 0 else "")
        restored = " An archived campaign can be changed once it is restored." if any_archived else ""
        raise ValidationError({"currency": f"Amounts in {currency} are whole; change first {named}.{restored}"})


def _spelled(name: str) -> str:
    return name.replace("_", " ")
