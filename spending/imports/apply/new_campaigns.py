"""Creating the campaigns that a report names and the brand does not have."""

from collections.abc import Collection, Iterator, Mapping

from django.core.exceptions import ValidationError

from brands.history.recorder import ChangeRecorder
from brands.models import Brand, Change
from budget_system.core.validation import clean_name, fold
from campaigns.models import Campaign, Platform
from spending.enforcement.gate import Gate
from spending.imports.plan.keys import account_and_name, is_name
from spending.imports.plan.staging import Day
from spending.ledger.bulk_inserts import insert_rows


def create_campaigns(gate: Gate, brand: Brand, platform: str, days: Collection[Day]) -> Mapping[str, Campaign]:
    """Create the campaigns of some days, named as the report names them, and decide them; return them by their keys."""
    names = {day.campaign: day.name for day in days}
    taken = set(Campaign.objects.filter(brand=brand).values_list("name_key", flat=True)) if names else set()
    created: dict[str, Campaign] = {}
    for key, cell in names.items():
        account, reported = account_and_name(key) if is_name(key) else ("", cell)
        external_id = "" if is_name(key) else key
        usual = f"{Platform(platform).label} {external_id or reported}"
        name = next(one for one in _possible_names(reported, usual, external_id or account) if fold(one) not in taken)
        taken.add(fold(name))
        created[key] = Campaign(
            brand=brand,
            name=name,
            platform=platform,
            external_id=external_id,
            created_at=gate.now,
            updated_at=gate.now,
        )
    campaigns = list(created.values())
    insert_rows(Campaign, campaigns)
    recorder = ChangeRecorder(gate.now, gate.by, brand.pk)
    insert_rows(Change, [recorder.created(campaign) for campaign in campaigns])
    for campaign in campaigns:
        gate.touch(campaign, is_new=True)
    return created


def _possible_names(cell: str, usual: str, told_by: str) -> Iterator[str]:
    """Yield names for a campaign until one is free: the report's own, else one with its id or account."""
    try:
        name = clean_name(cell)
        yield name
        if told_by:
            yield clean_name(f"{name} ({told_by})")
    except ValidationError:
        pass
    yield usual[:250]
    number = 2
    while True:
        yield f"{usual[:240]} ({number})"
        number += 1
