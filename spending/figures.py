"""What is calculated when somebody reads: counters, what is left, and when a campaign runs again.

For a whole page of rows at a time; the number of queries does not depend on the number of rows.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from brands.calendar import end_of_day, first_of_month, local_date, start_of_day
from brands.models import Brand
from budget_system.money import ZERO
from campaigns.models import Campaign, CampaignStatus
from scheduling.models import Schedule
from scheduling.windows import Window, next_open
from spending.models import BrandTotal, CampaignTotal, Period

HORIZON = timedelta(days=22)
"""How far ahead a window is looked for: one inside an hour that the clocks skip comes the next week, or the next."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One brand's or campaign's money now. What is left is `None` without a limit, below zero past it."""

    daily_spend: Decimal
    monthly_spend: Decimal
    daily_left: Decimal | None
    monthly_left: Decimal | None
    runs_again_at: datetime | None = None


class Counters:
    """The counters of one owner from its current day and month on, those of entries dated tomorrow included."""

    def __init__(self, owner: Brand | Campaign) -> None:
        self.owner = owner
        self.rows: dict[tuple[str, date], Decimal] = {}

    def day(self, day: date) -> Decimal:
        """Give the counter of a day."""
        return self.rows.get((Period.DAY, day), ZERO)

    def month(self, day: date) -> Decimal:
        """Give the counter of the month of a day."""
        return self.rows.get((Period.MONTH, first_of_month(day)), ZERO)

    def day_used_up(self, day: date) -> bool:
        """Say whether the day's budget is used up."""
        return self.owner.daily_budget is not None and self.day(day) >= self.owner.daily_budget

    def month_used_up(self, day: date) -> bool:
        """Say whether the budget of the day's month is used up."""
        return self.owner.monthly_budget is not None and self.month(day) >= self.owner.monthly_budget

    def spends_nothing(self) -> bool:
        """Say whether a budget of 0.00 forbids spending on any day."""
        return ZERO in (self.owner.daily_budget, self.owner.monthly_budget)

    def figures(self, today: date, runs_again_at: datetime | None = None) -> Figures:
        """Give the owner's figures of its current day and month."""
        day, month = self.day(today), self.month(today)
        daily, monthly = self.owner.daily_budget, self.owner.monthly_budget
        return Figures(
            daily_spend=day,
            monthly_spend=month,
            daily_left=None if daily is None else daily - day,
            monthly_left=None if monthly is None else monthly - month,
            runs_again_at=runs_again_at,
        )


def brand_figures(brands: Collection[Brand], *, now: datetime) -> dict[UUID, Figures]:
    """Give brands' figures at `now` (UTC), each in its own day and month, by the brand's id."""
    counters = _brand_counters(brands, now)
    return {brand.pk: counters[brand.pk].figures(local_date(now, brand.timezone)) for brand in brands}


def campaign_figures(campaigns: Collection[Campaign], *, now: datetime) -> dict[UUID, Figures]:
    """Give campaigns' figures at `now` (UTC) by the campaign's id; their brands are best selected along.

    `runs_again_at` is the first instant at which the verdict would be `ACTIVE` if only the clock moved, the ledger as
    it stands; `None` while the campaign runs, and where no clock helps.
    """
    own = {campaign.pk: Counters(campaign) for campaign in campaigns}
    for row in CampaignTotal.objects.filter(_from_now_on(now), campaign_id__in=own):
        own[row.campaign_id].rows[row.period, row.start] = row.amount - row.cleared
    waiting = [campaign for campaign in campaigns if _waits(campaign, own[campaign.pk])]
    brands = _brand_counters({campaign.brand_id: campaign.brand for campaign in waiting}.values(), now)
    schedules: dict[UUID, list[Schedule]] = defaultdict(list)
    for schedule in Schedule.objects.filter(campaign__in=[campaign.pk for campaign in waiting]) if waiting else ():
        schedules[schedule.campaign_id].append(schedule)
    again = {
        campaign.pk: _runs_again_at([own[campaign.pk], brands[campaign.brand_id]], schedules[campaign.pk], now)
        for campaign in waiting
    }
    return {
        campaign.pk: own[campaign.pk].figures(local_date(now, campaign.brand.timezone), again.get(campaign.pk))
        for campaign in campaigns
    }


def _waits(campaign: Campaign, counters: Counters) -> bool:
    """Say whether the clock may wake the campaign."""
    by_hand = campaign.paused_by_person or campaign.brand.is_held
    return campaign.status == CampaignStatus.PAUSED and not by_hand and not counters.spends_nothing()


def _brand_counters(brands: Iterable[Brand], now: datetime) -> dict[UUID, Counters]:
    counters = {brand.pk: Counters(brand) for brand in brands}
    for row in BrandTotal.objects.filter(_from_now_on(now), brand_id__in=counters) if counters else ():
        counters[row.brand_id].rows[row.period, row.start] = row.amount - row.cleared
    return counters


def _from_now_on(now: datetime) -> Q:
    """Match the totals of the current day and month, wherever on earth, and of those to come."""
    earliest = (now - timedelta(days=1)).date()
    return Q(period=Period.DAY, start__gte=earliest) | Q(period=Period.MONTH, start__gte=first_of_month(earliest))


def _runs_again_at(counters: list[Counters], schedules: list[Schedule], now: datetime) -> datetime | None:
    """Go through the brand's days from `now` on, until one has money left and a window open."""
    windows = [schedule.window for schedule in schedules if schedule.is_active]
    if any(owner.spends_nothing() for owner in counters) or (schedules and not windows):
        return None
    tz = next(owner.owner.timezone for owner in counters if isinstance(owner.owner, Brand))
    last_booked = max((start for owner in counters for _, start in owner.rows), default=date.min)
    at = now
    while True:
        day = local_date(at, tz)
        if any(owner.month_used_up(day) for owner in counters):
            at = start_of_day(first_of_month(first_of_month(day) + timedelta(days=31)), tz)
        elif any(owner.day_used_up(day) for owner in counters):
            at = end_of_day(at, tz)
        elif not windows:
            return at
        elif day > last_booked:
            return next_open(windows, at=at, tz=tz, until=at + HORIZON)
        elif (opening := _opening(windows, at, tz)) is not None:
            return opening
        else:
            at = end_of_day(at, tz)


def _opening(windows: list[Window], at: datetime, tz: str) -> datetime | None:
    return next_open(windows, at=at, tz=tz, until=end_of_day(at, tz))
