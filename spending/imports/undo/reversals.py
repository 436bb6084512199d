"""What undoing an import does to each day: what stands there now, and what stood before."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from brands.models import Brand, Change
from budget_system.core.actors import Actor
from budget_system.core.errors import Conflict
from budget_system.core.money import ZERO, as_cents, in_currency
from campaigns.models import Campaign
from spending.imports.plan.other_entries import CampaignDay, entry_id
from spending.imports.plan.plan import BATCH_SIZE, FIRST_CHANGES
from spending.imports.requests import OtherEntries
from spending.ledger.bounds import SHOWN_BOUND, Headroom
from spending.ledger.entries import SpendRow
from spending.ledger.existing import entries_of
from spending.models import DayResult, Import, ImportedDay, ReplacedEntry, Spend

MAX_DAYS_AT_ONCE: Final = 2_000
"""Days of an import that are undone within a request; more goes to the worker."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """One day: the entry that stands there, and the one that stood before; `None` where there is none."""

    day: ImportedDay
    campaign: Campaign
    entry: SpendRow | None
    before: SpendRow | None
    replaced: Sequence[SpendRow] = ()
    """Other entries, which made way for the report and come back."""

    @property
    def now(self) -> Decimal:
        """The amount that stands there."""
        return ZERO if self.entry is None else self.entry.amount

    @property
    def then(self) -> Decimal:
        """The amount that stood there before."""
        before = ZERO if self.before is None else self.before.amount
        return sum((entry.amount for entry in self.replaced), before)

    def count(self, room: Headroom) -> None:
        """Count what undoing the day moves."""
        room.move(self.day.day, -as_cents(self.now))
        back = self.replaced if self.before is None else (self.before, *self.replaced)
        for entry in back:
            room.move(entry.spend_date, as_cents(entry.amount))


def days_to_undo(report: Import) -> "QuerySet[ImportedDay]":
    """Return an import's days that are not undone, in the order in which they were written."""
    return report.imported_days.filter(undone=False).order_by("pk")


def days_left(report: Import) -> int:
    """Return the number of an import's days that are not undone."""
    return report.imported_days.filter(undone=False).count()


def takes_long(*reports: Import) -> bool:
    """Return whether undoing all these imports takes too long for a request."""
    return sum(days_left(report) for report in reports if report.undone_at is None) > MAX_DAYS_AT_ONCE


def reversals(report: Import, days: Sequence[ImportedDay], *, now: datetime, by: Actor) -> Iterator[Reversal]:
    """Yield for each day what undoing does to it.

    Raise `Conflict` where a later import or a person has changed a day, or the brand's currency was changed: then what
    stood before is not what should stand now.
    """
    _require_last(days, by)
    replaced = _replaced(report, days, now)
    if replaced or any(day.result == DayResult.VOIDED for day in days):
        _require_currency(report)
    campaigns = {row.pk: row for row in Campaign.everything.filter(pk__in={day.campaign_id for day in days})}
    entries = entries_of((day.campaign_id, entry_id(report.platform, day.day)) for day in days)
    for day in days:
        campaign = campaigns[day.campaign_id]
        entry = entries.get((day.campaign_id, entry_id(report.platform, day.day)))
        if campaign.brand_id != report.brand_id:
            named = _named(campaign, by)
            raise Conflict(f"It booked on {named}, which belongs to another brand now; that cannot come back.")
        _require_untouched(day, entry, campaign)
        back = replaced.get((day.campaign_id, day.day), [])
        _require_free(campaign, back)
        before = None if day.former is None else _restored(day.former, entry, now)
        yield Reversal(day, campaign, entry, before, back)


def all_reversals(report: Import, *, now: datetime, by: Actor) -> Iterator[Reversal]:
    """Yield all days that are not undone, without a lock. Raise `Conflict`."""
    last, room = 0, Headroom(report.brand_id)
    while days := list(days_to_undo(report).filter(pk__gt=last)[:BATCH_SIZE]):
        for one in reversals(report, days, now=now, by=by):
            one.count(room)
            yield one
        if (month := room.overdrawn()) is not None:
            raise Conflict(f"The month {month:%Y-%m} would come to more than {SHOWN_BOUND}, which no total may.")
        last = days[-1].pk


@dataclass(slots=True)
class UndoPreview:
    """What undoing an import would do, or why it is refused."""

    removed: int = 0
    restated: int = 0
    brought_back: int = 0
    replaced: int = 0
    """Other entries that had made way for the report."""
    now: Decimal = ZERO
    then: Decimal = ZERO
    first: list[Reversal] = field(default_factory=list)
    refusal: str = ""

    @property
    def days(self) -> int:
        """How many days would be restored."""
        return self.removed + self.restated + self.brought_back


