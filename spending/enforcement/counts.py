"""The counts of a sweep or a reset, under the names and in the order in which they are shown."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from campaigns.status import RULES, EndsWith
from spending.enforcement.decisions import Decision
from spending.enforcement.drift import Drift


@dataclass(slots=True)
class Counts:
    """What was done, over all brands of a pass."""

    checked: int = 0
    paused: int = 0
    paused_daily: int = 0
    paused_monthly: int = 0
    activated: int = 0
    daily_reset: int = 0
    monthly_reset: int = 0
    errors: int = 0
    drifts: list[Drift] = field(default_factory=list)
    """Totals that were not what the ledger says."""

    def add(self, decisions: Iterable[Decision]) -> None:
        """Count what was decided of one batch of brands, after it was committed."""
        for decision in decisions:
            self.activated += decision.resumed
            if (reason := decision.paused_for) is not None:
                self.paused += 1
                self.paused_daily += RULES[reason].ends_with == EndsWith.THE_DAY
                self.paused_monthly += RULES[reason].ends_with == EndsWith.THE_MONTH

    def merge(self, other: "Counts") -> None:
        """Add another pass's counts."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def changed(self) -> bool:
        """Whether anything changed."""
        return bool(self.paused or self.activated or self.daily_reset or self.monthly_reset or self.errors)

    def budget_counts(self) -> dict[str, int]:
        """Return the counts of a budget enforcement."""
        woke = {"reactivated": self.activated} if self.activated else {}
        return {
            "checked": self.checked,
            "paused_daily": self.paused_daily,
            "paused_monthly": self.paused_monthly,
            **woke,
            "errors": self.errors,
        }

    def dayparting_counts(self) -> dict[str, int]:
        """Return the counts of a dayparting enforcement."""
        return {
            "checked": self.checked,
            "activated": self.activated,
            "paused": self.paused,
            "errors": self.errors,
        }

    def reset_counts(self) -> dict[str, int]:
        """Return the counts of a reset."""
        return {
            "daily_reset": self.daily_reset,
            "monthly_reset": self.monthly_reset,
            "reactivated": self.activated,
            "errors": self.errors,
        }
