"""What must be decided before the gate closes, and of a new day no more than it can change."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from brands.models import Brand
from campaigns.models import Campaign, Order
from campaigns.status import ALL_BITS, MONTH_BIT
from spending.enforcement.budget_use import CAPPED
from spending.models import CampaignTotal, Period

CAMPAIGN_BATCH = 5_000  # ids named in one query; SQLite takes 32,766 parameters


class PersonsOrder(NamedTuple):
    """What a person ordered, for a campaign or for a whole brand."""

    brand: Brand
    campaign: Campaign | None
    order: Order
    note: str


@dataclass(slots=True)
class Touched:
    """What must be decided before the gate closes."""

    campaigns: dict[UUID, UUID] = field(default_factory=dict)
    """Each with its brand."""
    brands: set[UUID] = field(default_factory=set)
    begun: dict[UUID, int] = field(default_factory=dict)
    """Brands whose day, or month too, has begun anew, each with the bits of the reasons that end with it."""
    new_campaigns: set[UUID] = field(default_factory=set)
    orders: list[PersonsOrder] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Return whether anything must be decided, or an order written."""
        return bool(self.campaigns or self.brands or self.begun or self.orders)

    def batches(self) -> Iterator[Q]:
        """Yield conditions that name the campaigns, each once, in batches that a query can take."""
        if self.brands:
            yield Q(brand_id__in=self.brands)
        single: dict[UUID | None, list[UUID]] = defaultdict(list)
        for pk, brand_id in sorted(self.campaigns.items()):
            if brand_id not in self.brands:
                single[brand_id if brand_id in self.begun else None].append(pk)
        others = single.pop(None, [])
        for at in range(0, len(others), CAMPAIGN_BATCH):
            yield Q(pk__in=others[at : at + CAMPAIGN_BATCH])
        for bits in set(self.begun.values()):
            brands = [pk for pk, ending in self.begun.items() if ending == bits and pk not in self.brands]
            named = [pk for brand_id in brands for pk in single[brand_id]]
            if len(named) > CAMPAIGN_BATCH:
                yield Q(brand_id__in=brands)
            elif brands:
                yield Q(brand_id__in=brands) & (can_change(bits) | Q(pk__in=named))


def can_change(ending: int) -> Q:
    """Return the condition of the campaigns of which a new day can change the verdict.

    They are those that are blocked for a reason of the bits `ending`, and those with caps of their own that have
    entries in the new day, or the new month, already. That the brand's own budget is used up as its day begins is for
    the caller to ask.
    """
    held_back = Q(blocked__gt=0, blocked__in=[bits for bits in range(ALL_BITS + 1) if bits & ending])
    begun = Q(period=Period.DAY, start=OuterRef("brand__today"))
    if ending & MONTH_BIT:
        begun |= Q(period=Period.MONTH, start=OuterRef("brand__this_month"))
    booked_ahead = Exists(CampaignTotal.objects.filter(begun, campaign=OuterRef("pk")))
    return held_back | (CAPPED & Q(booked_ahead))
