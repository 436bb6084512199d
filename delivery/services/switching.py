"""Switching the delivery of all of a brand's campaigns, with what that means before it is done."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from brands.history.recorder import ChangeRecorder
from brands.models import Brand, Change
from budget_system.core.actors import Actor
from budget_system.core.errors import Precondition
from budget_system.core.retry import retry_on_conflict
from campaigns.models import Campaign, CampaignStatus
from campaigns.validators import lacks_for_delivery
from delivery.models import Delivery
from delivery.switching import BATCH, switch_delivery
from spending.enforcement.transactions import enforcing_brands


class Switched(StrEnum):
    """What becomes of a campaign when the delivery of its brand is switched."""

    SWITCHED = "switched"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SwitchedCampaign:
    """One campaign of a brand whose delivery is switched."""

    campaign: Campaign
    result: Switched
    observed: str
    """What its platform was last seen to do with it; empty: it was not seen yet."""
    reason: str = ""
    """Why it is refused."""

    @property
    def wanted(self) -> CampaignStatus:
        """What its platform is to do with it."""
        return CampaignStatus(self.campaign.status)


@dataclass(frozen=True, slots=True)
class BrandSwitch:
    """What a switch of a brand's delivery does."""

    enabled: bool
    campaigns: Sequence[SwitchedCampaign]

    def count(self, result: Switched) -> int:
        """Return of how many campaigns this becomes."""
        return Counter(one.result for one in self.campaigns)[result]

    def switched(self, wanted: CampaignStatus) -> list[SwitchedCampaign]:
        """Return the campaigns that are switched and have this status."""
        return [one for one in self.campaigns if one.result == Switched.SWITCHED and one.wanted == wanted]


@retry_on_conflict
def switch_brand(
    *,
    brand_id: UUID,
    enabled: bool,
    dry_run: bool = False,
    now: datetime,
    by: Actor,
    check: Precondition[Brand] | None = None,
) -> BrandSwitch:
    """Switch the delivery of each campaign of a brand that has a platform and an id there, at `now` (UTC).

    With `dry_run` nothing is kept. Raise `NotFound`, `Forbidden` where `by` may not write the brand, and what `check`
    raises.
    """
    with enforcing_brands(brand_id, now=now, by=by, dry_run=dry_run) as gate:
        brand = gate.brand(brand_id)
        if check is not None:
            check(brand)
        rows = list(Campaign.objects.filter(brand=brand_id).select_related("brand").order_by("name_key", "id"))
        seen = dict(Delivery.objects.filter(campaign__brand=brand_id).order_by().values_list("campaign", "observed"))
        switch = BrandSwitch(enabled, [_judged(row, enabled, seen.get(row.pk, "")) for row in rows])
        changed = [one.campaign for one in switch.campaigns if one.result == Switched.SWITCHED]
        if not dry_run:
            _switch(changed, enabled, ChangeRecorder(now, by, brand_id))
    return switch


def _judged(campaign: Campaign, enabled: bool, observed: str) -> SwitchedCampaign:
    if campaign.delivery_enabled == enabled:
        return SwitchedCampaign(campaign, Switched.UNCHANGED, observed)
    if enabled and (lacks := lacks_for_delivery(campaign)):
        said = f"It has {' and '.join(f'no {name}' for name in lacks)}."
        return SwitchedCampaign(campaign, Switched.REFUSED, observed, said)
    return SwitchedCampaign(campaign, Switched.SWITCHED, observed)


def _switch(campaigns: Sequence[Campaign], enabled: bool, recorder: ChangeRecorder) -> None:
    for at in range(0, len(campaigns), BATCH):
        batch = campaigns[at : at + BATCH]
        Change.objects.bulk_create(recorder.changed(row, {"delivery_enabled": enabled}) for row in batch)
        Campaign.everything.filter(pk__in=[row.pk for row in batch]).update(
            delivery_enabled=enabled, updated_at=recorder.now
        )
        for row in batch:
            row.delivery_enabled, row.updated_at = enabled, recorder.now
    switch_delivery(campaigns, now=recorder.now)
