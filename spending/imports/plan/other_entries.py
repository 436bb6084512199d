"""Entries on a report's days that did not come from a report: booked over the API, by hand, by other code.

A report's amount of a day and such an entry may be the same money booked twice, or not: a person decides. Monthly fees
do not count as such, nor what another report has booked, nor an entry with the name of a report's entry.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple, Protocol
from uuid import UUID

from campaigns.models import Campaign
from spending.imports.plan.staging import Day
from spending.ledger.entries import SpendRow
from spending.models import Spend, SpendType

IDS_AT_A_TIME = 5_000
CampaignDay = tuple[UUID, date]


@lru_cache(maxsize=8192)
def entry_id(platform: str, day: date | str) -> str:
    """Return the `external_id` that a platform's report gives to the entry of a day."""
    return f"report:{platform}:{day}"


class OtherSum(NamedTuple):
    """How many other entries stand on a day, and their sum in cents."""

    entries: int
    cents: int


class _Place(Protocol):
    @property
    def campaign(self) -> Campaign | None: ...


def other_sums(days: Sequence[Day], places: Sequence[_Place], platform: str) -> Mapping[CampaignDay, OtherSum]:
    """Return the sums of other entries on the days of a report."""
    ids = {place.campaign.id for place in places if place.campaign is not None}
    if not ids:
        return {}
    dates = [day.day for day in days]
    found: dict[CampaignDay, OtherSum] = {}
    for entry in _by_hand(ids, min(dates), max(dates), platform):
        before = found.get((entry.campaign_id, entry.spend_date), OtherSum(0, 0))
        cents = int(entry.amount.scaleb(2))
        found[entry.campaign_id, entry.spend_date] = OtherSum(before.entries + 1, before.cents + cents)
    return found


def other_entries_on(wanted: Collection[CampaignDay], platform: str) -> Mapping[CampaignDay, list[SpendRow]]:
    """Return the other entries on campaigns' days, in the order in which they were booked."""
    found: dict[CampaignDay, list[SpendRow]] = defaultdict(list)
    if wanted:
        dates = [day for _, day in wanted]
        asked = set(wanted)
        for entry in _by_hand({campaign_id for campaign_id, _ in wanted}, min(dates), max(dates), platform):
            if (entry.campaign_id, entry.spend_date) in asked:
                found[entry.campaign_id, entry.spend_date].append(entry)
    return found


def _by_hand(campaign_ids: Collection[UUID], first: date, last: date, platform: str) -> Iterator[SpendRow]:
    """Return the entries of campaigns, from one date to another, that did not come from a report."""
    ids, named = sorted(campaign_ids), entry_id(platform, "")
    for at in range(0, len(ids), IDS_AT_A_TIME):
        rows = Spend.objects.filter(
            campaign_id__in=ids[at : at + IDS_AT_A_TIME],
            spend_date__range=(first, last),
            spend_type=SpendType.DAILY,
            imported_by__isnull=True,
        )
        entries = map(SpendRow._make, rows.order_by("pk").values_list(*SpendRow._fields))
        yield from (entry for entry in entries if not entry.external_id.startswith(named))
