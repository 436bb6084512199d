"""Campaigns that run, and of which nothing is booked any more though there was something regularly."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery

from alerts.models import Alert, AlertKind
from alerts.models.alerts import alert_key
from alerts.sweeps.settling import open_new
from alerts.writing import resolve_alerts
from brands.calendar import ONE_DAY, Interval
from brands.models import Brand
from budget_system.core.text import date_text
from campaigns.models import Campaign, CampaignStatus
from scheduling.windows import open_intervals
from spending.enforcement.facts import Hours, read_hours
from spending.models import CampaignTotal, Period, Spend

SILENT_AFTER: Final = timedelta(hours=26)
A_WEEK: Final = timedelta(days=7)
RESTATED_WITHIN: Final = timedelta(days=31)
ASKED_AT_ONCE: Final = 5_000
REGULAR_DAYS: Final = 5
REGULAR_OF: Final = 7
ENDED_AFTER: Final = timedelta(days=14)
"""A campaign that has been silent for longer has ended."""


def sweep_silence(brands: Collection[UUID], *, now: datetime) -> int:
    """Open the alerts of campaigns, of these brands, that have fallen silent at `now` (UTC), resolve those of others;
    return how many changed.

    A campaign that the rules have paused meanwhile is silent still; one that a person has paused is not.
    """
    return _resolve(now) + open_new(list(_silent(brands, now)), now=now)


def _resolve(now: datetime) -> int:
    booked = Spend.objects.filter(campaign=OuterRef("campaign"), updated_at__gt=OuterRef("at"))
    stopped = Campaign.everything.filter(
        Q(archived_at__isnull=False) | Q(paused_by_person=True), pk=OuterRef("campaign")
    )
    left = Brand.everything.filter(Q(archived_at__isnull=False) | Q(is_held=True), pk=OuterRef("brand"))
    ended = Alert.objects.open().filter(Q(Exists(booked)) | Q(Exists(stopped)) | Q(Exists(left)), kind=AlertKind.SILENT)
    keys = list(ended.order_by().values_list("key", flat=True))  # mostly none: then nothing is written
    return resolve_alerts(keys, now=now)


def _silent(brands: Collection[UUID], now: datetime) -> Iterator[Alert]:
    """Yield an alert for each campaign that has fallen silent and of which none is open."""
    todays = Brand.objects.filter(pk__in=brands).order_by("today").values_list("today", flat=True).distinct()
    quiet = [pk for today in todays for pk in _quiet(brands, today)]
    found = [pk for at in range(0, len(quiet), ASKED_AT_ONCE) for pk in _unheard(quiet[at : at + ASKED_AT_ONCE], now)]
    if not found:
        return
    campaigns = Campaign.objects.select_related("brand").in_bulk(found)
    days, hours, booked = _days_of_spend(found, now), read_hours(found), _last_booked(found, now)
    for pk, campaign in campaigns.items():
        brand = campaign.brand
        last = _last_regular_day(days[pk], brand.today)
        if last is None or pk not in booked:
            continue
        if now - booked[pk] >= SILENT_AFTER and _was_open_long(hours[pk], booked[pk], now, brand.timezone):
            yield Alert(
                kind=AlertKind.SILENT,
                brand=brand,
                campaign=campaign,
                key=alert_key(AlertKind.SILENT, pk),
                at=now,
                figures={"last_day": last.isoformat(), "last_booked_at": booked[pk].isoformat()},
                message=f"Campaign “{campaign}” of “{brand}” runs, and nothing has been booked for 26 hours; its last "
                f"spend is dated {date_text(last)}.",
            )


def _was_open_long(hours: Hours, since: datetime, now: datetime, tz: str) -> bool:
    """Return whether windows were open for long enough since an instant: 26 hours of one that never closes.

    Outside its windows nothing is to be expected: what is open on weekdays is not silent on Monday morning.
    """
    if not hours.has_schedules:
        return True
    days = len({window.day_of_week for window in hours.windows})
    in_a_week = _open_time(hours, now - A_WEEK, now, tz)
    return _open_time(hours, since, now, tz) >= in_a_week / days * (SILENT_AFTER / ONE_DAY)


def _open_time(hours: Hours, start: datetime, end: datetime, tz: str) -> timedelta:
    opened = open_intervals(hours.windows, within=Interval(start, end), tz=tz)
    return sum((one.end - one.start for one in opened), timedelta())


def _quiet(brands: Collection[UUID], today: date) -> "QuerySet[Campaign, UUID]":
    """Return the running campaigns with nothing for today, and something on enough days before; not those of which an
    alert is open.
    """
    days = CampaignTotal.objects.filter(campaign=OuterRef("pk"), period=Period.DAY, amount__gt=0).order_by()
    first = today - ENDED_AFTER - REGULAR_OF * ONE_DAY
    regular = days.filter(start__range=(first, today - ONE_DAY)).values("campaign").annotate(number=Count("*"))
    told = Alert.objects.open().filter(campaign=OuterRef("pk"), kind=AlertKind.SILENT)
    rows = Campaign.objects.filter(status=CampaignStatus.ACTIVE, brand__in=brands, brand__today=today)
    quiet = rows.filter(brand__archived_at=None).exclude(Exists(days.filter(start=today))).exclude(Exists(told))
    enough = quiet.alias(number=Subquery(regular.values("number"))).filter(number__gte=REGULAR_DAYS)
    return enough.order_by().values_list("pk", flat=True)


def _unheard(campaigns: Sequence[UUID], now: datetime) -> list[UUID]:
    """Return those of which nothing was booked or restated of late.

    Asked by their ids: joined, PostgreSQL would read the whole ledger.
    """
    heard = set(_entries(campaigns, now).filter(updated_at__gt=now - SILENT_AFTER).values_list("campaign", flat=True))
    return [pk for pk in campaigns if pk not in heard]


def _entries(campaigns: Collection[UUID], now: datetime) -> "QuerySet[Spend]":
    """Return the entries of campaigns, of the days that are still restated."""
    return Spend.objects.filter(campaign__in=campaigns, spend_date__gte=now.date() - RESTATED_WITHIN).order_by()


def _days_of_spend(campaigns: Collection[UUID], now: datetime) -> dict[UUID, list[date]]:
    """Return on which days of late campaigns have spent."""
    first = now.date() - ENDED_AFTER - (REGULAR_OF + 1) * ONE_DAY
    totals = CampaignTotal.objects.filter(campaign__in=campaigns, period=Period.DAY, start__gte=first, amount__gt=0)
    days: dict[UUID, list[date]] = defaultdict(list)
    for pk, day in totals.order_by().values_list("campaign_id", "start"):
        days[pk].append(day)
    return days


def _last_booked(campaigns: Collection[UUID], now: datetime) -> dict[UUID, datetime]:
    """Return when something was booked or restated last."""
    return dict(_entries(campaigns, now).values_list("campaign_id").annotate(at=Max("updated_at")))


def _last_regular_day(days: Collection[date], today: date) -> date | None:
    """Return the last day with a spend, if of the 7 days that end with it 5 have one."""
    last = max((day for day in days if day <= today), default=None)
    if last is None or last < today - ENDED_AFTER:
        return None
    return last if sum(last - REGULAR_OF * ONE_DAY < day <= last for day in days) >= REGULAR_DAYS else None
