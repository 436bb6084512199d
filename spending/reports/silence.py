"""Campaigns that run, and of which nothing is booked any more though there was something regularly.

One rule for *Today* and for alerts: on 5 of 7 days there was a spend, and then nothing was booked or restated for 26
hours; of a campaign with windows as much open time must have passed as such 26 hours have.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from django.db.models import Max, QuerySet

from brands.calendar import ONE_DAY, Interval, local_date
from campaigns.models import Campaign
from scheduling.windows import open_intervals
from spending.enforcement.facts import Hours, read_hours
from spending.models import CampaignTotal, Period, Spend

SILENT_AFTER: Final = timedelta(hours=26)
REGULAR_DAYS: Final = 5
REGULAR_OF: Final = 7
ENDED_AFTER: Final = timedelta(days=14)
"""A campaign that has been silent for longer has ended."""

_A_WEEK: Final = timedelta(days=7)
_RESTATED_WITHIN: Final = timedelta(days=31)


class Silence(NamedTuple):
    """Since when a campaign is silent."""

    last_day: date
    """The last day (brand-local) with a spend."""
    booked_at: datetime
    """When something was booked or restated last (UTC)."""


def silences(campaigns: Collection[Campaign], *, now: datetime) -> dict[UUID, Silence]:
    """Return those of running campaigns that have fallen silent at `now` (UTC); select their brands along.

    Three queries; callers narrow beforehand to the few that can be silent.
    """
    ids = [campaign.pk for campaign in campaigns]
    if not ids:
        return {}
    first = now.date() - ENDED_AFTER - (REGULAR_OF + 1) * ONE_DAY
    days, hours, booked = days_of_spend(ids, first=first), read_hours(ids), _last_booked(ids, now)
    found = {}
    for campaign in campaigns:
        tz, booked_at = campaign.brand.timezone, booked.get(campaign.pk)
        last = _last_regular_day(days.get(campaign.pk, ()), local_date(now, tz))
        if last is None or booked_at is None or now - booked_at < SILENT_AFTER:
            continue
        if _was_open_long(hours[campaign.pk], booked_at, now, tz):
            found[campaign.pk] = Silence(last, booked_at)
    return found


def entries_of_late(campaigns: Collection[UUID], now: datetime) -> "QuerySet[Spend]":
    """Return the entries of campaigns, of the days that are still restated."""
    return Spend.objects.filter(campaign__in=campaigns, spend_date__gte=now.date() - _RESTATED_WITHIN).order_by()


def days_of_spend(campaigns: Collection[UUID], *, first: date) -> Mapping[UUID, Collection[date]]:
    """Return on which days from one on campaigns have spent, in one query."""
    totals = CampaignTotal.objects.filter(campaign__in=campaigns, period=Period.DAY, start__gte=first, amount__gt=0)
    days: dict[UUID, list[date]] = defaultdict(list)
    for pk, day in totals.order_by().values_list("campaign_id", "start"):
        days[pk].append(day)
    return days


def _last_booked(campaigns: Collection[UUID], now: datetime) -> dict[UUID, datetime]:
    return dict(entries_of_late(campaigns, now).values_list("campaign_id").annotate(at=Max("updated_at")))


def _last_regular_day(days: Collection[date], today: date) -> date | None:
    """Return the last day with a spend, if of the 7 days that end with it 5 have one."""
    last = max((day for day in days if day <= today), default=None)
    if last is None or last < today - ENDED_AFTER:
        return None
    return last if sum(last - REGULAR_OF * ONE_DAY < day <= last for day in days) >= REGULAR_DAYS else None


def _was_open_long(hours: Hours, since: datetime, now: datetime, tz: str) -> bool:
    """Return whether windows were open for long enough since an instant: 26 hours of one that never closes.

    Outside its windows nothing is to be expected: what is open on weekdays is not silent on Monday morning.
    """
    if not hours.has_schedules:
        return True
    days = len({window.day_of_week for window in hours.windows})
    in_a_week = _open_time(hours, now - _A_WEEK, now, tz)
    return _open_time(hours, since, now, tz) >= in_a_week / days * (SILENT_AFTER / ONE_DAY)


def _open_time(hours: Hours, start: datetime, end: datetime, tz: str) -> timedelta:
    opened = open_intervals(hours.windows, within=Interval(start, end), tz=tz)
    return sum((one.end - one.start for one in opened), timedelta())
