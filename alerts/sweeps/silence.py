"""Alerts of campaigns that have fallen silent, see `spending.reports.silence`."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from alerts.models import Alert, AlertKind
from alerts.models.alerts import alert_key
from alerts.sweeps.settling import open_new
from alerts.writing import resolve_alerts
from brands.calendar import ONE_DAY
from brands.models import Brand
from budget_system.core.text import date_text
from campaigns.models import Campaign, CampaignStatus
from spending.models import CampaignTotal, Period, Spend
from spending.reports.silence import (
    ENDED_AFTER,
    REGULAR_DAYS,
    REGULAR_OF,
    SILENT_AFTER,
    entries_of_late,
    silences,
)

ASKED_AT_ONCE: Final = 5_000


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
    for pk, silence in silences(campaigns.values(), now=now).items():
        campaign = campaigns[pk]
        last, booked_at = silence
        yield Alert(
            kind=AlertKind.SILENT,
            brand=campaign.brand,
            campaign=campaign,
            key=alert_key(AlertKind.SILENT, pk),
            at=now,
            figures={"last_day": last.isoformat(), "last_booked_at": booked_at.isoformat()},
            message=f"Campaign “{campaign}” of “{campaign.brand}” runs, and nothing has been booked for 26 hours; its "
            f"last spend is dated {date_text(last)}.",
        )


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
    heard = set(
        entries_of_late(campaigns, now).filter(updated_at__gt=now - SILENT_AFTER).values_list("campaign", flat=True)
    )
    return [pk for pk in campaigns if pk not in heard]
