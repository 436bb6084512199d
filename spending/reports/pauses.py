"""From when to when campaigns were paused, in which brand and why: what their events and moves between brands say."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import merge
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID


class EventFacts(NamedTuple):
    """What an event says of its campaign from then on; it runs where there is no reason."""

    campaign_id: UUID
    at: datetime
    brand_id: UUID
    reason: str | None


class Pause(NamedTuple):
    """The instants `[start, end)` in which one campaign was paused in a brand for one reason."""

    brand_id: UUID
    reason: str
    start: datetime
    end: datetime


def pauses_of(events: Iterable[EventFacts], moves: Iterable[tuple[datetime, UUID]], until: datetime) -> Iterator[Pause]:
    """Yield the pauses of one campaign up to an instant, from its events and its moves, both the oldest first.

    Each lasts until the next event, so one reason may follow itself; a move ends it in one brand, and it begins in the
    other.
    """
    steps = merge(
        ((at, False, brand_id, None) for at, brand_id in moves),
        ((event.at, True, event.brand_id, event.reason) for event in events),
        key=itemgetter(0, 1),
    )
    current: Pause | None = None
    for at, is_event, brand_id, reason in steps:
        if current is not None and current.start < at:
            yield current._replace(end=at)
        if is_event:
            current = None if reason is None else Pause(brand_id, reason, at, at)
        elif current is not None:
            current = Pause(brand_id, current.reason, at, at)
    if current is not None and current.start <= until:
        yield current._replace(end=until)
