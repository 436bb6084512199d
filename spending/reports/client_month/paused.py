"""Which campaigns of a brand were paused in a month: from when to when, why, and for how many hours."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast

from brands.calendar import Interval
from brands.models import Brand, Change
from campaigns.models import Campaign, StatusEvent
from campaigns.status import PauseReason
from spending.reports.pauses import EventFacts, Pause, pauses_of

_ORDER: Final = {reason: place for place, reason in enumerate(PauseReason)}
# As a text, because an instant takes Django's driver seven times as long to read, and a month has tens of thousands.
_EVENT: Final = ("campaign", Cast("at", TextField()), "brand", "pause_reason")
TENTH: Final = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class CampaignPause:
    """One pause of a campaign for one reason, as far as it lies in the month; it may still last."""

    campaign_id: UUID
    reason: PauseReason
    start: datetime
    end: datetime
    lasts: bool


@dataclass(frozen=True, slots=True)
class PauseSum:
    """How often, and for how many hours, a campaign was paused for one reason in the month."""

    campaign_id: UUID
    reason: PauseReason
    times: int
    hours: Decimal


def campaigns_of_month(brand: Brand) -> "QuerySet[Campaign]":
    """Return the campaigns that are in a brand or have left it, archived ones too."""
    left = Change.objects.filter(kind="campaign", brand_id=brand.pk, to_brand_id__isnull=False).order_by()
    return Campaign.everything.filter(Q(brand=brand) | Q(pk__in=left.values("object_id"))).order_by("name_key", "pk")


def pauses_in(brand: Brand, instants: Interval, *, now: datetime) -> Sequence[CampaignPause]:
    """Return the pauses of a brand's campaigns in a month, by campaign, the oldest first; in five queries."""
    until = min(instants.end, now)
    campaigns = campaigns_of_month(brand).order_by()
    archived = dict(campaigns.filter(archived_at__isnull=False).values_list("pk", "archived_at"))
    moves: dict[UUID, list[tuple[datetime, UUID]]] = defaultdict(list)
    moved = Change.objects.filter(kind="campaign", to_brand_id__isnull=False, object_id__in=campaigns.values("pk"))
    for campaign_id, at, to_brand_id in moved.order_by("at", "id").values_list("object_id", "at", "to_brand_id"):
        if to_brand_id is not None:
            moves[campaign_id].append((at, to_brand_id))
    found: list[CampaignPause] = []
    for campaign_id, events in _events(campaigns, instants.start, until).items():
        ended = min(until, archived.get(campaign_id) or until)
        ours = (pause for pause in pauses_of(events, moves[campaign_id], until) if pause.brand_id == brand.pk)
        found += _clipped(campaign_id, ours, Interval(instants.start, ended), now)
    return found


def pause_sums(pauses: Iterable[CampaignPause]) -> Sequence[PauseSum]:
    """Return the sums of pauses by campaign and reason, in the order of campaigns given and of the verdict."""
    kept: dict[tuple[UUID, PauseReason], list[CampaignPause]] = defaultdict(list)
    for pause in pauses:
        kept[pause.campaign_id, pause.reason].append(pause)
    place = {campaign_id: number for number, campaign_id in enumerate(dict.fromkeys(key[0] for key in kept))}
    ordered = sorted(kept, key=lambda key: (place[key[0]], _ORDER[key[1]]))
    return [PauseSum(*key, len(kept[key]), hours_of(kept[key])) for key in ordered]


def hours_of(pauses: Iterable[CampaignPause]) -> Decimal:
    """Return how many hours pauses lasted as they really passed, to one decimal, half up."""
    seconds = sum(int((pause.end - pause.start).total_seconds()) for pause in pauses)
    return (Decimal(seconds) / 3600).quantize(TENTH, ROUND_HALF_UP)


def _events(campaigns: "QuerySet[Campaign]", begins: datetime, until: datetime) -> Mapping[UUID, Sequence[EventFacts]]:
    """Return the events of a month by campaign, each time after the one by which the campaign stood as it began."""
    earlier = StatusEvent.objects.filter(campaign=OuterRef("pk"), at__lt=begins).order_by("-at", "-id")
    standing = campaigns.annotate(last=Subquery(earlier.values("pk")[:1])).filter(last__isnull=False)
    of_month = StatusEvent.objects.filter(campaign__in=campaigns.values("pk"), at__gte=begins, at__lt=until)
    found: dict[UUID, list[EventFacts]] = defaultdict(list)
    for rows in (StatusEvent.objects.filter(pk__in=standing.values("last")), of_month):
        for campaign_id, at, brand_id, reason in rows.order_by("at", "id").values_list(*_EVENT):
            found[campaign_id].append(EventFacts(campaign_id, _instant(at), brand_id, reason))
    return found


def _instant(text: str) -> datetime:
    """Return an instant (UTC) that the database wrote as a text; SQLite leaves out the zone."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _clipped(campaign_id: UUID, pauses: Iterable[Pause], bounds: Interval, now: datetime) -> Iterator[CampaignPause]:
    """Yield the parts of pauses within bounds, those that follow each other for the same reason as one."""
    open_one: CampaignPause | None = None
    for pause in pauses:
        start, end = max(pause.start, bounds.start), min(pause.end, bounds.end)
        if start >= end:
            continue
        part = CampaignPause(campaign_id, PauseReason(pause.reason), start, end, end == now)
        if open_one is not None and (open_one.reason, open_one.end) == (part.reason, part.start):
            part = CampaignPause(campaign_id, part.reason, open_one.start, part.end, part.lasts)
        elif open_one is not None:
            yield open_one
        open_one = part
    if open_one is not None:
        yield open_one
