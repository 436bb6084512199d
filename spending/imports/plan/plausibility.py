"""Signs that a plan should not be carried out: a mistaken unit, a broken report, archived campaigns."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from brands.models import Brand
from budget_system.core.money import from_cents, in_currency, to_cents
from budget_system.core.text import counted
from campaigns.models import Campaign
from spending.imports.plan.keys import described
from spending.imports.plan.lookups import Place
from spending.imports.plan.staging import Day
from spending.ledger.bounds import SHOWN_BOUND, Headroom

SUSPICIOUS_FACTOR: Final = 3
"""A day above so many times the tightest daily budget is more likely a mistaken unit than money."""

MAX_EXAMPLES: Final = 3


class Plausibility:
    """Signs of a mistaken unit or a broken report."""

    def __init__(self, brand: Brand) -> None:
        self.cents_before = self.cents_after = 0
        self._too_far: list[str] = []
        self._too_far_days = 0
        self._brand = brand
        self._limits: dict[str, int | None] = {}

    def check(self, day: Day, place: Place) -> None:
        """Check a day that would change."""
        try:
            limit = self._limits[place.column]
        except KeyError:
            limit = self._limits[place.column] = self._tightest(place.campaign)
        if limit is not None and day.cents > SUSPICIOUS_FACTOR * limit:
            self._too_far_days += 1
            if len(self._too_far) < MAX_EXAMPLES:
                amounts = f"{self._shown(day.cents)}, budget {self._shown(limit)}"
                self._too_far.append(f"{described(day.campaign)} on {day.day}: {amounts}")

    def _shown(self, cents: int) -> Decimal:
        return in_currency(from_cents(cents), self._brand.currency)

    def _tightest(self, campaign: Campaign | None) -> int | None:
        """Return the tightest daily budget of a campaign, in cents."""
        budgets = [self._brand.daily_budget, campaign.daily_budget if campaign else None]
        return min((to_cents(budget) for budget in budgets if budget is not None), default=None)

    def concerns(self) -> Iterator[str]:
        """Yield what a person should look at."""
        if self.cents_after * 2 < self.cents_before:
            before, after = self._shown(self.cents_before), self._shown(self.cents_after)
            yield f"It would lower the days it speaks of from {before} to {after}."
        if self._too_far_days:
            days = counted(self._too_far_days, "day is", "days are")
            yield (f"{days} above {SUSPICIOUS_FACTOR} × the tightest daily budget ({'; '.join(self._too_far)}).")


def bound_fault(room: Headroom, day: Day, place: Place, *, replaces: bool) -> str:
    """Count what a day moves; where a total would come above its bound, count nothing and return why."""
    moves = [] if place.entry is None else [(place.entry.day, -place.entry.cents)]
    if replaces:
        moves.append((day.day, -place.other_cents))
    for moved, cents in moves:
        room.move(moved, cents)
    if room.take(day.day, day.cents):
        return ""
    for moved, cents in moves:
        room.move(moved, -cents)
    return f"the month of {day.day} would come to more than {SHOWN_BOUND} with it; look whether the unit is right"


def takes_no_new_entry(campaign: Campaign, place: Place, day: Day) -> bool:
    """Return whether the day would be a new entry of an archived campaign; existing ones may be corrected."""
    return campaign.archived_at is not None and place.entry is None and day.cents > 0
