"""The facts on which a verdict rests, made from what was read."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from uuid import UUID

from django.db.models import QuerySet

from campaigns.models import Campaign, PauseReason
from campaigns.status import BudgetUse, Facts
from scheduling.models import Schedule, SchedulesAsText
from scheduling.windows import Window, is_open


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """Campaigns' schedules: whether there are any, and the windows of those that are active.

    It equals only itself, so that it is found in a cache without a look at its windows.
    """

    has_schedules: bool
    windows: tuple[Window, ...]

    def are_open(self, *, at: datetime, tz: str) -> bool:
        """Return whether any window is open at that instant in that time zone."""
        return bool(self.windows) and is_open(self.windows, at=at, tz=tz)


ALWAYS = Hours(has_schedules=False, windows=())


def read_hours(campaigns: Collection[UUID] | QuerySet[Campaign]) -> Mapping[UUID, Hours]:
    """Return campaigns' hours, in one query; those with the same schedules have the same object."""
    rows = Schedule.objects.filter(campaign__in=campaigns).order_by().values_list("campaign_id")
    return defaultdict(lambda: ALWAYS, ((pk, _hours(texts)) for pk, texts in rows.annotate(texts=SchedulesAsText())))


@lru_cache(maxsize=8192)
def _hours(texts: str) -> Hours:
    """Return the hours of schedules as the database writes them; campaigns share them."""
    schedules = [text.split() for text in sorted(texts.split(","))]
    windows = (
        Window(int(weekday), time.fromisoformat(start), time.fromisoformat(end), next_day == "1")
        for weekday, start, end, next_day, is_active in schedules
        if is_active == "1"
    )
    return Hours(True, tuple(windows))


def facts_of(campaign: Campaign, hours: Hours, *, brand: BudgetUse, own: BudgetUse, inside_window: bool) -> Facts:
    """Return a campaign's facts at an instant: what its brand and itself have used then, and whether it is open."""
    return Facts(
        paused_by_person=campaign.paused_by_person,
        brand_held=campaign.brand.is_held,
        brand=brand,
        campaign=own,
        has_schedules=hours.has_schedules,
        has_active_schedule=bool(hours.windows),
        inside_window=inside_window,
        stated_reason=PauseReason(campaign.stated_reason) if campaign.stated_reason else None,
    )
