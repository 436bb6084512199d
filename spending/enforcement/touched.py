"""What must be decided before the gate closes: of a brand no more than what has happened to it can change."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from brands.models import Brand
from campaigns.models import Campaign, Order
from campaigns.status import ALL_BITS, MANUAL_BIT, MONTH_BIT, stored_with
from spending.enforcement.budget_use import CAPPED
from spending.models import CampaignTotal, Period

CAMPAIGN_BATCH = 5_000  # ids named in one query; SQLite takes 32,766 parameters


class PersonsOrder(NamedTuple):
    """What a person ordered, for a campaign or for a whole brand."""

    brand: Brand
    campaign: Campaign | None
    order: Order
    note: str


class Turn(NamedTuple):
    """What has happened to a brand, as bits of the reasons that it gives its campaigns."""

    begins: int = 0
    """Reasons that the brand gives them from now on."""
    ends: int = 0
    """Reasons that it does not give them, and may have given until now."""
    anew: int = 0
    """Reasons of a day, or a month too, that has begun anew: what was booked ahead counts in it now."""

    def together(self, other: "Turn") -> "Turn":
        """Return both."""
        return Turn(self.begins | other.begins, self.ends | other.ends, self.anew | other.anew)


@dataclass(slots=True)
class Touched:
    """What must be decided before the gate closes."""

    campaigns: dict[UUID, UUID] = field(default_factory=dict)
    """Each with its brand."""
    brands: set[UUID] = field(default_factory=set)
    """Brands of which every campaign must be decided."""
    turns: dict[UUID, Turn] = field(default_factory=dict)
    """Brands of which those campaigns must be decided whose verdict this can change."""
    new_campaigns: set[UUID] = field(default_factory=set)
    orders: list[PersonsOrder] = field(default_factory=list)
    rechecked_brands: set[UUID] = field(default_factory=set)
    """Brands whose thresholds, and those of all their campaigns, are looked at."""
    rechecked_owners: dict[UUID, UUID] = field(default_factory=dict)
    """Brands and campaigns whose own thresholds are looked at, each with its brand."""

    def __bool__(self) -> bool:
        """Return whether anything must be decided, or an order written."""
        return bool(self.campaigns or self.brands or self.turns or self.orders)

    def touch(self, campaign: Campaign) -> None:
        """Add a campaign."""
        self.campaigns[campaign.pk] = campaign.brand_id

    def turn(self, brand_id: UUID, turn: Turn) -> None:
        """Add what has happened to a brand."""
        self.turns[brand_id] = self.turns.get(brand_id, Turn()).together(turn)

    def batches(self) -> Iterator[Q]:
        """Yield conditions that name the campaigns, each once, in batches that a query can take."""
        if self.brands:
            yield Q(brand_id__in=self.brands)
        turns = {pk: turn for pk, turn in self.turns.items() if any(turn) and pk not in self.brands}
        single: dict[UUID | None, list[UUID]] = defaultdict(list)
        for pk, brand_id in sorted(self.campaigns.items()):
            if brand_id not in self.brands:
                single[brand_id if brand_id in turns else None].append(pk)
        others = single.pop(None, [])
        for at in range(0, len(others), CAMPAIGN_BATCH):
            yield Q(pk__in=others[at : at + CAMPAIGN_BATCH])
        for turn in set(turns.values()):
            brands = [pk for pk, other in turns.items() if other == turn]
            named = [pk for brand_id in brands for pk in single[brand_id]]
            if len(named) > CAMPAIGN_BATCH:
                yield Q(brand_id__in=brands)
            else:
                yield Q(brand_id__in=brands) & (can_change(turn) | Q(pk__in=named))


def can_change(turn: Turn) -> Q:
    """Return the condition of the campaigns whose verdict what has happened to their brand can change.

    They are those that are not blocked for a reason that begins; those that are blocked for one that ends, unless a
    person has paused them; and those with caps of their own that have entries in the new day, or month, already.
    """
    condition = Q(pk__in=[])
    if turn.begins:
        condition |= Q(blocked__in=[bits for bits in range(ALL_BITS + 1) if turn.begins & ~bits])
    if rules := turn.ends & ~MANUAL_BIT:
        condition |= _blocked(rules)
    if turn.ends & MANUAL_BIT:
        condition |= _blocked(MANUAL_BIT) & Q(paused_by_person=False)
    if turn.anew:
        begun = Q(period=Period.DAY, start=OuterRef("brand__today"))
        if turn.anew & MONTH_BIT:
            begun |= Q(period=Period.MONTH, start=OuterRef("brand__this_month"))
        condition |= CAPPED & Q(Exists(CampaignTotal.objects.filter(begun, campaign=OuterRef("pk"))))
    return condition


def _blocked(reasons: int) -> Q:
    """Return the condition of the campaigns that are blocked for one of the reasons."""
    return Q(blocked__in=stored_with(reasons))
