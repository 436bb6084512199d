"""Which of a campaign's budgets binds it, of its own caps and its brand's budgets, with how that one is going; pure."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from budget_system.core.money import as_cents, is_used_up
from spending.reports.pacing.owners import OwnerPacing, PeriodPacing

ORDER: Final = (("brand", "month"), ("campaign", "month"), ("brand", "day"), ("campaign", "day"))
"""As the verdict names them: what lasts longer comes first."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A budget that limits a campaign: whose it is, of which period, and how it is going."""

    owner: str
    """`brand` or `campaign`."""
    period: str
    """`day` or `month`."""
    pacing: OwnerPacing

    @property
    def figures(self) -> PeriodPacing:
        """The money of the period, and how it is going."""
        return self.pacing.periods[self.period]

    @property
    def budget(self) -> Decimal:
        """What may be spent."""
        budget = self.figures.budget
        assert budget is not None  # without one it would limit nothing
        return budget

    @property
    def is_used_up(self) -> bool:
        """Whether the budget is used up, to the cent."""
        return is_used_up(self.figures.spent, self.budget)


def limits(*, own: OwnerPacing, brand: OwnerPacing) -> list[Binding]:
    """Return every budget that limits a campaign, in the verdict's order."""
    owners = {"campaign": own, "brand": brand}
    return [
        Binding(owner, period, owners[owner])
        for owner, period in ORDER
        if owners[owner].periods[period].budget is not None
    ]


def binding_budget(*, own: OwnerPacing, brand: OwnerPacing) -> Binding | None:
    """Return the budget that binds: the first that is used up, in the verdict's order, else the one of which most is
    spent, and of several the first; `None` where nothing limits.
    """
    found = limits(own=own, brand=brand)
    used_up = next((one for one in found if one.is_used_up), None)
    return used_up or max(found, key=_share, default=None)


def _share(binding: Binding) -> Fraction:
    return Fraction(as_cents(binding.figures.spent), as_cents(binding.budget))
