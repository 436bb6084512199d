"""A ledger entry: what can be said of it, what it counts, and the rules that it must obey."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypedDict
from uuid import UUID

from django.core.exceptions import ValidationError

from brands.calendar import local_date
from brands.models import Brand
from budget_system.money import ZERO, money, require_fitting
from campaigns.models import Campaign
from spending.counting import Entry
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
    """An entry as its columns: where thousands are booked at once, models would cost more than all the rest."""

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


class Result(StrEnum):
    """What booking a spend came to."""

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True)
class Recorded:
    """The entry as it now stands (a voided one with `0.00`), and what became of it."""

    spend: Spend
    result: Result


class RecordedRow(NamedTuple):
    """What `Recorded` says, of one row of many."""

    spend: SpendRow
    result: Result


def entry_of(spend: Spend | SpendRow) -> Entry:
    """Give what of a spend the totals depend on."""
    return Entry(spend.campaign_id, spend.amount, spend.spend_date, spend.spend_type)


def check_amount(amount: Decimal, brand: Brand) -> None:
    """Refuse, as `ValidationError`, an amount that is not more than zero, or none of the brand's currency."""
    if amount <= ZERO:
        said, zero = money(amount, brand.currency), money(ZERO, brand.currency)
        raise ValidationError(
            {"amount": f"“{said}” is not more than {zero}; to void an entry, POST 0.00 with its external_id."}
        )
    require_fitting({"amount": amount}, brand.currency)


def check_date(spend_date: date, brand: Brand, now: datetime) -> None:
    """Refuse, as `ValidationError`, a date before 2000 or later than the brand's tomorrow."""
    tomorrow = local_date(now, brand.timezone) + timedelta(days=1)
    if not FIRST_DATE <= spend_date <= tomorrow:
        raise ValidationError(
            {"spend_date": f"“{spend_date}” is out of range; a spend is dated from {FIRST_DATE} to {tomorrow}."}
        )


def require_free_external_id(spend: Spend) -> None:
    """Refuse, as `ValidationError`, an `external_id` that another entry of the campaign has."""
    same = Spend.objects.filter(campaign_id=spend.campaign_id, external_id=spend.external_id)
    if spend.external_id and same.exclude(pk=spend.pk).exists():
        raise ValidationError(
            {"external_id": f"“{spend.campaign}” already has an entry with the external_id “{spend.external_id}”."}
        )


def why_archived(campaign: Campaign) -> str:
    """Say why an archived campaign takes no new entry."""
    return f"“{campaign}” is archived; it takes no new entries, though those it has may be corrected."
