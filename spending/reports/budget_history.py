"""A brand's budgets of the past: those in force on each day, and what people changed of them and of campaigns' caps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from brands.calendar import Interval, local_date
from brands.models import Brand, Change
from campaigns.models import Campaign

DAILY = "daily_budget"
MONTHLY = "monthly_budget"
_FIELDS = (DAILY, MONTHLY)


@dataclass(frozen=True, slots=True)
class BudgetChange:
    """One change of a budget: of the brand's, or of the cap of the campaign that is named."""

    at: datetime
    by: str
    campaign_id: UUID | None
    field: str
    before: Decimal | None
    after: Decimal | None
    is_first: bool
    """Whether there was none before, because the brand itself was new."""


class BudgetHistory:
    """A brand's budgets from an instant (UTC) on."""

    def __init__(self, brand: Brand, begins: datetime) -> None:
        self._brand = brand
        changes = Change.objects.filter(kind="brand", object_id=brand.pk, brand_id=brand.pk, at__gte=begins)
        self._changes = list(changes.order_by("at", "id"))

    def on(self, field: str, day: date) -> Decimal | None:
        """Return the budget that was in force when a local day, or the month of which it is the last, ended."""
        for change in self._changes:
            if field in change.before and local_date(change.at, self._brand.timezone) > day:
                return _amount(change.before[field])
        budget: Decimal | None = getattr(self._brand, field)
        return budget

    def changes(self, instants: Interval, campaign_ids: "QuerySet[Campaign, UUID]") -> Sequence[BudgetChange]:
        """Return what was changed in these instants, the oldest first, of the brand and of campaigns in it."""
        of_campaigns = Change.objects.filter(
            kind="campaign",
            object_id__in=campaign_ids,
            brand_id=self._brand.pk,
            at__gte=instants.start,
            at__lt=instants.end,
        )
        own = (change for change in self._changes if change.at < instants.end)
        found = [one for change in (*own, *of_campaigns) for one in _budget_changes(change)]
        return sorted(found, key=lambda one: one.at)


def _budget_changes(change: Change) -> Iterator[BudgetChange]:
    before: Mapping[str, Any] = change.before
    after: Mapping[str, Any] = change.after
    campaign_id = None if change.kind == "brand" else change.object_id
    for field in _FIELDS:
        if field not in after:
            continue
        is_first = field not in before
        if is_first and campaign_id is not None and after[field] is None:
            continue  # a new campaign without a cap of its own
        yield BudgetChange(
            change.at, change.by, campaign_id, field, _amount(before.get(field)), _amount(after[field]), is_first
        )


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
