"""What speaks against carrying a plan out: mistaken units, broken reports, archived campaigns."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from brands.models import Brand
from budget_system.money import from_cents
from campaigns.models import Campaign
from spending.importing.lookups import Place
from spending.importing.staging import Day

TOO_FAR: Final = 3
"""A day above so many times the tightest daily budget is more likely a mistaken unit than money."""

EXAMPLES: Final = 3


@dataclass(slots=True)
class Scales:
    """What speaks for a mistaken unit or a broken report."""

    cents_before: int = 0
    cents_after: int = 0
    too_far: list[str] = field(default_factory=list)
    too_far_days: int = 0

    def weigh(self, brand: Brand, day: Day, place: Place) -> None:
        """Look at a day that would change."""
        amount = from_cents(day.cents)
        budgets = [brand.daily_budget, place.campaign.daily_budget if place.campaign else None]
        limits = [budget for budget in budgets if budget is not None]
        if limits and amount > TOO_FAR * min(limits):
            self.too_far_days += 1
            if len(self.too_far) < EXAMPLES:
                self.too_far.append(f"{day.external_id} on {day.day}: {amount}, budget {min(limits)}")

    def concerns(self) -> Iterator[str]:
        """Say what is to be looked at."""
        if self.cents_after * 2 < self.cents_before:
            before, after = from_cents(self.cents_before), from_cents(self.cents_after)
            yield f"It would lower the days it speaks of from {before} to {after}."
        if self.too_far_days:
            days = "1 day is" if self.too_far_days == 1 else f"{self.too_far_days} days are"
            yield (f"{days} above {TOO_FAR} × the tightest daily budget ({'; '.join(self.too_far)}).")


def refuses(campaign: Campaign, place: Place, day: Day) -> bool:
    """Say whether a campaign takes no new entry for the day; what it has may be corrected."""
    return campaign.archived_at is not None and place.entry is None and day.cents > 0
