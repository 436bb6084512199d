"""Reading what campaigns cost, and booking it as day totals under the names that reports give them.

So what a report has booked of a day and what is read replace each other, by the one rule of booking. Campaigns that
are not known here are shown at the account; nothing is created.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from brands.calendar import local_date, zone
from budget_system.core.actors import Actor
from budget_system.core.errors import error_text
from budget_system.core.money import MAX_CENTS, ZERO, from_cents
from campaigns.models import Campaign
from delivery.connections import note_answer, note_error, other_currency, stop_account
from delivery.connectors.protocol import AccessRefused, Cost, Unavailable
from delivery.connectors.registry import CONNECTORS, connector_of
from delivery.models import Account, AccountState
from delivery.staleness import end_stale, is_stale
from spending.imports.cells.parsing import rounded_cents
from spending.imports.plan.lookups import campaigns_by_key, places_of
from spending.imports.plan.other_entries import entry_id
from spending.imports.plan.staging import Day
from spending.ledger.entries import BookingResult, SpendValues, outcome
from spending.recording.bulk import RowsRefused, record_many

LATE: Final = timedelta(minutes=10)
"""When costs that could not be read are asked for again, at the latest."""

LEASE: Final = timedelta(minutes=5)
"""How long nobody else reads an account that is being read."""

NIGHTLY_HOUR: Final = 4
"""From which hour of the account's day on the days before are read again: platforms close a day at about three."""

DAYS_BACK: Final = 30
SPAN_DAYS: Final = 7
BATCH: Final = 1_000
READ_SECONDS: Final = 30.0
SHOWN_NOT_BOOKED: Final = 50


class CostsRead(NamedTuple):
    """What became of the days that were read."""

    booked: int = 0
    changed: int = 0


class _NotBooked(NamedTuple):
    external_id: str
    name: str
    amount: Decimal
    reason: str


def read_due_costs(*, now: datetime, by: Actor, seconds: float = READ_SECONDS) -> dict[str, int]:
    """Read the costs of the accounts that are due, the longest due first, as long as there is time."""
    until = time.monotonic() + seconds
    counts = {"accounts": 0, "days": 0, "changed": 0, "failed": 0}
    due = Account.objects.called().filter(costs_due_at__lte=now, brand__archived_at=None)
    for account in due.select_related("brand").order_by("costs_due_at"):
        if time.monotonic() > until:
            break
        if not Account.objects.filter(pk=account.pk, costs_due_at=account.costs_due_at).update(
            costs_due_at=now + LEASE
        ):
            continue  # somebody else reads it
        read = read_costs(account, now=now, by=by)
        counts["accounts"] += 1
        counts["failed"] += read is None
        counts["days"] += read.booked if read else 0
        counts["changed"] += read.changed if read else 0
    return counts


def read_costs(account: Account, *, now: datetime, by: Actor) -> CostsRead | None:
    """Read and book an account's costs: today and yesterday, and once a night the last thirty days.

    Return `None` where the platform did not answer: then it is read again in a while.
    """
    if account.currency != account.brand.currency:  # the brand's may change as long as it has no spends
        stop_account(account, other_currency(account.brand, account.currency), now=now)
        return None
    booked = changed = 0
    left_out: list[_NotBooked] = []
    every = CONNECTORS[account.connector].read_every
    try:
        connector = connector_of(account)
        for first, last in _spans(account, now):
            sums = _sums(connector.costs(first, last))
            read = _book(account, sums, left_out, now=now, by=by)
            booked, changed = booked + read.booked, changed + read.changed
    except AccessRefused as error:
        stop_account(account, error.message, now=now)
        return None
    except (Unavailable, ValidationError) as error:
        note_error(account, f"Its costs could not be read: {error_text(error)}", now=now)
        Account.objects.filter(pk=account.pk, state=AccountState.CONNECTED).update(costs_due_at=now + min(every, LATE))
        return None
    note_answer(account, now=now)
    shown = [[one.external_id, one.name, str(one.amount), one.reason] for one in left_out[:SHOWN_NOT_BOOKED]]
    connected = Account.objects.filter(pk=account.pk, state=AccountState.CONNECTED)
    with transaction.atomic():
        connected.update(costs_read_at=now, costs_due_at=now + every, not_booked=shown)
        if is_stale(account, now):  # it was, until now
            end_stale([account.pk], now=now)
    return CostsRead(booked, changed)