def preview_undo(report: Import, *, now: datetime, by: Actor) -> UndoPreview:
    """Return what undoing an import would do; nothing is written."""
    undoing = UndoPreview()
    if report.undone_at is not None:
        undoing.refusal = already_undone(report)
        return undoing
    try:
        for one in all_reversals(report, now=now, by=by):
            undoing.now, undoing.then = undoing.now + one.now, undoing.then + one.then
            undoing.removed += one.entry is not None and one.before is None
            undoing.restated += one.entry is not None and one.before is not None
            undoing.brought_back += one.entry is None
            undoing.replaced += len(one.replaced)
            if len(undoing.first) < FIRST_CHANGES:
                undoing.first.append(one)
    except Conflict as error:
        undoing.refusal = error.message
    return undoing


def _replaced(report: Import, days: Sequence[ImportedDay], now: datetime) -> dict[CampaignDay, list[SpendRow]]:
    """Return the entries that the report replaced on some of its days."""
    found: dict[CampaignDay, list[SpendRow]] = defaultdict(list)
    asked = {(day.campaign_id, day.day) for day in days}
    kept = ReplacedEntry.objects.filter(report=report, day__in={day for _, day in asked})
    for row in kept if report.other_entries == OtherEntries.REPLACE else ():
        if (row.campaign_id, row.day) in asked:
            found[row.campaign_id, row.day].append(_restored(row.former, None, now))
    return found


def _require_free(campaign: Campaign, back: Sequence[SpendRow]) -> None:
    """Refuse where an entry that comes back has been booked again, under its own `external_id`, since."""
    ids = [entry.external_id for entry in back if entry.external_id]
    taken = Spend.objects.filter(campaign=campaign, external_id__in=ids).first() if ids else None
    if taken is not None:
        raise Conflict(
            f"“{campaign}” has an entry with the external_id “{taken.external_id}” again, which the report had "
            "replaced; delete it by hand first."
        )


def already_undone(report: Import) -> str:
    """Return the refusal to undo an import again."""
    return f"“{report}” is undone already, by {report.undone_by}."


def _named(campaign: Campaign, by: Actor) -> str:
    """Return a campaign's name for a person; after a move its new name may not be visible to them."""
    return f"“{campaign}”" if by.reach.sees(campaign.brand_id) else "a campaign that moved away"


def _require_last(days: Sequence[ImportedDay], by: Actor) -> None:
    """Refuse where a later import touched one of the days."""
    later = ImportedDay.objects.filter(
        campaign=OuterRef("campaign"), day=OuterRef("day"), pk__gt=OuterRef("pk"), undone=False
    ).filter(report__platform=OuterRef("report__platform"))
    mine = ImportedDay.objects.filter(pk__in=[day.pk for day in days])
    touched = mine.filter(Exists(later)).select_related("campaign").order_by("day", "pk").first()
    if touched is not None:
        named = _named(touched.campaign, by)
        raise Conflict(f"A later import has changed {named} on {touched.day}; undo that one first.")


def _require_currency(report: Import) -> None:
    """Refuse to restore amounts in another currency: a brand whose last entry was voided may have got a new one."""
    since = Change.objects.filter(
        kind=Brand._meta.model_name, object_id=report.brand_id, at__gt=report.at, before__has_key="currency"
    )
    former = since.order_by("at", "pk").values_list("before__currency", flat=True).first()
    currency = Brand.everything.values_list("currency", flat=True).get(pk=report.brand_id)
    if former not in (None, currency):
        raise Conflict(f"It voided amounts in {former}, and the brand spends {currency} now; they cannot come back.")


def _require_untouched(day: ImportedDay, entry: SpendRow | None, campaign: Campaign) -> None:
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


def _is_same(entry: SpendRow, day: ImportedDay) -> bool:
    """Return whether an entry is the one that the import wrote, not another that has its name since."""
    was_there = None if day.former is None else day.former["id"]
    return entry.imported_by_id == day.report_id and was_there in (None, str(entry.id))


def _restored(former: dict[str, object], entry: SpendRow | None, now: datetime) -> SpendRow:
    """Return the entry as it stood before, but with the type and description that a person has given it since."""
    imported_by = former.get("imported_by")
    before = SpendRow(
        id=UUID(str(former["id"])),
        campaign_id=UUID(str(former["campaign"])),
        amount=Decimal(str(former["amount"])),
        spend_date=date.fromisoformat(str(former["spend_date"])),
        spend_type=str(former["spend_type"]),
        description=str(former["description"]),
        external_id=str(former["external_id"]),
        imported_by_id=UUID(str(imported_by)) if imported_by else None,
        created_by=str(former.get("created_by", "")),
        created_at=datetime.fromisoformat(str(former["created_at"])),
        updated_at=datetime.fromisoformat(str(former["updated_at"])),
    )
    if entry is not None and (entry.spend_type, entry.description) != (before.spend_type, before.description):
        return before._replace(spend_type=entry.spend_type, description=entry.description, updated_at=now)
    return before
