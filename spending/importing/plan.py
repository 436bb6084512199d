"""What an import would do: worked out before anything is written, and shown to whoever asks."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path

from brands.access import seen_by
from brands.calendar import local_date
from brands.models import Brand
from budget_system.actors import Actor
from budget_system.errors import NotFound
from budget_system.money import MAX_CENTS, from_cents
from budget_system.texts import shown
from campaigns.models import Campaign
from spending.entries import why_archived
from spending.importing.cells import EXACT, rounded_cents
from spending.importing.columns import Columns, Unit
from spending.importing.lines import collect
from spending.importing.lookups import Place, campaigns_by_id, places_of
from spending.importing.reading import Form, Unreadable, look_at
from spending.importing.requests import Progress, Request
from spending.importing.scales import Scales, refuses
from spending.importing.staging import BadLine, Day, DaySum, Staging, staging
from spending.models import Import

PORTION = 2_000
FIRST_CHANGES = 20


@dataclass(frozen=True, slots=True)
class DayChange:
    """A campaign's day: what is booked, and what would be; the campaign is `None` where it would be created."""

    day: Day
    campaign: Campaign | None
    before: Decimal
    after: Decimal


@dataclass(slots=True)
class Plan:
    """What an import would do."""

    request: Request
    brand: Brand
    form: Form
    unit: Unit
    staged: Staging
    rows: int = 0
    totals: int = 0
    """Lines that only add up others, left out."""
    days: int = 0
    created: int = 0
    replaced: int = 0
    voided: int = 0
    unchanged: int = 0
    new_campaigns: set[str] = field(default_factory=set)
    money_in: Decimal = Decimal(0)
    booked_cents: int = 0
    concerns: list[str] = field(default_factory=list)
    """Why it stops before it writes, unless it is forced."""
    first_changes: list[DayChange] = field(default_factory=list)
    """The first days that would change, for a look."""
    resumed: Import | None = None
    """An import of this very file that was ended in the middle."""
    _fingerprint: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    @property
    def columns(self) -> Columns:
        """Where the columns are."""
        return self.form.columns

    @property
    def bad_lines(self) -> int:
        """How many lines cannot be booked."""
        return self.staged.bad_lines

    @property
    def changed(self) -> int:
        """How many days would change."""
        return self.created + self.replaced + self.voided

    @property
    def money_booked(self) -> Decimal:
        """What the days that are taken in come to in the ledger."""
        return from_cents(self.booked_cents)

    @property
    def rounding(self) -> Decimal:
        """What rounding each day once has left over: money in = money booked + rounding."""
        return EXACT.subtract(self.money_in, self.money_booked)

    def see(self, days: Sequence[Day], places: Sequence[Place]) -> None:
        """Take days that can be booked into the digest, each with where it is booked and what stands there."""
        seen = (
            f"{day.external_id}\n{day.day}\n{place.column}\n{place.entry and place.entry.cents}\n{day.cents}\n"
            for day, place in zip(days, places, strict=True)
        )
        self._fingerprint.update("".join(seen).encode())

    @property
    def digest(self) -> str:
        """Tell this plan from any other: of another file, another request, or on a ledger that has changed."""
        whole = self._fingerprint.copy()
        asked = replace(self.request, path=Path(), force=False)
        whole.update(repr((asked, self.form.sha256, self.unit, self.rows, self.bad_lines, self.concerns)).encode())
        return whole.hexdigest()

    @property
    def refusal(self) -> str | None:
        """Say why nothing may be written, if so."""
        if self.request.strict and self.bad_lines:
            return f"{self.bad_lines} lines are bad, and with --strict nothing is booked then."
        if self.concerns and not self.request.force and self.resumed is None:
            return f"{' '.join(self.concerns)} Nothing was written; after a look, --force does it."
        return None


