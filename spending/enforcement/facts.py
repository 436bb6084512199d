"""The facts on which a verdict rests, made from what was read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from campaigns.models import Campaign, PauseReason
from campaigns.status import Facts
from scheduling.models import Schedule
from scheduling.windows import Window, is_open
from spending.enforcement.budget_use import BudgetUses


@dataclass(frozen=True, slots=True)
class Hours:
    """A campaign's schedules: whether it has any, and the windows of those that are active."""

    has_schedules: bool
    windows: tuple[Window, ...]

    @classmethod
    def of(cls, schedules: Collection[Schedule]) -> "Hours":
        """Return the hours of a campaign with these schedules."""
        return cls(bool(schedules), tuple(schedule.window for schedule in schedules if schedule.is_active))


def facts_at(at: datetime, day: date, campaign: Campaign, hours: Hours, uses: BudgetUses) -> Facts:
    """Return the facts of a campaign at an instant (UTC), which falls on `day` on its brand's calendar."""
    brand = campaign.brand
    return Facts(
        paused_by_person=campaign.paused_by_person,
        brand_held=brand.is_held,
        brand=uses.of(brand, day),
        campaign=uses.of(campaign, day),
        has_schedules=hours.has_schedules,
        has_active_schedule=bool(hours.windows),
        inside_window=bool(hours.windows) and is_open(hours.windows, at=at, tz=brand.timezone),
        stated_reason=PauseReason(campaign.stated_reason) if campaign.stated_reason else None,
    )
