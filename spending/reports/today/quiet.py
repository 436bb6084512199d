"""Campaigns that need a person because nothing happens: no active schedule, a forgotten pause, silence."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from brands.access.memberships import visible_rows
from brands.calendar import ONE_DAY, local_date
from budget_system.core.actors import BrandAccess
from campaigns.models import WITHOUT_SCHEDULE, Campaign, CampaignStatus, Order, StatusEvent
from spending.models import CampaignTotal, Period, Spend
from spending.reports.silence import ENDED_AFTER, REGULAR_DAYS, REGULAR_OF, SILENT_AFTER, days_of_spend, silences
from spending.reports.today.matter import LOOK_AGAIN_AFTER, SHOWN_OF_A_KIND, Found, Matter, MatterKind, MoreOf

FORGOTTEN_AFTER: Final = timedelta(days=14)
SPENT_WITHIN: Final = timedelta(days=30)

_SILENT: Final = "today-silent-campaigns"
_READ: Final = 60


def quiet_matters(access: BrandAccess, *, put_away: Mapping[str, int], many: bool, now: datetime) -> Found:
    """Return what is quiet and needs a person at `now` (UTC); of `many`, silence is looked for now and then."""
    found = _no_schedule(access, put_away)
    found.add(_old_pauses(access, put_away, now))
    found.add(_silent(access, put_away, many, now))
    return found


def _no_schedule(access: BrandAccess, put_away: Mapping[str, int]) -> Found:
    limit = SHOWN_OF_A_KIND + put_away.get(MatterKind.NO_ACTIVE_SCHEDULE.value, 0)
    rows = visible_rows(Campaign.objects.filter(WITHOUT_SCHEDULE, paused_by_person=False), access)
    campaigns = list(rows.select_related("brand").order_by("-paused_at")[: limit + 1])
    matters = [_matter(MatterKind.NO_ACTIVE_SCHEDULE, one, one.paused_at) for one in campaigns[:limit]]
    return Found(
        matters, {MoreOf(MatterKind.NO_ACTIVE_SCHEDULE, of_campaigns=True)} if len(campaigns) > limit else set()
    )


def _old_pauses(access: BrandAccess, put_away: Mapping[str, int], now: datetime) -> Found:
    """Return pauses by a person older than 14 days, of campaigns that had spent in the 30 days before: newest first."""
    limit = SHOWN_OF_A_KIND + put_away.get(MatterKind.OLD_PAUSE.value, 0)
    rows = Campaign.objects.filter(paused_by_person=True, paused_at__lte=now - FORGOTTEN_AFTER)
    read = limit + _READ
    campaigns = list(visible_rows(rows, access).select_related("brand").order_by("-paused_at")[: read + 1])
    since = _paused_since(campaigns[:read])
    old = {one.pk: at for one in campaigns if (at := since.get(one.pk)) is not None and at <= now - FORGOTTEN_AFTER}
    spent = days_of_spend(old, first=min(old.values()).date() - SPENT_WITHIN - ONE_DAY) if old else {}
    matters = []
    for one in campaigns:
        if (at := old.get(one.pk)) is not None:
            day = local_date(at, one.brand.timezone)
            if any(day - SPENT_WITHIN <= spent_on <= day for spent_on in spent.get(one.pk, ())):
                matters.append(_matter(MatterKind.OLD_PAUSE, one, at))
    is_more = len(matters) > limit or len(campaigns) > read
    return Found(matters[:limit], {MoreOf(MatterKind.OLD_PAUSE, of_campaigns=True)} if is_more else set())


def _paused_since(campaigns: Sequence[Campaign]) -> Mapping[UUID, datetime]:
    """Return when the person's pause that stands was ordered: the first order since somebody last activated it."""
    ids = [one.pk for one in campaigns]
    orders = StatusEvent.objects.filter(campaign__in=ids, order__in=(Order.PAUSE, Order.ACTIVATE)).order_by("at", "id")
    since: dict[UUID, datetime] = {}
    for pk, order, at in orders.values_list("campaign_id", "order", "at"):
        if order == Order.PAUSE:
            since.setdefault(pk, at)
        else:
            since.pop(pk, None)
    return {one.pk: since.get(one.pk, one.paused_at) for one in campaigns if one.paused_at is not None}


def _silent(access: BrandAccess, put_away: Mapping[str, int], many: bool, now: datetime) -> Found:
    """Return running campaigns that have fallen silent."""
    limit = SHOWN_OF_A_KIND + put_away.get(MatterKind.SILENT.value, 0)
    rows = visible_rows(Campaign.objects.filter(status=CampaignStatus.ACTIVE), access)
    quiet = rows.filter(pk__in=_quiet_everywhere(now)) if many else _quiet(rows, now)
    campaigns = list(quiet.select_related("brand").order_by("pk")[: limit + _READ + 1])
    silent = silences(campaigns, now=now)
    matters = [
        _matter(MatterKind.SILENT, one, None, day=silent[one.pk].last_day) for one in campaigns if one.pk in silent
    ]
    is_more = len(matters) > limit or len(campaigns) > limit + _READ
    return Found(matters[:limit], {MoreOf(MatterKind.SILENT, of_campaigns=True)} if is_more else set())


def _quiet(rows: QuerySet[Campaign], now: datetime) -> QuerySet[Campaign]:
    """Keep campaigns with spends on 5 days of late, of which none was booked or restated for 26 hours."""
    heard_of = Spend.objects.filter(campaign=OuterRef("pk"), updated_at__gt=now - SILENT_AFTER)
    first = now.date() - ENDED_AFTER - REGULAR_OF * ONE_DAY
    totals = CampaignTotal.objects.filter(campaign=OuterRef("pk"), period=Period.DAY, start__gte=first, amount__gt=0)
    days = totals.order_by().values("campaign").annotate(number=Count("*")).values("number")
    return rows.filter(Q(~Exists(heard_of))).alias(days=Coalesce(Subquery(days), 0)).filter(days__gte=REGULAR_DAYS)


def _quiet_everywhere(now: datetime) -> Sequence[UUID]:
    """Return the campaigns of all brands, where there are many: kept for some minutes, as to find them takes long."""
    kept: list[UUID] | None = cache.get(_SILENT)
    if kept is None:
        rows = _quiet(Campaign.objects.filter(status=CampaignStatus.ACTIVE), now)
        kept = list(rows.order_by("pk").values_list("pk", flat=True)[:1_000])
        cache.set(_SILENT, kept, LOOK_AGAIN_AFTER)
    return kept


def _matter(kind: MatterKind, campaign: Campaign, at: datetime | None, *, day: date | None = None) -> Matter:
    since = f"{at:%Y-%m-%d %H:%M}" if at else ""
    return Matter(
        kind,
        f"{kind.value} {campaign.pk}",
        since if day is None else f"{day}",
        Decimal(0 if day is None else day.toordinal()),
        campaign.brand,
        campaign,
        at=at,
        day=day,
    )
