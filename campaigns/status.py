"""What status a campaign must have now, and why: one rule, in one place, without model and clock.

The reasons and their order are those of the verdict: a person first, then the month, the day, and the hours.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from django.db.models import TextChoices

from budget_system.core.money import ZERO, is_used_up


class CampaignStatus(TextChoices):
    """Whether the campaign runs."""

    ACTIVE = "ACTIVE", "active"
    PAUSED = "PAUSED", "paused"


class PauseReason(TextChoices):
    """Why a campaign is paused, in the order in which reasons are named."""

    MANUAL = "MANUAL", "paused by a person"
    MONTHLY_BUDGET_EXCEEDED = "MONTHLY_BUDGET_EXCEEDED", "monthly budget used up"
    DAILY_BUDGET_EXCEEDED = "DAILY_BUDGET_EXCEEDED", "daily budget used up"
    NO_SCHEDULE = "NO_SCHEDULE", "no active schedule"
    OUTSIDE_SCHEDULE = "OUTSIDE_SCHEDULE", "outside its hours"


class EndsWith(Enum):
    """What ends a reason, if nothing but time passes."""

    A_PERSON = "a person's act"
    THE_MONTH = "the month"
    THE_DAY = "the day"
    CLOSED_HOURS = "the hours outside its windows"


def to_bits(reasons: Iterable[PauseReason]) -> int:
    """Pack reasons into one integer, the form in which they are stored."""
    return sum(RULES[reason].bit for reason in reasons)


def from_bits(bits: int) -> list[PauseReason]:
    """Unpack stored reasons, in the order of the verdict."""
    return [reason for reason, rule in RULES.items() if bits & rule.bit]


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """What one owner has spent of its budgets, of a day and its month; a budget of `None` is no limit."""

    day_spend: Decimal
    month_spend: Decimal
    day_budget: Decimal | None
    month_budget: Decimal | None

    @property
    def day_used_up(self) -> bool:
        """Whether the day's budget is used up, to the cent."""
        return is_used_up(self.day_spend, self.day_budget)

    @property
    def month_used_up(self) -> bool:
        """Whether the month's budget is used up, to the cent."""
        return is_used_up(self.month_spend, self.month_budget)

    @property
    def bits(self) -> int:
        """The reasons that it gives, as they are stored."""
        return DAY_BIT * self.day_used_up | MONTH_BIT * self.month_used_up


NO_LIMITS = BudgetUse(ZERO, ZERO, None, None)
"""The use of an owner without budgets: what it has spent decides nothing and is not read."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a verdict depends on, at one instant."""

    paused_by_person: bool
    brand_held: bool
    brand: BudgetUse
    campaign: BudgetUse
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


@dataclass(frozen=True, slots=True)
class Rule:
    """When a reason holds, and what ends it."""

    bit: int
    """As which it is stored: never changed, whatever the order of the reasons becomes."""
    holds: Callable[[Facts], bool]
    ends_with: EndsWith
    remedy: str = ""
    """What a person must do, where time alone does not end it; of `MANUAL` it depends on who paused what."""


RULES: dict[PauseReason, Rule] = {
    PauseReason.MANUAL: Rule(1, lambda facts: facts.paused_by_person or facts.brand_held, EndsWith.A_PERSON),
    PauseReason.MONTHLY_BUDGET_EXCEEDED: Rule(
        2, lambda facts: facts.brand.month_used_up or facts.campaign.month_used_up, EndsWith.THE_MONTH
    ),
    PauseReason.DAILY_BUDGET_EXCEEDED: Rule(
        4, lambda facts: facts.brand.day_used_up or facts.campaign.day_used_up, EndsWith.THE_DAY
    ),
    PauseReason.NO_SCHEDULE: Rule(
        8,
        lambda facts: facts.has_schedules and not facts.has_active_schedule,
        EndsWith.A_PERSON,
        remedy="make one of its schedules active",
    ),
    PauseReason.OUTSIDE_SCHEDULE: Rule(
        16, lambda facts: facts.has_active_schedule and not facts.inside_window, EndsWith.CLOSED_HOURS
    ),
}
"""The rule, in the order in which its reasons are named."""

REMEDIES_OF_MANUAL = {"campaign": "activate the campaign", "brand": "release its brand"}
"""What a person must do where `MANUAL` holds, by whose pause it is: the campaign's own, or its brand's hold."""

ALL_BITS = sum(rule.bit for rule in RULES.values())
MANUAL_BIT = RULES[PauseReason.MANUAL].bit


def stored_with(bits: int) -> list[int]:
    """Return each stored value in which one of some reasons is, for conditions that an index can answer."""
    return [stored for stored in range(ALL_BITS + 1) if stored & bits]


def bits_ending_with(end: EndsWith) -> int:
    """Return the bits of the reasons that end with the month, the day, …"""
    return sum(rule.bit for rule in RULES.values() if rule.ends_with == end)


MONTH_BIT, DAY_BIT = bits_ending_with(EndsWith.THE_MONTH), bits_ending_with(EndsWith.THE_DAY)
MONEY_BITS = MONTH_BIT | DAY_BIT
CLOSED_BIT = bits_ending_with(EndsWith.CLOSED_HOURS)
NO_WINDOW_BIT = RULES[PauseReason.NO_SCHEDULE].bit
HOURS_BITS = CLOSED_BIT | NO_WINDOW_BIT
"""What a campaign's windows alone decide."""


def decide(facts: Facts) -> Verdict:
    """Return the verdict: every reason that holds, in order.

    A reason that a person stated with the pause is shown in place of `MANUAL`; `blocked_by` still says `MANUAL`.
    """
    blocked_by = tuple(reason for reason, rule in RULES.items() if rule.holds(facts))
    first = blocked_by[0] if blocked_by else None
    stated = facts.stated_reason if facts.paused_by_person else None
    return Verdict(blocked_by=blocked_by, reason=stated or first)


def hours_bits(*, has_schedules: bool, has_active_schedule: bool, inside_window: bool) -> int:
    """Return the reasons that a campaign's windows alone give, as they are stored."""
    facts = Facts(
        paused_by_person=False,
        brand_held=False,
        brand=NO_LIMITS,
        campaign=NO_LIMITS,
        has_schedules=has_schedules,
        has_active_schedule=has_active_schedule,
        inside_window=inside_window,
    )
    return decide(facts).bits


def is_manual_pause(status: str, reason: str | None, blocked: int, *, is_new: bool) -> bool:
    """Return whether a row saved by other code than the services says that a person wants the campaign paused.

    So it does where it is new and paused for no rule's reason, and where it is paused for `MANUAL`, a reason that the
    gate had not given it.
    """
    if status != CampaignStatus.PAUSED:
        return False
    return (reason == PauseReason.MANUAL and not blocked & MANUAL_BIT) or (is_new and reason is None)
