"""One batch of a plan: what becomes of its days, given the ledger under the lock."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from itertools import chain
from uuid import UUID

from django.db.models import F

from brands.history.recorder import as_json
from brands.models import Brand
from budget_system.core.money import ZERO, from_cents
from budget_system.core.text import excerpt
from campaigns.models import Campaign
from spending.enforcement.gate import Gate
from spending.imports.apply.new_campaigns import create_campaigns
from spending.imports.plan.bad_lines import BadLine
from spending.imports.plan.keys import described, is_name
from spending.imports.plan.lookups import Place, campaigns_by_key, places_of
from spending.imports.plan.matching import remember_names
from spending.imports.plan.other_entries import CampaignDay, entry_id, other_entries_on
from spending.imports.plan.plan import Plan
from spending.imports.plan.plausibility import bound_fault, takes_no_new_entry
from spending.imports.plan.staging import Day
from spending.imports.requests import OtherEntries
from spending.ledger.bounds import Headroom
from spending.ledger.bulk_inserts import CentsColumn, ConstantColumn, NewIdsColumn, load_columns, load_rows
from spending.ledger.counting import DAILY
from spending.ledger.entries import BookingResult, SpendRow, archived_refusal, outcome
from spending.ledger.existing import entries_at
from spending.models import DayResult, Import, ImportedCampaign, ImportedDay, ReplacedEntry, Spend
from spending.recording.batches import EntryBatch

BOOKED_SINCE = "other entries were booked on this day while the report was read; import it again"
DAY_COLUMNS = ("report_id", "campaign_id", "day", "result", "amount", "former", "undone")


class PlanBatch:
    """What becomes of a batch of days, given the ledger under the lock."""

    def __init__(self, gate: Gate, brand: Brand, report: Import, plan: Plan) -> None:
        self.gate, self.brand, self.report, self.plan = gate, brand, report, plan
        gate.report = report.pk
        self.bad: list[BadLine] = []
        self._new: list[tuple[UUID, int, date]] = []
        self._moves: dict[str, tuple[Campaign, dict[date, int]]] = {}
        self._restated: list[tuple[Campaign, str, Day]] = []
        self._days: list[tuple[object, ...]] = []
        self._batch = EntryBatch(gate)
        self._campaigns: list[Campaign] = []
        self._others: Mapping[CampaignDay, list[SpendRow]] = {}
        self._replaced: list[ReplacedEntry] = []
        self._names: list[tuple[Campaign, str]] = []
        self._room = Headroom(brand.pk)

    def book(self, batch: list[Day]) -> None:
        """Decide what becomes of each day."""
        campaigns = campaigns_by_key(self.brand.pk, self.plan.request.platform, {day.campaign for day in batch})
        if self.plan.request.create_campaigns:
            spending = [day for day in batch if day.cents and day.campaign not in campaigns]
            created = create_campaigns(self.gate, self.brand, self.plan.request.platform, spending)
            campaigns.update((key, [campaign]) for key, campaign in created.items())
            self._campaigns += created.values()
        for campaign in chain.from_iterable(campaigns.values()):
            self.gate.enter(campaign, self.brand)
        done = self._done(campaigns, {day.day for day in batch}) if self.plan.resumed else frozenset()
        places = places_of(batch, self.plan.request.platform, campaigns)
        self._find_others(batch, places, done)
        for day, place in zip(batch, places, strict=True):
            if place.campaign is None:
                if day.cents or not self.plan.request.create_campaigns:
                    self.bad.append(BadLine(0, excerpt(described(day.campaign)), "the campaign is gone"))
            elif (place.campaign.pk, day.day) not in done:
                self._one(place.campaign, place, day)
        for campaign, cents_of in self._moves.values():
            self.gate.move_days(campaign, DAILY, cents_of)
        self._restate()
        self._batch.move_totals()

    def _done(self, campaigns: dict[str, list[Campaign]], days: Collection[date]) -> frozenset[tuple[UUID, date]]:
        """Return the days that an earlier run of this import has written."""
        ids = [campaign.pk for twins in campaigns.values() for campaign in twins]
        rows = ImportedDay.objects.filter(report=self.report, campaign_id__in=ids, day__in=days)
        return frozenset(rows.order_by().values_list("campaign_id", "day"))

    def _find_others(self, batch: list[Day], places: list[Place], done: Collection[tuple[UUID, date]]) -> None:
        """Read the entries that the report replaces."""
        if self.plan.request.other_entries == OtherEntries.REPLACE:
            wanted = [
                (place.campaign.pk, day.day)
                for day, place in zip(batch, places, strict=True)
                if place.others and place.campaign is not None and (place.campaign.pk, day.day) not in done
            ]
            self._others = other_entries_on(wanted, self.plan.request.platform)

    def _one(self, campaign: Campaign, place: Place, day: Day) -> None:
        entry = place.entry
        result = outcome(entry, day.sent).result
        differs = result != BookingResult.UNCHANGED
        others = self._others.get((campaign.pk, day.day), ()) if self._others else ()
        if reason := self._why_not(campaign, place, day, differs=differs, replaces=bool(others)):
            self.bad.append(BadLine(0, excerpt(described(day.campaign)), reason))
            return
        if (differs or others) and is_name(day.campaign):
            self._names.append((campaign, day.campaign))
        for other in others:
            self._replace(campaign, day, other)
        if result == BookingResult.CREATED:
            self._new.append((campaign.pk, day.cents, day.day))
            if place.column not in self._moves:
                self._moves[place.column] = campaign, {}
            self._moves[place.column][1][day.day] = day.cents
        elif entry is not None and (differs or others):
            self._restated.append((campaign, place.column, day))
        elif others:
            self._keep(campaign, day, DayResult.VOIDED, ZERO, None)

    def _why_not(self, campaign: Campaign, place: Place, day: Day, *, differs: bool, replaces: bool) -> str:
        """Return why a day cannot be booked, or an empty text."""
        if takes_no_new_entry(campaign, place, day):
            return archived_refusal(campaign)
        if differs and place.others and self.plan.request.other_entries is None:
            return BOOKED_SINCE
        return bound_fault(self._room, day, place, replaces=replaces)

    def _replace(self, campaign: Campaign, day: Day, entry: SpendRow) -> None:
        """Void an entry that the report replaces; it comes back when the import is undone."""
        former = self._batch.void(entry, self.brand.pk).before
        self._replaced.append(ReplacedEntry(report_id=self.report.pk, campaign=campaign, day=day.day, former=former))

    def _restate(self) -> None:
        """Change the entries that stand to what the report says."""
        platform = self.plan.request.platform
        entries = entries_at([(column, entry_id(platform, day.day)) for _, column, day in self._restated])
        for place, (campaign, _, day) in enumerate(self._restated):
            entry = entries[place]
            if not day.cents:
                former = self._batch.void(entry, self.brand.pk).before
                self._keep(campaign, day, DayResult.VOIDED, ZERO, former)
                continue
            said = {"amount": from_cents(day.cents), "spend_date": day.day, "imported_by_id": self.report.pk}
            values = entry._asdict()
            after = SpendRow(**{**values, **said, "updated_at": self.gate.now})
            self._batch.replace(entry, after, said, self.brand.pk)
            self._keep(campaign, day, DayResult.REPLACED, after.amount, as_json(Spend, values))

    def _keep(
        self, campaign: Campaign, day: Day, result: DayResult, amount: Decimal, former: dict[str, object] | None
    ) -> None:
        self._days.append((self.report.pk, campaign.pk, day.day, str(result), amount, former, False))

    def write(self) -> None:
        """Write what was decided; the gate moves the totals when it closes."""
        self._batch.write()
        self._write_new()
        load_rows(ImportedDay, DAY_COLUMNS, self._days)
        ReplacedEntry.objects.bulk_create(self._replaced)
        if self._names:
            remember_names(self._names, self.plan.request.platform, self.report.pk)
        if self._campaigns:
            rows = [(self.report.pk, campaign.pk) for campaign in self._campaigns]
            load_rows(ImportedCampaign, ("report_id", "campaign_id"), rows)
            Import.objects.filter(pk=self.report.pk).update(campaigns_created=F("campaigns_created") + len(rows))

    def _write_new(self) -> None:
        if not self._new:
            return
        campaigns, cents, days = zip(*self._new, strict=True)
        platform, now, report = (
            self.plan.request.platform,
            ConstantColumn(self.gate.now),
            ConstantColumn(self.report.pk),
        )
        load_columns(
            Spend,
            {
                "id": NewIdsColumn(len(self._new)),
                "campaign_id": campaigns,
                "amount": CentsColumn(cents),
                "spend_date": days,
                "spend_type": ConstantColumn(DAILY),
                "description": ConstantColumn(""),
                "external_id": [entry_id(platform, day) for day in days],
                "imported_by_id": report,
                "created_by": ConstantColumn(str(self.gate.by)),
                "created_at": now,
                "updated_at": now,
            },
        )
        load_columns(
            ImportedDay,
            {
                "report_id": report,
                "campaign_id": campaigns,
                "day": days,
                "result": ConstantColumn(DayResult.CREATED.value),
                "amount": CentsColumn(cents),
                "former": ConstantColumn(None),
                "undone": ConstantColumn(value=False),
            },
        )
