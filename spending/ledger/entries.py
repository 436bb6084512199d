"""A ledger entry: its values, what booking does, and the rules that an entry must obey."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, TypedDict
from uuid import UUID

from django.core.exceptions import ValidationError
from uuid_utils.compat import uuid7

from brands.calendar import ONE_DAY, local_date
from brands.history.recorder import changed_values
from brands.models import Brand
from budget_system.core.money import ZERO, money, require_fitting
from campaigns.models import Campaign
from spending.ledger.counting import DAILY, Entry
from spending.models import FIRST_DATE, Spend


class SpendValues(TypedDict, total=False):
    """What can be said of a ledger entry; the date is the brand's."""

    campaign_id: UUID
    amount: Decimal
    spend_date: date
    spend_type: str
    description: str
    external_id: str


class SpendRow(NamedTuple):
    """The columns of an entry: where thousands are booked at once, model instances would cost more than all the
    rest.
    """

    id: UUID
    campaign_id: UUID
    amount: Decimal
    spend_date: date
    spend_type: str
    description: str
    external_id: str
    imported_by_id: UUID | None
    created_by: str
    created_at: datetime
    updated_at: datetime


class BookingResult(StrEnum):
    """What booking a spend did."""

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    VOIDED = "voided"


class Outcome(NamedTuple):
    """What becomes of an entry, and the values that differ from it."""

    result: BookingResult
    changes: Mapping[str, object]


def outcome(stands: object | None, sent: Mapping[str, object] | None) -> Outcome:
    """Return what becomes of an entry when these values are sent (by attribute name); `None` voids it.

    The one rule of booking, single, bulk, by a report and when one is undone: PSEUDOCODE.md, Booking a spend. Repeating
    the stored values changes nothing.
    """
    if sent is None:
        return Outcome(BookingResult.UNCHANGED if stands is None else BookingResult.VOIDED, {})
    if stands is None:
        return Outcome(BookingResult.CREATED, sent)
    changes = changed_values(stands, sent)
    return Outcome(BookingResult.REPLACED if changes else BookingResult.UNCHANGED, changes)


def wanted_values(stands: Spend | SpendRow | None, values: SpendValues) -> SpendValues | None:
    """Return the values sent with an `external_id`; `None` where the amount is zero, which voids the entry."""
    return None if stands is not None and values["amount"] == ZERO else values


@dataclass(frozen=True, slots=True)
class Recorded:
    """The entry as it now stands (a voided one with `0.00`), and what became of it."""

    spend: Spend
    result: BookingResult


class RecordedRow(NamedTuple):
    """`Recorded`, for one row of many."""

    spend: SpendRow
    result: BookingResult


def entry_of(spend: Spend | SpendRow) -> Entry:
    """Return the values of a spend on which the totals depend."""
    return Entry(spend.campaign_id, spend.amount, spend.spend_date, spend.spend_type)


def check_amount(amount: Decimal, brand: Brand) -> None:
    """Raise `ValidationError` for an amount that is not more than zero, or does not fit the brand's currency."""
    if amount <= ZERO:
        said, zero = money(amount, brand.currency), money(ZERO, brand.currency)
        raise ValidationError(
            {"amount": f"“{said}” is not more than {zero}; to void an entry, POST 0.00 with its external_id."}
        )
    require_fitting({"amount": amount}, brand.currency)


def check_date(spend_date: date, brand: Brand, now: datetime) -> None:
    """Raise `ValidationError` for a date before 2000 or later than the brand's tomorrow."""
    tomorrow = _tomorrow(now, brand.timezone)
    if not FIRST_DATE <= spend_date <= tomorrow:
        raise ValidationError(
            {"spend_date": f"“{spend_date}” is out of range; a spend is dated from {FIRST_DATE} to {tomorrow}."}
        )


@lru_cache(maxsize=64)
def _tomorrow(now: datetime, tz: str) -> date:
    """Return the day after today in a time zone; called for every row of a bulk call."""
    return local_date(now, tz) + ONE_DAY


def check_changes(changes: Mapping[str, object], values: SpendValues, brand: Brand, now: datetime) -> None:
    """Raise `ValidationError` for changes of an entry that do not fit the brand to which it will belong."""
    if "amount" in changes:
        check_amount(values["amount"], brand)
    if "spend_date" in changes:
        check_date(values["spend_date"], brand, now)


def new_entry(campaign: Campaign, values: SpendValues, *, now: datetime, by: str) -> SpendRow:
    """Return a new entry of a campaign: dated today where it is, and daily, unless the values say otherwise.

    Raise `ValidationError`: an archived campaign, an amount or a date that is refused.
    """
    if campaign.archived_at is not None:
        raise ValidationError({"campaign": archived_refusal(campaign)})
    entry = SpendRow(
        id=uuid7(),
        campaign_id=campaign.pk,
        amount=values["amount"],
        spend_date=values.get("spend_date") or local_date(now, campaign.brand.timezone),
        spend_type=values.get("spend_type", DAILY),
        description=values.get("description", ""),
        external_id=values.get("external_id", ""),
        imported_by_id=None,
        created_by=by,
        created_at=now,
        updated_at=now,
    )
    check_amount(entry.amount, campaign.brand)
    check_date(entry.spend_date, campaign.brand, now)
    return entry


def require_free_external_id(spend: Spend) -> None:
    """Raise `ValidationError` for an `external_id` that another entry of the campaign has."""
    same = Spend.objects.filter(campaign_id=spend.campaign_id, external_id=spend.external_id)
    if spend.external_id and same.exclude(pk=spend.pk).exists():
        raise ValidationError(
            {"external_id": f"“{spend.campaign}” already has an entry with the external_id “{spend.external_id}”."}
        )


def archived_refusal(campaign: Campaign) -> str:
    """Return why an archived campaign takes no new entry."""
    return f"“{campaign}” is archived; it takes no new entries, though those it has may be corrected."
