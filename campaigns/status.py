"""What status a campaign must have now, and why: one rule, in one place, without model and clock.

The reasons and their order are those of the verdict: a person first, then the month, the day, and the hours.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import TextChoices


class CampaignStatus(TextChoices):
    """Whether the campaign runs."""

    ACTIVE = "ACTIVE", "active"
    PAUSED = "PAUSED", "paused"


class PauseReason(TextChoices):
    """Why a campaign is paused, in the order in which reasons are named."""

    MANUAL = "MANUAL", "paused by a person"
    MONTHLY_BUDGET_EXCEEDED = "MONTHLY_BUDGET_EXCEEDED", "month's budget used up"
    DAILY_BUDGET_EXCEEDED = "DAILY_BUDGET_EXCEEDED", "day's budget used up"
    NO_SCHEDULE = "NO_SCHEDULE", "no active schedule"
    OUTSIDE_SCHEDULE = "OUTSIDE_SCHEDULE", "outside its hours"


BIT = {reason: 1 << place for place, reason in enumerate(PauseReason)}
MANUAL_BIT = BIT[PauseReason.MANUAL]
MONTH_BIT = BIT[PauseReason.MONTHLY_BUDGET_EXCEEDED]
DAY_BIT = BIT[PauseReason.DAILY_BUDGET_EXCEEDED]
HOURS_BITS = BIT[PauseReason.NO_SCHEDULE] | BIT[PauseReason.OUTSIDE_SCHEDULE]


def to_bits(reasons: Iterable[PauseReason]) -> int:
    """Pack reasons into one integer, the form in which they are stored."""
    return sum(BIT[reason] for reason in reasons)


def from_bits(bits: int) -> list[PauseReason]:
    """Unpack stored reasons, in the order of the verdict."""
    return [reason for reason in PauseReason if bits & BIT[reason]]


@dataclass(frozen=True, slots=True)
class Purse:
    """One owner's money in its current day and month; a budget of `None` is no limit."""

    day_spend: Decimal
    month_spend: Decimal
    day_budget: Decimal | None
    month_budget: Decimal | None

    @property
    def day_used_up(self) -> bool:
        """Whether the day's budget is used up, to the cent."""
        return self.day_budget is not None and self.day_spend >= self.day_budget

    @property
    def month_used_up(self) -> bool:
        """Whether the month's budget is used up, to the cent."""
        return self.month_budget is not None and self.month_spend >= self.month_budget


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a verdict depends on, as it stands at one instant."""

    paused_by_person: bool
    brand_held: bool
    brand: Purse
    campaign: Purse
    has_schedules: bool
    has_active_schedule: bool
    inside_window: bool
    stated_reason: PauseReason | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The status a campaign must have, and every reason that holds."""

    blocked_by: tuple[PauseReason, ...]
    reason: PauseReason | None

    @property
    def status(self) -> CampaignStatus:
        """`ACTIVE` where nothing blocks."""
        return CampaignStatus.PAUSED if self.blocked_by else CampaignStatus.ACTIVE

    @property
    def bits(self) -> int:
        """The reasons as they are stored."""
        return to_bits(self.blocked_by)


def money_bits(brand: Purse, campaign: Purse) -> int:
    """Say which budgets are used up, the brand's or the campaign's own, as stored bits."""
    month = MONTH_BIT if brand.month_used_up or campaign.month_used_up else 0
    day = DAY_BIT if brand.day_used_up or campaign.day_used_up else 0
    return month | day


def decide(facts: Facts) -> Verdict:
    """Give the verdict: every line of the rule that holds, in order.

    A reason that a person stated with the pause is shown in place of `MANUAL`; `blocked_by` says `MANUAL` all the same.
    """
    bits = money_bits(facts.brand, facts.campaign)
    if facts.paused_by_person or facts.brand_held:
        bits |= MANUAL_BIT
    if facts.has_schedules and not facts.has_active_schedule:
        bits |= BIT[PauseReason.NO_SCHEDULE]
    elif facts.has_active_schedule and not facts.inside_window:
        bits |= BIT[PauseReason.OUTSIDE_SCHEDULE]
    blocked_by = tuple(from_bits(bits))
    first = blocked_by[0] if blocked_by else None
    stated = facts.stated_reason if facts.paused_by_person else None
    return Verdict(blocked_by=blocked_by, reason=stated or first)
