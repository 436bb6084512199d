"""Carrying a plan out: portion by portion, each one transaction at the gate.

Every day that is changed is kept with what stood before it, in the same transaction. So a run that is killed leaves
whole portions behind; started again it takes up the same import and goes on where it stopped.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Count, F
from uuid_utils.compat import uuid7

from brands.history import Former
from brands.models import Brand, Change
from budget_system.actors import Actor
from budget_system.errors import ServiceError
from budget_system.inputs import clean_name, fold
from budget_system.money import from_cents
from budget_system.texts import shown
from campaigns.models import Campaign, Platform
from spending.enforcement import Gate, enforcing, starting_over
from spending.importing.lookups import Place, campaigns_by_id, entry_id, places_of
from spending.importing.plan import PORTION, Plan, refuses
from spending.importing.requests import Progress
from spending.importing.staging import BadLine, Day
from spending.models import DayResult, Import, ImportedDay, Spend, SpendType
from spending.rows import insert_rows, load_rows, update_spends
from spending.services import entry_of, why_archived
from spending.totals import Entry

FIRST_BAD_LINES = 20

Clock = Callable[[], datetime]
"""Tells the time: an import may take long, and a day may end meanwhile."""

SPEND_COLUMNS = (
    "id",
    "campaign_id",
    "amount",
    "spend_date",
    "spend_type",
    "description",
    "external_id",
    "imported_by_id",
    "created_at",
    "updated_at",
)
DAY_COLUMNS = ("report_id", "campaign_id", "day", "result", "amount", "former", "undone")


class Refused(ServiceError):
    """The plan must not be carried out as it is; nothing was written."""


def carry_out(plan: Plan, *, clock: Clock, by: Actor, progress: Progress | None = None) -> Import:
    """Book what the plan holds, and give the import's row. Raises `Refused` where the plan says so."""
    if plan.refusal is not None:
        raise Refused(plan.refusal)
    report = plan.resumed or _begun(plan, clock(), by)
    done = late = 0
    for portion in plan.staged.portions(PORTION):
        for bad in _book(report, plan, portion, now=clock(), by=by):
            plan.staged.refuse(bad)
            late += 1
        done += len(portion)
        if progress is not None:
            progress(done, plan.days)
    return _finished(report, plan, clock(), plan.days - late)


def _begun(plan: Plan, now: datetime, by: Actor) -> Import:
    columns = plan.columns
    return Import.objects.create(
        brand=plan.brand,
        platform=plan.request.platform,
        file_name=shown_name(plan.request.path.name),
        sha256=plan.form.sha256,
        campaign_column=shown(columns.named(columns.campaign)),
        date_column=shown(columns.named(columns.date)),
        cost_column=shown(columns.named(columns.cost)),
        unit=plan.unit,
        at=now,
        by=str(by),
        rows=plan.rows,
        bad_lines=plan.bad_lines,
        days=plan.days,
        money_in=f"{plan.money_in:f}",
        money_booked=plan.money_booked,
        rounding=f"{plan.rounding:f}",
    )


def shown_name(name: str) -> str:
    """Give a file's name as it can be kept: a machine may give bytes that no encoding knows."""
    return "".join(char if char.isprintable() else "�" for char in name)[:255]


def _finished(report: Import, plan: Plan, now: datetime, days: int) -> Import:
    """Count what the whole import came to, earlier runs of it included."""
    report.refresh_from_db()
    counts = dict(report.imported_days.order_by().values_list("result").annotate(count=Count("pk")))
    report.created = counts.get(DayResult.CREATED, 0)
    report.replaced = counts.get(DayResult.REPLACED, 0)
    report.voided = counts.get(DayResult.VOIDED, 0)
    report.days = days
    report.unchanged = report.days - report.created - report.replaced - report.voided
    report.bad_lines = plan.bad_lines
    report.first_bad_lines = [[bad.number, bad.cell, bad.reason] for bad in plan.staged.bad(FIRST_BAD_LINES)]
    report.finished_at = now
    report.save(
        update_fields=[
            *("created", "replaced", "voided", "days", "unchanged", "bad_lines", "first_bad_lines", "finished_at")
        ]
    )
    return report


@starting_over
def _book(report: Import, plan: Plan, portion: list[Day], *, now: datetime, by: Actor) -> list[BadLine]:
    """Book one portion; give what turned out bad since it was planned."""
    with enforcing(plan.brand.pk, now=now, by=by) as gate:
        writing = _Portion(gate, gate.brand(plan.brand.pk), report, plan)
        writing.book(portion)
        writing.write()
    return writing.bad


