"""Reading a timeline: events, changes and resets of one owner in one order, a page at a time.

What one person did at one instant is one entry: saving a smaller budget and the pause that follows from it belong
together. A page costs the same number of queries whatever the number of rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Value

from brands.access.memberships import visible_rows
from brands.history.listing import changes_of, visible_changes
from brands.models import Brand, Change
from budget_system.core.actors import BrandAccess
from campaigns.models import Campaign, Order, StatusEvent
from scheduling.models import Schedule
from spending.models import Reset

EVENT, CHANGE, RESET = "event", "change", "reset"


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """What one author did, or the rules decided, at one instant."""

    at: datetime
    by: str
    events: Sequence[StatusEvent]
    changes: Sequence[Change]
    resets: Sequence[Reset]


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Some items, newest first, and whether there are older ones."""

    items: Sequence[TimelineItem]
    more: bool


def campaign_timeline(campaign: Campaign, access: BrandAccess, *, first: int, last: int) -> TimelinePage:
    """Return what happened to a campaign, its windows and, where it held them all, its brand, as far as one may see."""
    events = StatusEvent.objects.filter(campaign=campaign)
    with_event = events.filter(at=OuterRef("at"), order=OuterRef("order"))
    holds = _holds(campaign.brand).exclude(Exists(with_event))
    changes = visible_changes(changes_of(Campaign, campaign.pk), access)
    windows = visible_changes(_window_changes(campaign), access)
    return _page(
        (
            _rows(visible_rows(events, access), EVENT),
            _rows(holds, EVENT),
            _rows(changes, CHANGE),
            _rows(windows, CHANGE),
        ),
        first,
        last,
    )


def brand_timeline(brand: Brand, access: BrandAccess, *, first: int, last: int) -> TimelinePage:
    """Return what people did to a brand: changes of its values, holds and releases with their notes, resets."""
    changes = visible_changes(changes_of(Brand, brand.pk), access)
    resets = Reset.objects.filter(brand=brand)
    return _page((_rows(_holds(brand), EVENT), _rows(changes, CHANGE), _rows(resets, RESET)), first, last)


def brand_events(brand: Brand, *, first: int, last: int) -> TimelinePage:
    """Return what happened in a brand: its own orders, and the changes of status of all its campaigns."""
    events = StatusEvent.objects.filter(brand=brand).select_related("campaign", "brand").order_by("-at", "-id")
    found = list(events[first : last + 1])
    shown = [TimelineItem(event.at, event.by, [event], [], []) for event in found[: last - first]]
    return TimelinePage(shown, more=len(found) > last - first)


def _holds(brand: Brand) -> "QuerySet[StatusEvent]":
    return StatusEvent.objects.filter(brand=brand, campaign=None, order__in=(Order.HOLD, Order.RELEASE))


def _window_changes(campaign: Campaign) -> "QuerySet[Change]":
    """Return the changes of windows that are, or were, the campaign's."""
    ours = str(campaign.pk)
    of_windows = Change.objects.filter(kind=Schedule._meta.model_name)
    made, gone = of_windows.filter(after__campaign=ours), of_windows.filter(before__campaign=ours)
    here = Schedule.objects.filter(campaign=campaign).values_list("pk")
    # Read first: as a part of the query, the database would look through the changes of all windows.
    ids = here.order_by().union(*(rows.order_by().values_list("object_id") for rows in (made, gone)))
    return of_windows.filter(object_id__in=[row_id for (row_id,) in ids])


def _rows(rows: "QuerySet[Any]", source: str) -> "QuerySet[Any, Any]":
    found: QuerySet[Any, Any] = rows.order_by().annotate(source=Value(source)).values_list("at", "id", "source")
    return found


def _page(parts: "Sequence[QuerySet[Any, Any]]", first: int, last: int) -> TimelinePage:
    one, *others = parts
    ids: list[tuple[datetime, UUID, str]] = list(one.union(*others, all=True).order_by("-at", "-id")[first : last + 1])
    shown = ids[: last - first]
    events = StatusEvent.objects.filter(pk__in=_of(shown, EVENT)).select_related("campaign", "brand").in_bulk()
    changes = Change.objects.in_bulk(_of(shown, CHANGE))
    resets = Reset.objects.select_related("brand").in_bulk(_of(shown, RESET))
    found: dict[str, dict[UUID, Any]] = {EVENT: events, CHANGE: changes, RESET: resets}
    rows = [(source, found[source][row_id]) for _, row_id, source in shown if row_id in found[source]]
    return TimelinePage(list(_grouped(rows)), more=len(ids) > last - first)


def _of(rows: Sequence[tuple[datetime, UUID, str]], source: str) -> list[UUID]:
    return [row_id for _, row_id, of_source in rows if of_source == source]


def _grouped(rows: Sequence[tuple[str, Any]]) -> Iterator[TimelineItem]:
    for (at, by), together in groupby(rows, key=lambda row: (row[1].at, row[1].by)):
        of_source: dict[str, list[Any]] = {EVENT: [], CHANGE: [], RESET: []}
        for source, row in together:
            of_source[source].append(row)
        yield TimelineItem(at, by, of_source[EVENT], of_source[CHANGE], of_source[RESET])
