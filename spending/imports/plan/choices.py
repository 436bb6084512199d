"""What a person chose for a brand's reports of a platform: stored, and used again until somebody chooses otherwise."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from spending.imports.cells.costs import DecimalSign
from spending.imports.cells.dates import DateOrder
from spending.imports.requests import ChosenColumns, MatchBy, OtherEntries, Request
from spending.models import ReportChoice

COLUMNS: Final = ("campaign", "date", "cost")


def chosen_before(brand_id: UUID, platform: str) -> Mapping[str, str]:
    """Return the options chosen for earlier reports, by name; empty where there are none."""
    kept = ReportChoice.objects.filter(brand_id=brand_id, platform=platform).first()
    if kept is None:
        return {}
    names = (*(f"{name}_column" for name in COLUMNS), "match_by", "dates", "decimal", "other_entries")
    return {name: value for name in names if (value := getattr(kept, name))}


def with_earlier_choices(request: Request) -> Request:
    """Return the request with the options chosen before for those it leaves open."""
    if request.usual:
        return request
    kept, columns = dict(chosen_before(request.brand_id, request.platform)), request.columns
    if request.match_by not in (None, kept.get("match_by", MatchBy.ID)):
        kept.pop("campaign_column", None)  # it held the ids, or the names, that are not asked for now
    return replace(
        request,
        columns=ChosenColumns(*(getattr(columns, name) or kept.get(f"{name}_column") for name in COLUMNS)),
        match_by=request.match_by or (MatchBy(kept["match_by"]) if "match_by" in kept else None),
        dates_before=DateOrder(kept["dates"]) if "dates" in kept else None,
        decimal_before=DecimalSign(kept["decimal"]) if "decimal" in kept else None,
        other_entries=request.other_entries
        or (OtherEntries(kept["other_entries"]) if "other_entries" in kept else None),
    )


def keep_choices(request: Request) -> None:
    """Store a request's choices for the next report; an option that asks for the usual way is removed."""
    chosen_now = {f"{name}_column": getattr(request.columns, name) for name in COLUMNS}
    for name in ("match_by", "dates", "decimal", "other_entries"):
        chosen_now[name] = getattr(request, name) and str(getattr(request, name))
    mine = ReportChoice.objects.filter(brand_id=request.brand_id, platform=request.platform)
    if request.usual:
        mine.delete()
    if chosen := {name: value for name, value in chosen_now.items() if value}:
        ReportChoice.objects.update_or_create(brand_id=request.brand_id, platform=request.platform, defaults=chosen)