class _Portion:
    """What becomes of a portion of days, as the ledger stands under the lock."""

    def __init__(self, gate: Gate, brand: Brand, report: Import, plan: Plan) -> None:
        self.gate, self.brand, self.report, self.plan = gate, brand, report, plan
        self.former = Former(gate.now, gate.by, brand.pk)
        self.bad: list[BadLine] = []
        self._new: list[tuple[object, ...]] = []
        self._days: list[tuple[object, ...]] = []
        self._changed: list[Spend] = []
        self._gone: list[UUID] = []
        self._history: list[Change] = []
        self._campaigns_created = 0

    def book(self, portion: list[Day]) -> None:
        """Decide what each day comes to."""
        campaigns = campaigns_by_id(self.brand.pk, self.plan.request.platform, {day.external_id for day in portion})
        if self.plan.request.create_campaigns:
            spending = [day for day in portion if day.cents and day.external_id not in campaigns]
            for campaign in self._create(spending):
                campaigns[campaign.external_id] = [campaign]
        self._enter(campaign for twins in campaigns.values() for campaign in twins)
        done = self._done(campaigns, {day.day for day in portion}) if self.plan.resumed else frozenset()
        for day, place in places_of(portion, self.plan.request.platform, campaigns):
            if place.campaign is None:
                if day.cents or not self.plan.request.create_campaigns:
                    self.bad.append(BadLine(0, shown(day.external_id), "the campaign is gone"))
            elif (place.campaign.pk, day.day) not in done:
                self._one(place.campaign, place, day)

    def _enter(self, campaigns: Iterable[Campaign]) -> None:
        """Bring campaigns, read under the brand's lock, to the gate."""
        for campaign in campaigns:
            campaign.brand = self.brand
            self.gate.campaigns[campaign.pk] = campaign
            if campaign.next_transition_at is not None and campaign.next_transition_at <= self.gate.now:
                self.gate.touch(campaign)

    def _done(self, campaigns: dict[str, list[Campaign]], days: Collection[date]) -> frozenset[tuple[UUID, date]]:
        """Name the days that an earlier run of this import has written."""
        ids = [campaign.pk for twins in campaigns.values() for campaign in twins]
        rows = ImportedDay.objects.filter(report=self.report, campaign_id__in=ids, day__in=days)
        return frozenset(rows.order_by().values_list("campaign_id", "day"))

    def _one(self, campaign: Campaign, place: Place, day: Day) -> None:
        amount, entry = from_cents(day.cents), place.entry
        if refuses(campaign, place, day):
            self.bad.append(BadLine(0, shown(day.external_id), why_archived(campaign)))
        elif entry is not None:
            self._restate(campaign, entry, day, amount)
        elif day.cents:
            now, code = self.gate.now, entry_id(self.plan.request.platform, day.day)
            self._new.append(
                (uuid7(), campaign.pk, amount, day.day, SpendType.DAILY.value, "", code, self.report.pk, now, now)
            )
            self.gate.book(campaign, after=Entry(campaign.pk, amount, day.day, SpendType.DAILY))
            self._keep(campaign, day, DayResult.CREATED, amount, None)

    def _restate(self, campaign: Campaign, entry: Spend, day: Day, amount: Decimal) -> None:
        entry.campaign = campaign
        if (entry.amount, entry.spend_date) == (amount, day.day):
            return
        before = self.former.deleted(entry)
        self.gate.book(campaign, before=entry_of(entry))
        if not day.cents:
            self._history.append(before)
            self._gone.append(entry.pk)
            self._keep(campaign, day, DayResult.VOIDED, amount, before.before)
            return
        changes = {"amount": amount, "spend_date": day.day, "imported_by_id": self.report.pk}
        self._history.append(self.former.changed(entry, changes))
        for name, value in {**changes, "updated_at": self.gate.now}.items():
            setattr(entry, name, value)
        self.gate.book(campaign, after=entry_of(entry))
        self._changed.append(entry)
        self._keep(campaign, day, DayResult.REPLACED, amount, before.before)

    def _keep(
        self, campaign: Campaign, day: Day, result: DayResult, amount: Decimal, former: dict[str, object] | None
    ) -> None:
        self._days.append((self.report.pk, campaign.pk, day.day, result.value, amount, former, False))

    def _create(self, days: list[Day]) -> list[Campaign]:
        """Create the campaigns that the report names and the brand has not."""
        names = {day.external_id: day.name for day in days}
        taken = set(Campaign.objects.filter(brand=self.brand).values_list("name_key", flat=True)) if names else set()
        created = []
        for external_id, cell in names.items():
            usual = f"{Platform(self.plan.request.platform).label} {external_id}"
            name = next(one for one in _possible_names(cell, usual, external_id) if fold(one) not in taken)
            taken.add(fold(name))
            campaign = Campaign(
                brand=self.brand,
                name=name,
                platform=self.plan.request.platform,
                external_id=external_id,
                created_at=self.gate.now,
                updated_at=self.gate.now,
            )
            created.append(campaign)
        insert_rows(Campaign, created)
        for campaign in created:
            self.gate.touch(campaign, born=True)
        self._campaigns_created += len(created)
        return created

    def write(self) -> None:
        """Write what was decided; the gate moves the totals when it closes."""
        Spend.objects.filter(pk__in=self._gone).delete()
        load_rows(Spend, SPEND_COLUMNS, self._new)
        update_spends(self._changed)
        insert_rows(Change, self._history)
        load_rows(ImportedDay, DAY_COLUMNS, self._days)
        if self._campaigns_created:
            Import.objects.filter(pk=self.report.pk).update(
                campaigns_created=F("campaigns_created") + self._campaigns_created
            )


def _possible_names(cell: str, usual: str, external_id: str) -> Iterable[str]:
    """Give names for a campaign until one is free: the report's own, else one made of its id."""
    try:
        name = clean_name(cell)
        yield name
        yield clean_name(f"{name} ({external_id})")
    except ValidationError:
        pass
    yield usual[:250]
    number = 2
    while True:
        yield f"{usual[:240]} ({number})"
        number += 1
