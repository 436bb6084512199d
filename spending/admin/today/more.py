"""Where there are more matters of a kind than the page shows: the list in which they stand."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from campaigns.models import PauseReason
from campaigns.status import NO_WINDOW_BIT, from_bits
from spending.reports.today.matter import SEVERITY, MatterKind


@dataclass(frozen=True, slots=True)
class More:
    """More of a kind, and its list."""

    text: str
    url: str


_LISTS: Final[Mapping[MatterKind, tuple[str, str, Mapping[str, str]]]] = {
    MatterKind.DRIFT: ("More totals that drifted", "brands_brand", {}),
    MatterKind.USED_UP: ("More budgets that are used up", "brands_brand", {}),
    MatterKind.FAILED_IMPORT: ("More imports that failed", "spending_import", {}),
    MatterKind.RUNS_OUT: ("More budgets that run out early", "brands_brand", {}),
    MatterKind.SILENT: ("More campaigns that are silent", "campaigns_campaign", {"status__exact": "ACTIVE"}),
    MatterKind.NO_ACTIVE_SCHEDULE: (
        "More campaigns without an active schedule",
        "campaigns_campaign",
        {"pause_reason__exact": from_bits(NO_WINDOW_BIT)[0]},
    ),
    MatterKind.UNDER_PACE: ("More budgets far under pace", "brands_brand", {}),
    MatterKind.NOTHING_ALLOWED: ("More budgets of 0.00", "brands_brand", {}),
    MatterKind.OLD_PAUSE: (
        "More campaigns that were paused long ago",
        "campaigns_campaign",
        {"pause_reason__exact": PauseReason.MANUAL},
    ),
}


def more_of(kinds: Collection[MatterKind]) -> Sequence[More]:
    """Return the lists of the kinds of which there are more."""
    return [_more(kind) for kind in sorted(kinds, key=SEVERITY.__getitem__) if kind in _LISTS]


def _more(kind: MatterKind) -> More:
    text, model, filters = _LISTS[kind]
    query = f"?{urlencode({name: str(value) for name, value in filters.items()})}" if filters else ""
    return More(text, f"{reverse(f'admin:{model}_changelist')}{query}")
