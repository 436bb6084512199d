"""Reading a report and working out what it would do; nothing is written."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from brands.access import seen_by
from brands.calendar import local_date
from brands.models import Brand
from budget_system.actors import Actor
from budget_system.errors import NotFound, ServiceError
from budget_system.money import MAX_CENTS, from_cents
from budget_system.texts import shown
from spending.entries import why_archived
from spending.importing.cells import EXACT, rounded_cents
from spending.importing.lines import collect
from spending.importing.lookups import Place, campaigns_by_id, places_of
from spending.importing.plan import FIRST_CHANGES, PORTION, DayChange, Plan
from spending.importing.platforms import Unit
from spending.importing.reading import Unreadable, look_at
from spending.importing.requests import Progress, Request
from spending.importing.scales import Scales, refuses
from spending.importing.staging import BadLine, Day, DaySum, Staging
from spending.models import Import

NO_ROOM: Final = (
    "The sums of this report found no room in the folder for temporary files; make room there, or set TMPDIR"
)


class NoRoom(ServiceError):
    """The disk that takes temporary files is full."""


@contextmanager
def planning(request: Request, *, now: datetime, by: Actor, progress: Progress | None = None) -> Iterator[Plan]:
    """Read a report and work out what it would do.

    Raises `Unreadable` where it cannot be read at all, `NotFound` where there is no such brand that `by` sees, and
    `NoRoom`, then or in the block, where the sums of a long report find no room.
    """
    brand = seen_by(Brand.objects.filter(pk=request.brand_id), by.reach).first()
    if brand is None:
        raise NotFound(f"No brand has the id “{request.brand_id}”.")
    form = look_at(request.path, request.platform, request.columns)
    columns = form.columns
    if columns.said_currency is not None and columns.said_currency != brand.currency:
        raise Unreadable(
            f"The column “{columns.named(columns.cost)}” is in {columns.said_currency}; "
            f"“{brand}” spends {brand.currency}; name the column with the cost in {brand.currency}",
            "cost",
        )
    try:
        with closing(Staging()) as staged:
            tomorrow = local_date(now, brand.timezone) + timedelta(days=1)
            known = collect(request, form, brand, staged, tomorrow, progress)
            plan = Plan(request, brand, form, known.unit, staged, rows=known.rows, totals=known.totals)
            if columns.says_micros and known.unit != Unit.MICROS:
                plan.concerns.append(f"The name of the column “{columns.named(columns.cost)}” says micros, not units.")
            plan.resumed = _ended_in_the_middle(plan)
            _weigh(plan)
            yield plan
    except sqlite3.OperationalError as error:  # of the sums' own file; what Django's databases raise is Django's
        raise NoRoom(f"{NO_ROOM} ({error}).") from error


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
