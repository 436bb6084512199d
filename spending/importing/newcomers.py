"""Campaigns that a report names and the brand has not."""

from collections.abc import Collection, Iterator

from django.core.exceptions import ValidationError

from brands.history import Former
from brands.models import Brand, Change
from budget_system.inputs import clean_name, fold
from campaigns.models import Campaign, Platform
from spending.enforcement import Gate
from spending.importing.staging import Day
from spending.rows import insert_rows


def create_campaigns(gate: Gate, brand: Brand, platform: str, days: Collection[Day]) -> list[Campaign]:
    """Create the campaigns that days speak of, named as the report names them, and have them decided."""
    names = {day.external_id: day.name for day in days}
    taken = set(Campaign.objects.filter(brand=brand).values_list("name_key", flat=True)) if names else set()
    created = []
    for external_id, cell in names.items():
        usual = f"{Platform(platform).label} {external_id}"
        name = next(one for one in _possible_names(cell, usual, external_id) if fold(one) not in taken)
        taken.add(fold(name))
        created.append(
            Campaign(
                brand=brand,
                name=name,
                platform=platform,
                external_id=external_id,
                created_at=gate.now,
                updated_at=gate.now,
            )
        )
    insert_rows(Campaign, created)
    former = Former(gate.now, gate.by, brand.pk)
    insert_rows(Change, [former.created(campaign) for campaign in created])
    for campaign in created:
        gate.touch(campaign, born=True)
    return created


def _possible_names(cell: str, usual: str, external_id: str) -> Iterator[str]:
    """Give names for a campaign until one is free: the report's own, else one made of its id."""
    try:
        name = clean_name(cell)
        yield name
        yield clean_name(f"{name} ({external_id})")
    except ValidationError:
        pass
    yield usual[:250]
    number = 2
    while True:
        yield f"{usual[:240]} ({number})"
        number += 1
