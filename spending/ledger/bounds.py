"""The bound of every total, the same on both databases: what would take one above it is refused by name."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError

from brands.calendar import first_of_month
from brands.models import Brand
from budget_system.core.money import MAX_TOTAL, as_cents, from_cents, to_cents
from campaigns.models import Campaign
from spending.ledger.counting import Entry, Key
from spending.models import BrandTotal, CampaignTotal, Period

SHOWN_BOUND: Final = f"{from_cents(MAX_TOTAL):,.2f}"


class TotalTooLarge(ValidationError):
    """Totals would come above the bound; `existing` holds what they are now, in cents."""

    def __init__(self, sentence: str, existing: Mapping[Key, int]) -> None:
        super().__init__({"amount": sentence})
        self.sentence = sentence
        self.existing = existing


def too_large(model: type[BrandTotal] | type[CampaignTotal], refused: Sequence[tuple[Key, int]]) -> TotalTooLarge:
    """Return the refusal of totals that cannot rise by so many cents, which names the first of them."""
    keys = [key for key, _ in refused]
    owner, owners = ("brand", Brand.everything) if model is BrandTotal else ("campaign", Campaign.everything)
    rows = model.objects.filter(**{f"{owner}__in": {key.owner for key in keys}}, start__in={key.start for key in keys})
    stored = {Key(getattr(row, f"{owner}_id"), row.period, row.start): as_cents(row.amount) for row in rows}
    existing = {key: stored.get(key, 0) for key in keys}
    key, rise = refused[0]
    named = owners.get(pk=key.owner)
    return TotalTooLarge(
        f"“{named}” would come to {from_cents(existing[key] + rise):,.2f} in the {Period(key.period).label} "
        f"{key.start}; no total comes above {SHOWN_BOUND}, so look whether an amount is mistyped.",
        existing,
    )


def rows_above(
    moves: Iterable[tuple[Entry | None, Entry]], brand_of: Mapping[UUID, UUID], error: TotalTooLarge
) -> list[int]:
    """Return the places of the rows that take a total above the bound, each booked after those that do not.

    A row moves totals from what stood there to what it left.
    """
    existing = dict(error.existing)
    blamed = []
    for place, (before, after) in enumerate(moves):
        rises: dict[Key, int] = defaultdict(int)
        for entry, sign in ((before, -1), (after, 1)):
            if entry is not None:
                for key in entry.keys():
                    for owner in (key.owner, brand_of[key.owner]):
                        rises[key._replace(owner=owner)] += sign * to_cents(entry.amount)
        after_it = {key: existing[key] + rise for key, rise in rises.items() if key in existing}
        if any(cents > MAX_TOTAL and rises[key] > 0 for key, cents in after_it.items()):
            blamed.append(place)
        else:
            existing |= after_it
    return blamed


class Headroom:
    """What a brand's months can still take; its other totals are never larger than these."""

    def __init__(self, brand_id: UUID) -> None:
        rows = BrandTotal.objects.filter(brand=brand_id, period=Period.MONTH)
        self._existing = {row.start: as_cents(row.amount) for row in rows}
        self._moved: dict[date, int] = defaultdict(int)

    def take(self, day: date, cents: int) -> bool:
        """Count by how many cents a day moves; return `False`, and count nothing, where it rises above the bound."""
        self.move(day, cents)
        if cents > 0 and self._is_above(month := first_of_month(day)):
            self._moved[month] -= cents
            return False
        return True

    def move(self, day: date, cents: int) -> None:
        """Count by how many cents a day moves, without a check."""
        self._moved[first_of_month(day)] += cents

    def overdrawn(self) -> date | None:
        """Return the first month that all moves together take above the bound."""
        return min(filter(self._is_above, self._moved), default=None)

    def _is_above(self, month: date) -> bool:
        moved = self._moved[month]
        return moved > 0 and self._existing.get(month, 0) + moved > MAX_TOTAL
