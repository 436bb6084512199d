"""Finding a report's campaigns, and the entries that an earlier report left."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from campaigns.models import Campaign
from spending.imports.plan.keys import is_name
from spending.imports.plan.matching import NameIndex, prefer_living
from spending.imports.plan.other_entries import IDS_AT_A_TIME, entry_id, other_sums
from spending.imports.plan.staging import Day
from spending.ledger.conversions import id_writer
from spending.ledger.existing import Existing, existing_at


class Place(NamedTuple):
    """The campaign on which a day is booked, its id as a column value, and the entry that stands there."""

    campaign: Campaign | None
    column: str
    entry: Existing | None
    others: int = 0
    """How many other entries stand on the day, and what they come to in cents."""
    other_cents: int = 0


NO_PLACE = Place(None, "", None)


def known_ids(brand_id: UUID, platform: str) -> frozenset[str]:
    """Return the ids that a brand's campaigns, archived ones too, have on a platform."""
    rows = Campaign.everything.filter(brand_id=brand_id, platform=platform)
    return frozenset(rows.order_by().values_list("external_id", flat=True))


def campaigns_by_key(brand_id: UUID, platform: str, keys: Collection[str]) -> dict[str, list[Campaign]]:
    """Return the campaigns of some keys: the living one where there is one, else the archived ones."""
    names = [key for key in keys if is_name(key)]
    found = _by_id(brand_id, platform, [key for key in keys if not is_name(key)])
    if names:
        index = NameIndex(brand_id, platform, names)
        found |= {key: campaigns for key in names if (campaigns := index.campaigns(key))}
    return {key: prefer_living(twins) for key, twins in found.items()}


def _by_id(brand_id: UUID, platform: str, external_ids: Collection[str]) -> dict[str, list[Campaign]]:
    found: dict[str, list[Campaign]] = defaultdict(list)
    wanted = sorted(external_ids)
    for at in range(0, len(wanted), IDS_AT_A_TIME):
        rows = Campaign.everything.filter(
            brand_id=brand_id, platform=platform, external_id__in=wanted[at : at + IDS_AT_A_TIME]
        )
        for campaign in rows.order_by("-archived_at", "-pk"):
            found[campaign.external_id].append(campaign)
    return found


def places_of(days: Sequence[Day], platform: str, campaigns: Mapping[str, list[Campaign]]) -> list[Place]:
    """Return for each day where it is booked: of several archived campaigns with the id, on the one that has the
    day.
    """
    written_id = id_writer()
    columns = {key: [(campaign, written_id(campaign.pk)) for campaign in twins] for key, twins in campaigns.items()}
    asked = [
        (place, campaign, column, entry_id(platform, day.day))
        for place, day in enumerate(days)
        for campaign, column in columns.get(day.campaign, ())
    ]
    existing = existing_at([one[2:] for one in asked])
    booked = [NO_PLACE] * len(days)
    for at, (place, campaign, column, _) in enumerate(asked):
        entry = existing.get(at)
        if booked[place].campaign is None or (booked[place].entry is None and entry is not None):
            booked[place] = Place(campaign, column, entry)
    others = other_sums(days, booked, platform)
    for at, found in enumerate(booked) if others else ():
        if found.campaign is not None and (sums := others.get((found.campaign.pk, days[at].day))):
            booked[at] = found._replace(others=sums.entries, other_cents=sums.cents)
    return booked