@contextmanager
def planning(request: Request, *, now: datetime, by: Actor, progress: Progress | None = None) -> Iterator[Plan]:
    """Read a report and work out what it would do.

    Raises `Unreadable` where it cannot be read at all, and `NotFound` where there is no such brand that `by` sees.
    """
    brand = seen_by(Brand.objects.filter(pk=request.brand_id), by.reach).first()
    if brand is None:
        raise NotFound(f"No brand has the id “{request.brand_id}”.")
    form = look_at(request.path, request.platform, request.columns)
    columns = form.columns
    if columns.said_currency is not None and columns.said_currency != brand.currency:
        raise Unreadable(
            f"The column “{columns.named(columns.cost)}” is in {columns.said_currency}; "
            f"“{brand}” spends {brand.currency}."
        )
    with staging() as staged:
        tomorrow = local_date(now, brand.timezone) + timedelta(days=1)
        known = collect(request, form, brand, staged, tomorrow, progress)
        plan = Plan(request, brand, form, known.unit, staged, rows=known.rows, totals=known.totals)
        if columns.says_micros and known.unit != Unit.MICROS:
            plan.concerns.append(f"The name of the column “{columns.named(columns.cost)}” says micros, not units.")
        plan.resumed = _ended_in_the_middle(plan)
        _weigh(plan)
        yield plan


def _ended_in_the_middle(plan: Plan) -> Import | None:
    columns = plan.columns
    return (
        Import.objects.unfinished()
        .filter(
            sha256=plan.form.sha256,
            brand=plan.brand,
            platform=plan.request.platform,
            unit=plan.unit,
            campaign_column=shown(columns.named(columns.campaign)),
            date_column=shown(columns.named(columns.date)),
            cost_column=shown(columns.named(columns.cost)),
        )
        .order_by("at")
        .first()
    )


def _weigh(plan: Plan) -> None:
    """Go through the sums: which of them can be booked, and what that changes."""
    scales, sums = Scales(plan.brand), plan.staged.sums()
    while portion := list(islice(sums, PORTION)):
        weighed = [(one, day) for one in portion if (day := _day(plan, one)) is not None]
        days = [day for _, day in weighed]
        campaigns = campaigns_by_id(plan.brand.pk, plan.request.platform, {day.external_id for day in days})
        places = places_of(days, plan.request.platform, campaigns)
        plan.see(days, places)
        for (one, day), place in zip(weighed, places, strict=True):
            if place.campaign is not None and refuses(place.campaign, place, day):
                plan.staged.refuse(BadLine(one.line, shown(day.external_id), why_archived(place.campaign)))
            else:
                plan.money_in = EXACT.add(plan.money_in, one.amount)
                _take(plan, scales, day, place)
    plan.concerns += scales.concerns()


def _day(plan: Plan, one: DaySum) -> Day | None:
    """Round a sum, once; a day that cannot be booked goes to the bad lines."""
    cents = rounded_cents(one.amount)
    if 0 <= cents <= MAX_CENTS and one.amount >= 0:
        return Day(one.external_id, one.day, cents, one.name)
    reason = f"the day {one.day} of this campaign comes to more than {from_cents(MAX_CENTS)}"
    if one.amount < 0:
        reason = f"the day {one.day} of this campaign comes to less than nothing; a day cannot be negative"
    plan.staged.refuse(BadLine(one.line, shown(f"{one.amount:f}"), reason))
    return None


def _take(plan: Plan, scales: Scales, day: Day, place: Place) -> None:
    """Count a day that can be booked, and keep it where it changes something."""
    cents, entry = day.cents, place.entry
    plan.days += 1
    plan.booked_cents += cents
    if entry is None:
        if not cents:
            plan.unchanged += 1
            return
        plan.created += 1
        if place.campaign is None:
            plan.new_campaigns.add(day.external_id)
    else:
        scales.cents_before += entry.cents
        scales.cents_after += cents
        if (entry.cents, entry.day) == (cents, day.day):
            plan.unchanged += 1
            return
        plan.replaced += cents > 0
        plan.voided += cents == 0
    before = entry.cents if entry else 0
    if cents and cents != before:
        scales.weigh(day, place)
    if cents != before and len(plan.first_changes) < FIRST_CHANGES:
        plan.first_changes.append(DayChange(day, place.campaign, from_cents(before), from_cents(cents)))
    plan.staged.keep(day)
