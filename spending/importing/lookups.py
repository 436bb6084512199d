"""Finding what a report speaks of: its campaigns, and the entries that an earlier report left."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from campaigns.models import Campaign
from spending.importing.staging import Day
from spending.models import Spend

IDS_AT_A_TIME = 5_000
PAIRS_AT_A_TIME = 10_000


def entry_id(platform: str, day: date | str) -> str:
    """Give the `external_id` that a platform's report gives the entry of a day."""
    return f"report:{platform}:{day}"


class Place(NamedTuple):
    """Which campaign a day is booked on, and the entry that stands there."""

    campaign: Campaign | None
    entry: Spend | None


def campaigns_by_id(brand_id: UUID, platform: str, external_ids: Collection[str]) -> dict[str, list[Campaign]]:
    """Read campaigns by their ids on the platform: where there is a living one it alone, else the archived ones."""
    found: dict[str, list[Campaign]] = defaultdict(list)
    wanted = sorted(external_ids)
    for at in range(0, len(wanted), IDS_AT_A_TIME):
        rows = Campaign.everything.filter(
            brand_id=brand_id, platform=platform, external_id__in=wanted[at : at + IDS_AT_A_TIME]
        )
        for campaign in rows.order_by("-archived_at", "-pk"):
            found[campaign.external_id].append(campaign)
    for external_id, twins in found.items():
        if living := [campaign for campaign in twins if campaign.archived_at is None]:
            found[external_id] = living
    return dict(found)


def entries_of(pairs: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], Spend]:
    """Read entries by campaign and `external_id`."""
    wanted = list(dict.fromkeys(pairs))
    native = connection.features.has_native_uuid_field
    row = "(%s::uuid, %s)" if native else "(%s, %s)"
    table = connection.ops.quote_name(Spend._meta.db_table)
    columns = ", ".join(f"s.{field.column}" for field in Spend._meta.concrete_fields)
    found: dict[tuple[UUID, str], Spend] = {}
    for at in range(0, len(wanted), PAIRS_AT_A_TIME):
        portion = wanted[at : at + PAIRS_AT_A_TIME]
        parameters: list[str] = []
        for campaign_id, external_id in portion:
            parameters += [str(campaign_id) if native else campaign_id.hex, external_id]
        # The condition is spelled as in the partial index, or SQLite would read the campaign's whole ledger.
        query = (
            f"WITH v (campaign_id, external_id) AS (VALUES {', '.join([row] * len(portion))}) "
            f"SELECT {columns} FROM v CROSS JOIN {table} s WHERE s.campaign_id = v.campaign_id "
            "AND s.external_id = v.external_id AND NOT (s.external_id = '')"
        )
        for spend in Spend.objects.raw(query, parameters):
            found[spend.campaign_id, spend.external_id] = spend
    return found


def places_of(days: Collection[Day], platform: str, campaigns: Mapping[str, list[Campaign]]) -> list[tuple[Day, Place]]:
    """Say for each day where it is booked: where several archived campaigns had the id, on the one that has the day."""
    entry_ids = {day.day: entry_id(platform, day.day) for day in days}
    entries = entries_of(
        (campaign.pk, entry_ids[day.day]) for day in days for campaign in campaigns.get(day.external_id, ())
    )
    places = []
    for day in days:
        twins = campaigns.get(day.external_id, ())
        place = Place(twins[0] if twins else None, None)
        for campaign in twins:
            if (entry := entries.get((campaign.pk, entry_ids[day.day]))) is not None:
                place = Place(campaign, entry)
                break
        places.append((day, place))
    return places
