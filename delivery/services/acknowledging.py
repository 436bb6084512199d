"""Taking what an account's script says of campaigns: what it found at the platform, and what it set."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from brands.access.memberships import visible_rows, writable_rows
from budget_system.core.actors import Actor
from budget_system.core.retry import retry_on_conflict
from delivery.models import Account, Connector, Delivery, Observed
from delivery.recording import Observation, Recorded, locked, record_observations

SEEN_EVERY: Final = timedelta(minutes=1)
"""How often at most it is noted that an account's script has asked."""


class AckResult(StrEnum):
    """What became of an acknowledgement."""

    SETTLED = "settled"
    UNSETTLED = "unsettled"
    STALE = "stale"
    UNCHANGED = "unchanged"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Ack:
    """What an account's script says of one campaign."""

    external_id: str
    generation: int
    observed: str
    was: str = ""


@dataclass(frozen=True, slots=True)
class AckOutcome:
    """What became of one acknowledgement, and of which campaign it told."""

    external_id: str
    result: AckResult
    campaign_id: UUID | None = None


def account_condition(account: str) -> Q:
    """Return the condition of deliveries that are an account's, by its id at the platform, or nobody's yet."""
    return Q(account__external_id=account) | Q(account=None)


def note_asked(*, account: str, platform: str | None, now: datetime, by: Actor) -> None:
    """Note that an account's script has asked, at most once a minute; whoever only reads is not its script."""
    late = Q(seen_at=None) | Q(seen_at__lt=now - SEEN_EVERY)
    rows = writable_rows(Account.objects.filter(late, external_id=account), by.access)
    if platform:
        rows = rows.filter(platform=platform)
    if asked := list(rows.order_by().values_list("pk", flat=True)):
        Account.objects.filter(pk__in=asked).update(seen_at=now)


@retry_on_conflict
def acknowledge(
    *, account: str, platform: str | None = None, items: Sequence[Ack], now: datetime, by: Actor
) -> list[AckOutcome]:
    """Record what an account's script says of campaigns, at `now` (UTC); return what became of each, in their order.

    A campaign that no account has yet is the account's as soon as it is found there. Raise `Forbidden` where one is
    visible and may not be written.
    """
    with transaction.atomic():
        found = _found(account, platform, items, by)
        for brand_id in {row.campaign.brand_id for rows in found.values() for row in rows}:
            by.require_write(brand_id)
        single = {external_id: rows[0].pk for external_id, rows in found.items() if len(rows) == 1}
        rows = {row.pk: row for row in locked(single.values()) if row.campaign.delivery_enabled}
        told = {single[ack.external_id]: ack for ack in items if single.get(ack.external_id) in rows}
        _assign(account, [rows[pk] for pk, ack in told.items() if ack.observed != Observed.NOT_FOUND], now, by)
        theirs = {pk: ack for pk, ack in told.items() if _speaks_for(account, rows[pk])}
        recorded = record_observations(
            {pk: Observation(Observed(ack.observed), ack.generation, ack.was) for pk, ack in theirs.items()}, now=now
        )
        settled = set(Delivery.objects.settled().filter(pk__in=theirs).order_by().values_list("pk", flat=True))
        note_asked(account=account, platform=platform, now=now, by=by)
    outcomes = []
    for ack in items:
        pk = single.get(ack.external_id)
        if len(found.get(ack.external_id, ())) > 1:
            result = AckResult.AMBIGUOUS
        elif pk is None or pk not in rows:
            result, pk = AckResult.UNKNOWN, None
        elif pk not in recorded:  # another account may have it: only one that has it tells that it is gone
            result = AckResult.UNCHANGED
        else:
            result = _result(recorded[pk], ack, rows[pk], is_settled=pk in settled)
        outcomes.append(AckOutcome(ack.external_id, result, pk))
    return outcomes


def _found(account: str, platform: str | None, items: Iterable[Ack], by: Actor) -> dict[str, list[Delivery]]:
    """Return the deliveries that acknowledgements may mean, by the campaign's id at the platform."""
    rows = visible_rows(Delivery.objects.enabled(), by.access).filter(
        account_condition(account), campaign__external_id__in={ack.external_id for ack in items}
    )
    if platform:
        rows = rows.filter(campaign__platform=platform)
    found: dict[str, list[Delivery]] = defaultdict(list)
    for row in rows.select_related("campaign").order_by("pk"):
        found[row.campaign.external_id].append(row)
    # One that is the account's already is meant rather than one that nobody has yet.
    return {key: [row for row in ones if row.account_id] or ones for key, ones in found.items()}


def _assign(account: str, deliveries: Iterable[Delivery], now: datetime, by: Actor) -> None:
    """Make campaigns the account's that were found there and are no account's yet."""
    unassigned: dict[tuple[UUID, str], list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        if delivery.account_id is None:
            unassigned[delivery.campaign.brand_id, delivery.campaign.platform].append(delivery)
    for (brand_id, platform), rows in unassigned.items():
        values = {"connector": Connector.SCRIPT, "seen_at": now, "created_by": str(by), "created_at": now}
        its, _ = Account.objects.get_or_create(
            brand_id=brand_id, platform=platform, external_id=account, defaults={**values, "updated_at": now}
        )
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(account=its)
        for row in rows:
            row.account = its


def _speaks_for(account: str, delivery: Delivery) -> bool:
    return delivery.account is not None and delivery.account.external_id == account


def _result(recorded: Recorded, ack: Ack, delivery: Delivery, *, is_settled: bool) -> AckResult:
    if recorded == Recorded.AHEAD:
        return AckResult.UNKNOWN
    if recorded == Recorded.STALE or ack.generation < delivery.campaign.generation:
        return AckResult.STALE
    if recorded == Recorded.REPEATED:
        return AckResult.UNCHANGED
    return AckResult.SETTLED if is_settled else AckResult.UNSETTLED