def _spans(account: Account, now: datetime) -> Iterator[tuple[date, date]]:
    """Yield the spans of days that are read, the latest first."""
    today = local_date(now, account.timezone)
    yield today - timedelta(days=1), today
    if not _reads_back(account, now, today):
        return
    last = today - timedelta(days=2)
    earliest = today - timedelta(days=DAYS_BACK - 1)
    while last >= earliest:
        first = max(earliest, last - timedelta(days=SPAN_DAYS - 1))
        yield first, last
        last = first - timedelta(days=1)


def _reads_back(account: Account, now: datetime, today: date) -> bool:
    """Return whether the last thirty days are due: they were not read since the platform has closed yesterday."""
    if account.costs_read_at is None:
        return True
    closed = datetime(today.year, today.month, today.day, NIGHTLY_HOUR, tzinfo=zone(account.timezone))
    return account.costs_read_at < closed <= now


class _Sum:
    """What a campaign has cost on a day, in as many rows as the platform has of it."""

    __slots__ = ("amount", "name")

    def __init__(self) -> None:
        self.name, self.amount = "", Decimal(0)


_Sums = dict[tuple[str, date], _Sum]


def _sums(costs: Iterable[Cost]) -> _Sums:
    sums: _Sums = defaultdict(_Sum)
    for cost in costs:
        one = sums[cost.external_id, cost.day]
        one.name, one.amount = cost.name, one.amount + cost.amount
    return sums


def _book(account: Account, sums: _Sums, left_out: list[_NotBooked], *, now: datetime, by: Actor) -> CostsRead:
    """Book sums; what cannot be booked is added to what is left out."""
    campaigns = campaigns_by_key(account.brand_id, account.platform, {external_id for external_id, _ in sums})
    unknown: dict[str, _NotBooked] = {}
    days: list[Day] = []
    for (external_id, day), one in sorted(sums.items()):
        cents = rounded_cents(one.amount, account.brand.currency)
        if external_id not in campaigns:
            before = unknown[external_id].amount if external_id in unknown else ZERO
            unknown[external_id] = _NotBooked(external_id, one.name, before + one.amount, "no campaign has this id")
        elif not 0 <= cents <= MAX_CENTS:
            left_out.append(_NotBooked(external_id, one.name, one.amount, f"{day}: less than nothing, or too much"))
        else:
            days.append(Day(external_id, day, cents, one.name))
    left_out += (one for one in unknown.values() if one.amount)
    changed = 0
    for at in range(0, len(days), BATCH):
        batch = days[at : at + BATCH]
        places = places_of(batch, account.platform, campaigns)
        differing = [
            (day, place.campaign)
            for day, place in zip(batch, places, strict=True)
            if place.campaign is not None and outcome(place.entry, day.sent).result != BookingResult.UNCHANGED
        ]
        changed += _record(account.platform, differing, left_out, now=now, by=by)
    return CostsRead(len(days), changed)


def _record(
    platform: str, days: list[tuple[Day, Campaign]], left_out: list[_NotBooked], *, now: datetime, by: Actor
) -> int:
    """Book days as totals; return how many changed. What is refused is left out, and does not keep the others."""
    while days:
        rows: list[SpendValues] = [
            {
                "campaign_id": campaign.pk,
                "amount": from_cents(day.cents),
                "spend_date": day.day,
                "external_id": entry_id(platform, day.day),
            }
            for day, campaign in days
        ]
        try:
            return sum(one.result != BookingResult.UNCHANGED for one in record_many(rows=rows, now=now, by=by))
        except RowsRefused as error:
            for at, why in error.errors.items():
                day, reason = days[at][0], " ".join(sentence for sentences in why.values() for sentence in sentences)
                left_out.append(_NotBooked(day.campaign, day.name, from_cents(day.cents), f"{day.day}: {reason}"))
            days = [one for at, one in enumerate(days) if at not in error.errors]
    return 0
