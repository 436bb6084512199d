"""Entries that stand on a report's days and did not come by a report: booked over the API, by hand, by other code.

What a report says of a day and what stands there may be the same money told twice, or not: a person decides. Monthly
fees are no part of it, nor is what another report has booked, nor what bears the name of a report's entry.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple, Protocol
from uuid import UUID

from django.db.models import QuerySet

from campaigns.models import Campaign
from spending.importing.staging import Day
from spending.models import Spend, SpendType

IDS_AT_A_TIME = 5_000
CampaignDay = tuple[UUID, date]


@lru_cache(maxsize=8192)
def entry_id(platform: str, day: date | str) -> str:
    """Return the `external_id` that a platform's report gives the entry of a day."""
    return f"report:{platform}:{day}"


class OtherSum(NamedTuple):
    """How many other entries stand on a day, and what they come to in cents."""

    entries: int
    cents: int


class _Place(Protocol):
    @property
    def campaign(self) -> Campaign | None: ...


def other_sums(days: Sequence[Day], places: Sequence[_Place], platform: str) -> Mapping[CampaignDay, OtherSum]:
    """Add up what else stands on the days of a report."""
    wanted = [
        (place.campaign.pk, day.day) for day, place in zip(days, places, strict=True) if place.campaign is not None
    ]
    found: dict[CampaignDay, OtherSum] = {}
    for entry in others_on(wanted, platform):
        before = found.get((entry.campaign_id, entry.spend_date), OtherSum(0, 0))
        cents = int(entry.amount.scaleb(2))
        found[entry.campaign_id, entry.spend_date] = OtherSum(before.entries + 1, before.cents + cents)
    return found


def others_on(wanted: Collection[CampaignDay], platform: str) -> list[Spend]:
    """Read the other entries of campaigns' days, in the order in which they were booked."""
    if not wanted:
        return []
    asked, days = set(wanted), [day for _, day in wanted]
    ids = sorted({campaign_id for campaign_id, _ in wanted})
    found: list[Spend] = []
    for at in range(0, len(ids), IDS_AT_A_TIME):
        rows = _by_hand(ids[at : at + IDS_AT_A_TIME], min(days), max(days))
        found += (
            row
            for row in rows.order_by("pk")
            if (row.campaign_id, row.spend_date) in asked and not row.external_id.startswith(entry_id(platform, ""))
        )
    return found


def _by_hand(campaign_ids: Sequence[UUID], first: date, last: date) -> "QuerySet[Spend]":
    return Spend.objects.filter(
        campaign_id__in=campaign_ids,
        spend_date__range=(first, last),
        spend_type=SpendType.DAILY,
        imported_by__isnull=True,
    )


def by_day(entries: Collection[Spend]) -> Mapping[CampaignDay, list[Spend]]:
    """Sort entries by campaign and day."""
    found: dict[CampaignDay, list[Spend]] = defaultdict(list)
    for entry in entries:
        found[entry.campaign_id, entry.spend_date].append(entry)
    return found
