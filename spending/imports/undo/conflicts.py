"""What keeps an import from being undone: what has changed since is not what it left."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef

from brands.models import Brand, Change
from budget_system.core.actors import Actor
from budget_system.core.errors import Conflict
from budget_system.core.money import in_currency
from campaigns.models import Campaign
from spending.ledger.entries import SpendRow
from spending.models import DayResult, Import, ImportedDay, Spend


def already_undone(report: Import) -> str:
    """Return the refusal to undo an import again."""
    return f"“{report}” is undone already, by {report.undone_by}."


def require_not_imported_since(days: Sequence[ImportedDay], by: Actor) -> None:
    """Refuse where a later import touched one of the days."""
    later = ImportedDay.objects.filter(
        campaign=OuterRef("campaign"), day=OuterRef("day"), pk__gt=OuterRef("pk"), undone=False
    ).filter(report__platform=OuterRef("report__platform"))
    mine = ImportedDay.objects.filter(pk__in=[day.pk for day in days])
    touched = mine.filter(Exists(later)).select_related("campaign").order_by("day", "pk").first()
    if touched is not None:
        named = _named(touched.campaign, by)
        raise Conflict(f"A later import has changed {named} on {touched.day}; undo that one first.")


def require_same_currency(report: Import) -> None:
    """Refuse to restore amounts in another currency: a brand whose last entry was voided may have got a new one."""
    since = Change.objects.filter(
        kind=Brand._meta.model_name, object_id=report.brand_id, at__gt=report.at, before__has_key="currency"
    )
    former = since.order_by("at", "pk").values_list("before__currency", flat=True).first()
    currency = Brand.everything.values_list("currency", flat=True).get(pk=report.brand_id)
    if former not in (None, currency):
        raise Conflict(f"It voided amounts in {former}, and the brand spends {currency} now; they cannot come back.")


def require_in_brand(campaign: Campaign, report: Import, by: Actor) -> None:
    """Refuse where the campaign has moved to another brand since."""
    if campaign.brand_id != report.brand_id:
        named = _named(campaign, by)
        raise Conflict(f"It booked on {named}, which belongs to another brand now; that cannot come back.")


def require_unchanged(day: ImportedDay, entry: SpendRow | None, campaign: Campaign) -> None:
    """Refuse where the entry is not as the import has left it."""
    if day.result == DayResult.VOIDED:
        untouched = entry is None
    else:
        untouched = entry is not None and (entry.amount, entry.spend_date) == (day.amount, day.day)
    if untouched and entry is not None and not _is_same(entry, day):
        raise Conflict(
            f"“{campaign}” on {day.day} was deleted after the import and booked again; delete it by hand first."
        )
    if not untouched:
        currency = campaign.brand.currency
        left = "nothing" if day.result == DayResult.VOIDED else in_currency(day.amount, currency)
        stands = "nothing" if entry is None else f"{in_currency(entry.amount, currency)} on {entry.spend_date}"
        raise Conflict(
            f"“{campaign}” on {day.day} was corrected after the import, which left {left}, to {stands}; "
            "put that back by hand first."
        )


def require_free_ids(campaign: Campaign, back: Sequence[SpendRow]) -> None:
    """Refuse where an entry that comes back has been booked again, under its own `external_id`, since."""
    ids = [entry.external_id for entry in back if entry.external_id]
    taken = Spend.objects.filter(campaign=campaign, external_id__in=ids).first() if ids else None
    if taken is not None:
        raise Conflict(
            f"“{campaign}” has an entry with the external_id “{taken.external_id}” again, which the report had "
            "replaced; delete it by hand first."
        )


def _named(campaign: Campaign, by: Actor) -> str:
    """Return a campaign's name for a person; after a move its new name may not be visible to them."""
    return f"“{campaign}”" if by.access.sees(campaign.brand_id) else "a campaign that moved away"


def _is_same(entry: SpendRow, day: ImportedDay) -> bool:
    """Return whether an entry is the one that the import wrote, not another that has its name since."""
    was_there = None if day.former is None else day.former["id"]
    return entry.imported_by_id == day.report_id and was_there in (None, str(entry.id))
