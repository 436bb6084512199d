"""Finding what a report speaks of: its campaigns, and the entries that an earlier report left."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from campaigns.models import Campaign
from spending.importing.staging import Day
from spending.standing import Standing, standing_at
from spending.tables import id_writer

IDS_AT_A_TIME = 5_000


@lru_cache(maxsize=8192)
def entry_id(platform: str, day: date | str) -> str:
    """Give the `external_id` that a platform's report gives the entry of a day."""
    return f"report:{platform}:{day}"


class Place(NamedTuple):
    """Which campaign a day is booked on, how columns write its id, and the entry that stands there."""

    campaign: Campaign | None
    column: str
    entry: Standing | None


NOWHERE = Place(None, "", None)


def known_ids(brand_id: UUID, platform: str) -> frozenset[str]:
    """Read the ids that a brand's campaigns, archived ones too, have on a platform."""
    rows = Campaign.everything.filter(brand_id=brand_id, platform=platform)
    return frozenset(rows.order_by().values_list("external_id", flat=True))


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


def places_of(days: Collection[Day], platform: str, campaigns: Mapping[str, list[Campaign]]) -> list[Place]:
    """Say for each day where it is booked: where several archived campaigns had the id, on the one that has the day."""
    written_id = id_writer()
    columns = {
        external_id: [(campaign, written_id(campaign.pk)) for campaign in twins]
        for external_id, twins in campaigns.items()
    }
    asked = [
        (place, campaign, column, entry_id(platform, day.day))
        for place, day in enumerate(days)
        for campaign, column in columns.get(day.external_id, ())
    ]
    standing = standing_at([one[2:] for one in asked])
    booked = [NOWHERE] * len(days)
    for at, (place, campaign, column, _) in enumerate(asked):
        entry = standing.get(at)
        if booked[place].campaign is None or (booked[place].entry is None and entry is not None):
            booked[place] = Place(campaign, column, entry)
    return booked
