"""Recording what a platform was seen to do: the one rule of when a campaign is settled, and when it drifts.

It is in PSEUDOCODE.md, Delivery. An observation says for which generation it was made. One that was made for an older
generation never settles a newer one, and one that comes late, after one for a newer generation, changes nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db import transaction

from campaigns.models import Campaign
from delivery.drift_alerts import close_drifts, open_drifts
from delivery.models import Delivery, Drift, Observed

MOST_REAPPLIED: Final = 2
"""How often what somebody changed at the platform is set again; then a person decides."""

CALM: Final = timedelta(days=1)
"""After so long without a change there, the count begins anew."""

REPETITION: Final = timedelta(minutes=10)
"""Within which the same acknowledgement is one that was sent twice: scripts run hourly."""

RECORDED_AT_A_TIME: Final = 500

_JUDGED: Final = (
    *("observed", "observed_at", "observed_generation", "applied", "applied_at"),
    *("drift", "drift_since", "reapplied", "contested_at", "error"),
)


class Recorded(StrEnum):
    """What became of an observation."""

    STORED = "stored"
    REPEATED = "repeated"
    STALE = "stale"
    """One for a newer generation is stored already."""
    AHEAD = "ahead"
    """There is no such generation yet."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen of a campaign at its platform."""

    observed: Observed
    generation: int
    """The campaign's when its wanted state was read, before it was looked at."""
    was: str = ""
    """What it was before it was set, where that is known."""
    applied: bool = False
    """Whether it was set just now."""


@transaction.atomic
def record_observations(observations: Mapping[UUID, Observation], *, now: datetime) -> dict[UUID, Recorded]:
    """Record what was seen of campaigns, by their id, at `now` (UTC); open and resolve the alerts of drift.

    Campaigns without a delivery are left out of what is returned.
    """
    recorded: dict[UUID, Recorded] = {}
    ids = sorted(observations)
    for at in range(0, len(ids), RECORDED_AT_A_TIME):
        recorded |= _record(ids[at : at + RECORDED_AT_A_TIME], observations, now)
    return recorded


def _record(ids: Collection[UUID], observations: Mapping[UUID, Observation], now: datetime) -> dict[UUID, Recorded]:
    recorded: dict[UUID, Recorded] = {}
    began, ended = [], []
    changes: dict[tuple[object, ...], list[UUID]] = defaultdict(list)
    for delivery in locked(ids):
        before = _values(delivery)
        drifted = bool(delivery.drift)
        seen = observations[delivery.pk]
        recorded[delivery.pk] = record_observation(
            delivery, seen.observed, seen.generation, seen.was, now, applied=seen.applied
        )
        if (after := _values(delivery)) != before:
            changes[after].append(delivery.pk)
        if delivery.drift and not drifted:
            began.append(delivery)
        elif drifted and not delivery.drift:
            ended.append(delivery)
    for values, pks in changes.items():  # many have the same: they were set together
        Delivery.objects.filter(pk__in=pks).update(**dict(zip(_JUDGED, values, strict=True)))
    open_drifts(began, now=now)
    close_drifts([delivery.pk for delivery in ended], now=now)
    return recorded


def locked(campaign_ids: Iterable[UUID]) -> list[Delivery]:
    """Lock deliveries, in the order of their ids; return them with their campaigns as they stand under the lock."""
    rows = list(
        Delivery.objects.filter(pk__in=campaign_ids)
        .select_related("account")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    # Read afterwards: what is joined to a row that was waited for is as it was before.
    campaigns = Campaign.everything.select_related("brand").in_bulk([row.pk for row in rows])
    for row in rows:
        row.campaign = campaigns[row.pk]
    return rows


def record_observation(
    delivery: Delivery, observed: Observed, generation: int, was: str, now: datetime, *, applied: bool = False
) -> Recorded:
    """Record in a delivery, which its caller has locked and saves, what was seen; see `record_observations`."""
    campaign = delivery.campaign
    if generation > campaign.generation:
        return Recorded.AHEAD
    if generation < delivery.observed_generation:
        return Recorded.STALE
    is_current = generation == campaign.generation
    says_what_is_known = generation == delivery.observed_generation and observed == delivery.observed
    if not applied and says_what_is_known and _is_repetition(delivery, was, now):
        return Recorded.REPEATED
    changed = is_current and _was_changed_there(delivery, observed, was)
    if generation > delivery.observed_generation and delivery.contested_at is None:
        delivery.reapplied = 0
    if applied or was and was != observed:
        delivery.applied, delivery.applied_at = observed, now
    delivery.observed, delivery.observed_at, delivery.observed_generation = observed, now, generation
    delivery.error = ""
    _judge_drift(delivery, changed=changed, is_settled=is_current and observed == campaign.status, now=now)
    return Recorded.STORED


def _is_repetition(delivery: Delivery, was: str, now: datetime) -> bool:
    """Return whether what says what is known was sent twice, or tells that nothing has changed."""
    if was in ("", delivery.observed):
        return not delivery.drift
    return delivery.observed_at is not None and now - delivery.observed_at < REPETITION


def _was_changed_there(delivery: Delivery, observed: Observed, was: str) -> bool:
    """Return whether somebody changed at the platform what was last seen there, against what is wanted."""
    wanted = delivery.campaign.status
    if observed == Observed.NOT_FOUND or delivery.observed in ("", Observed.NOT_FOUND):
        return False
    if not was:
        return delivery.is_settled and observed != wanted
    return was not in (wanted, delivery.observed, Observed.NOT_FOUND)


def _judge_drift(delivery: Delivery, *, changed: bool, is_settled: bool, now: datetime) -> None:
    if changed:
        _note_change(delivery, now, set_again=is_settled)
    elif is_settled:
        delivery.drift, delivery.drift_since, delivery.contested_at = "", None, None
    elif delivery.observed == Observed.NOT_FOUND:
        _drift(delivery, Drift.MISSING, now)
    elif delivery.drift == Drift.MISSING:  # it is there again
        delivery.drift, delivery.drift_since = "", None


def _note_change(delivery: Delivery, now: datetime, *, set_again: bool) -> None:
    """Count a change there; with `set_again` it was undone already, else that is still to be done."""
    _drift(delivery, Drift.CHANGED, now)
    if delivery.applied_at is not None and now - delivery.applied_at > CALM:
        delivery.reapplied = 0
    if delivery.reapplied < MOST_REAPPLIED:
        delivery.reapplied += 1
        is_last = set_again and delivery.reapplied == MOST_REAPPLIED
    else:
        is_last = True
    if is_last and delivery.contested_at is None:
        delivery.contested_at = now


def _drift(delivery: Delivery, drift: Drift, now: datetime) -> None:
    delivery.drift = drift
    delivery.drift_since = delivery.drift_since or now


def _values(delivery: Delivery) -> tuple[object, ...]:
    return tuple(getattr(delivery, name) for name in _JUDGED)
