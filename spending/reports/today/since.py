"""What happened since an instant: counted up to a limit, with the names of the latest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from brands.access.memberships import visible_rows
from brands.history.listing import visible_changes
from brands.models import Brand, Change, ChangeAction, of_living_brand
from budget_system.core.actors import BrandAccess
from campaigns.models import Campaign, CampaignStatus, StatusEvent
from spending.models import Import, Reset

_M = TypeVar("_M", bound=Model)

COUNTED: Final = 1_000
"""Rows of a kind that are looked at, the latest first; what is more is not counted."""
NAMED: Final = 3
_READ_FOR_NAMES: Final = 10

PAUSED: Final = Q(to_status=CampaignStatus.PAUSED) & ~Q(from_status=CampaignStatus.PAUSED)
WOKE: Final = Q(from_status=CampaignStatus.PAUSED, to_status=CampaignStatus.ACTIVE)
BUDGETS_CHANGED: Final = Q(action=ChangeAction.CHANGED, kind__in=("brand", "campaign")) & (
    Q(before__has_key="daily_budget") | Q(before__has_key="monthly_budget")
)


@dataclass(frozen=True, slots=True)
class Occurrences:
    """How often something happened, at least where there is more than was counted, and to whom it did last."""

    number: int
    is_more: bool
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Since:
    """What happened since an instant."""

    at: datetime
    paused: Occurrences
    woke: Occurrences
    resets: Occurrences
    imports: Occurrences
    budget_changes: Occurrences

    @property
    def nothing(self) -> bool:
        """Whether nothing happened."""
        return not any(one.number for one in (self.paused, self.woke, self.resets, self.imports, self.budget_changes))


def happened_since(at: datetime, access: BrandAccess) -> Since:
    """Return what happened since an instant (UTC), as far as somebody sees it."""
    resets = visible_rows(Reset.objects.filter(of_living_brand("brand"), at__gt=at), access)
    imports = visible_rows(Import.objects.listed().filter(at__gt=at), access)
    paused, woke = _status_changes(at, access)
    return Since(
        at,
        paused=paused,
        woke=woke,
        resets=_happened(resets, (one.brand.name for one in _latest(resets.select_related("brand")))),
        imports=_happened(imports, (one.file_name for one in _latest(imports))),
        budget_changes=_budget_changes(at, access),
    )


def _status_changes(at: datetime, access: BrandAccess) -> tuple[Occurrences, Occurrences]:
    """Return how many campaigns were paused and woke; of the latest changes, in one query."""
    events = StatusEvent.objects.filter(of_living_brand("brand"), at__gt=at, campaign__isnull=False)
    columns = ("from_status", "to_status", "campaign__name", "campaign__brand_id")
    rows = list(visible_rows(events, access).order_by("-at").values_list(*columns)[: COUNTED + 1])
    is_more = len(rows) > COUNTED
    paused, woke = _changed(rows, CampaignStatus.PAUSED), _changed(rows, CampaignStatus.ACTIVE)

    def happened(changed: Sequence[tuple[str, UUID]]) -> Occurrences:
        return Occurrences(len(changed), is_more, _names(name for name, brand_id in changed if access.sees(brand_id)))

    return happened(paused), happened(woke)


def _changed(rows: Iterable[tuple[str, str, str, UUID]], to: CampaignStatus) -> Sequence[tuple[str, UUID]]:
    """Return the campaigns that came to a status; a new one that runs at once has not woken."""
    return [
        (name, brand_id)
        for before, after, name, brand_id in rows
        if after == to != before and (before or to == CampaignStatus.PAUSED)
    ]


def _budget_changes(at: datetime, access: BrandAccess) -> Occurrences:
    changes = visible_changes(Change.objects.filter(BUDGETS_CHANGED, of_living_brand("brand_id"), at__gt=at), access)
    ids = [change.object_id for change in _latest(changes)]
    brands = visible_rows(Brand.objects.filter(pk__in=ids), access).in_bulk()
    campaigns = visible_rows(Campaign.objects.filter(pk__in=ids), access).in_bulk()
    named = {**brands, **campaigns}
    return _happened(changes, (str(named[pk]) for pk in ids if pk in named))


def _latest(rows: "QuerySet[_M]") -> "QuerySet[_M]":
    return rows.order_by("-at")[:_READ_FOR_NAMES]


def _happened(rows: "QuerySet[_M]", names: Iterable[str]) -> Occurrences:
    number = rows.order_by()[: COUNTED + 1].count()
    return Occurrences(min(number, COUNTED), number > COUNTED, _names(names))


def _names(names: Iterable[str]) -> Sequence[str]:
    return list(dict.fromkeys(names))[:NAMED]
