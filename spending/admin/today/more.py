"""Where there are more matters of a kind than the page shows: the list in which they stand."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from campaigns.admin.listing import PERSON
from campaigns.status import NO_WINDOW_BIT, from_bits
from delivery.models import DeliveryState
from spending.reports.today.matter import SEVERITY, MatterKind, MoreOf


@dataclass(frozen=True, slots=True)
class More:
    """More of a kind, and its list."""

    text: str
    url: str


BRANDS, CAMPAIGNS, DELIVERIES = "brands_brand", "campaigns_campaign", "delivery_delivery"

_LISTS: Final[Mapping[MatterKind, tuple[str, str, Mapping[str, str]]]] = {
    MatterKind.DRIFT: ("More totals that drifted", BRANDS, {}),
    MatterKind.STOPPED_ACCOUNT: ("More accounts that are stopped", BRANDS, {}),
    MatterKind.STALE_ACCOUNT: ("More accounts whose costs are old", "delivery_account", {}),
    MatterKind.USED_UP: ("More brands whose budget is used up", BRANDS, {"budget": "used_up"}),
    MatterKind.FAILED_IMPORT: ("More imports that failed", "spending_import", {}),
    MatterKind.RUNS_OUT: ("More brands whose budget runs out early", BRANDS, {"budget": "early"}),
    MatterKind.UNDER_PACE: ("More brands far under pace", BRANDS, {"budget": "under"}),
    MatterKind.NOTHING_ALLOWED: ("More brands with a budget of 0.00", BRANDS, {"budget": "nothing"}),
}
_LISTS_OF_CAMPAIGNS: Final[Mapping[MatterKind, tuple[str, str, Mapping[str, str]]]] = {
    MatterKind.CONTESTED: ("More campaigns for a person to decide", DELIVERIES, {"state": DeliveryState.CONTESTED}),
    MatterKind.DELIVERY_DRIFT: (
        "More campaigns that differ at their platform",
        DELIVERIES,
        {"state": DeliveryState.DRIFTED},
    ),
    MatterKind.USED_UP: ("More campaigns whose budget is used up", CAMPAIGNS, {"budget": "used_up"}),
    MatterKind.RUNS_OUT: ("More campaigns whose budget runs out early", CAMPAIGNS, {"budget": "early"}),
    MatterKind.SILENT: ("More campaigns that are silent", CAMPAIGNS, {"status__exact": "ACTIVE"}),
    MatterKind.NO_ACTIVE_SCHEDULE: (
        "More campaigns without an active schedule",
        CAMPAIGNS,
        {"pause_reason__exact": from_bits(NO_WINDOW_BIT)[0]},
    ),
    MatterKind.UNDER_PACE: ("More campaigns far under pace", CAMPAIGNS, {"budget": "under"}),
    MatterKind.NOTHING_ALLOWED: ("More campaigns with a budget of 0.00", CAMPAIGNS, {"budget": "nothing"}),
    MatterKind.OLD_PAUSE: (
        "More campaigns that were paused long ago",
        CAMPAIGNS,
        {"pause_reason__exact": PERSON},
    ),
}


def more_of(kinds: Collection[MoreOf]) -> Sequence[More]:
    """Return the lists of the kinds of which there are more."""
    known = [one for one in kinds if one.kind in _lists(one)]
    return [_more(one) for one in sorted(known, key=lambda one: (SEVERITY[one.kind], one.of_campaigns))]


def _lists(one: MoreOf) -> Mapping[MatterKind, tuple[str, str, Mapping[str, str]]]:
    return _LISTS_OF_CAMPAIGNS if one.of_campaigns else _LISTS


def _more(one: MoreOf) -> More:
    text, model, filters = _lists(one)[one.kind]
    query = f"?{urlencode({name: str(value) for name, value in filters.items()})}" if filters else ""
    return More(text, f"{reverse(f'admin:{model}_changelist')}{query}")
