"""Reading a report and working out what it would do; nothing is written."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from brands.access.memberships import visible_rows
from brands.calendar import local_date
from brands.models import Brand
from budget_system.core.actors import Actor
from budget_system.core.errors import NotFound, ServiceError, unknown_id
from budget_system.core.money import MAX_CENTS, MAX_TOTAL, from_cents
from budget_system.core.text import excerpt
from spending.imports.cells.parsing import EXACT_CONTEXT, rounded_cents
from spending.imports.files.reading import FileForm, inspect_file
from spending.imports.plan.bad_lines import BadLine
from spending.imports.plan.choices import with_earlier_choices
from spending.imports.plan.keys import described
from spending.imports.plan.lines import collect
from spending.imports.plan.lookups import Place, campaigns_by_key, places_of
from spending.imports.plan.plan import BATCH_SIZE, FIRST_CHANGES, DayChange, Plan
from spending.imports.plan.plausibility import Plausibility, bound_fault, takes_no_new_entry
from spending.imports.plan.staging import Day, DaySum, Staging
from spending.imports.platforms import Unit
from spending.imports.refusals import Unreadable
from spending.imports.requests import OtherEntries, Progress, Request
from spending.ledger.bounds import SHOWN_BOUND, Headroom
from spending.ledger.entries import BookingResult, archived_refusal, outcome
from spending.models import Import

DISK_FULL: Final = (
    "The sums of this report found no room in the folder for temporary files; make room there, or set TMPDIR"
)


class DiskFull(ServiceError):
    """The disk for temporary files is full."""


@contextmanager
def planning(request: Request, *, now: datetime, by: Actor, progress: Progress | None = None) -> Iterator[Plan]:
    """Read a report and yield what it would do.

    Raise `Unreadable` where it cannot be read at all, `NotFound` where there is no such brand that `by` sees, and
    `DiskFull`, then or in the block, where the sums of a long report do not fit on the disk.
    """
    brand = visible_rows(Brand.objects.filter(pk=request.brand_id), by.access).first()
    if brand is None:
        raise NotFound(unknown_id("brand", request.brand_id))
    request, form = _read_as_before(request)
    columns = form.columns
    if columns.stated_currencies and brand.currency not in columns.stated_currencies:
        raise Unreadable(
            f"The column “{columns.named(columns.cost)}” is in {' or '.join(sorted(columns.stated_currencies)[:3])}; "
            f"“{brand}” spends {brand.currency}; name the column with the cost in {brand.currency}",
            "cost",
        )
    try:
        with closing(Staging()) as staged:
            tomorrow = local_date(now, brand.timezone) + timedelta(days=1)
            findings = collect(request, form, brand, staged, tomorrow, progress)
            plan = Plan(request, brand, form, findings.unit, staged, findings.rows, findings.totals, findings.no_costs)
            if columns.says_micros and findings.unit != Unit.MICROS:
                plan.concerns.append(f"The name of the column “{columns.named(columns.cost)}” says micros, not units.")
            if findings.looks_like_sum:
                name = excerpt(described(findings.looks_like_sum))
                plan.concerns.append(f"“{name}” cost as much as all others together: it may be a sum, no campaign.")
            plan.resumed = _ended_in_the_middle(plan)
            _check_sums(plan, findings.ambiguous)
            yield plan
    except sqlite3.OperationalError as error:  # of the sums' own file; what Django's databases raise is Django's
        raise DiskFull(f"{DISK_FULL} ({error}).") from error


def _read_as_before(request: Request) -> tuple[Request, FileForm]:
    """Inspect the file with what was chosen for earlier ones, without choices of columns that it does not have."""
    asked = with_earlier_choices(request)
    try:
        return asked, inspect_file(asked)
    except Unreadable:
        if asked.columns == request.columns:
            raise
        asked = replace(asked, columns=request.columns)
        return asked, inspect_file(asked)


def _ended_in_the_middle(plan: Plan) -> Import | None:
    columns = plan.columns
    return (
        Import.objects.unfinished()
        .filter(
            sha256=plan.form.sha256,
            brand=plan.brand,
            platform=plan.request.platform,
            unit=plan.unit,
            match_by=plan.match_by,
            other_entries=plan.request.other_entries or "",
            dates=plan.request.dates or "",
            decimal=plan.request.decimal or "",
            campaign_column=excerpt(columns.named(columns.campaign)),
            date_column=excerpt(columns.named(columns.date)),
            cost_column=excerpt(columns.named(columns.cost)),
        )
        .order_by("at")
        .first()
    )


def _check_sums(plan: Plan, ambiguous: frozenset[str]) -> None:
    """Check each sum: whether it can be booked, and what that changes."""
    plausibility, sums, room = Plausibility(plan.brand), plan.staged.sums(), Headroom(plan.brand.pk)
    while batch := list(islice(sums, BATCH_SIZE)):
        bookable = [(one, day) for one in batch if (day := _rounded_day(plan, one, ambiguous)) is not None]
        days = [day for _, day in bookable]
        campaigns = campaigns_by_key(plan.brand.pk, plan.request.platform, {day.campaign for day in days})
        places = places_of(days, plan.request.platform, campaigns)
        plan.see(days, places)
        for (one, day), place in zip(bookable, places, strict=True):
            if place.campaign is not None and takes_no_new_entry(place.campaign, place, day):
                plan.staged.bad.add(
                    BadLine(one.line, excerpt(described(day.campaign)), archived_refusal(place.campaign))
                )
            elif reason := _too_much(plan, room, day, place):
                plan.staged.bad.add(BadLine(one.line, excerpt(f"{one.amount:f}"), reason))
            else:
                plan.money_in = EXACT_CONTEXT.add(plan.money_in, one.amount)
                _count_in(plan, plausibility, day, place)
    plan.concerns += plausibility.concerns()


def _rounded_day(plan: Plan, one: DaySum, ambiguous: frozenset[str]) -> Day | None:
    """Return a rounded sum; a day that cannot be booked goes to the bad lines."""
    if one.campaign in ambiguous:
        reason = "the report has this name with several ids, or in several accounts"
        plan.staged.bad.add(BadLine(one.line, excerpt(described(one.campaign)), reason))
        return None
    cents = rounded_cents(one.amount, plan.brand.currency)
    if 0 <= cents <= MAX_CENTS and one.amount >= 0:
        return Day(one.campaign, one.day, cents, one.name)
    reason = f"the day {one.day} of this campaign comes to more than {from_cents(MAX_CENTS)}"
    if one.amount < 0:
        reason = (
            f"the day {one.day} of this campaign comes to less than nothing: credits are more than what was spent, and "
            "an entry cannot be negative; book the credit as an adjustment, or against the day that it corrects"
        )
    plan.staged.bad.add(BadLine(one.line, excerpt(f"{one.amount:f}"), reason))
    return None


def _too_much(plan: Plan, room: Headroom, day: Day, place: Place) -> str:
    """Return why a day cannot be booked beside the ledger and the earlier days of the report, if so."""
    if plan.booked_cents + day.cents > MAX_TOTAL:
        return f"the report would come to more than {SHOWN_BOUND} with it; look whether the unit is right"
    return bound_fault(room, day, place, replaces=_replaces(plan, place))


def _replaces(plan: Plan, place: Place) -> bool:
    return plan.request.other_entries == OtherEntries.REPLACE and place.others > 0


def _count_in(plan: Plan, plausibility: Plausibility, day: Day, place: Place) -> None:
    """Count a day that can be booked, and store it where it changes something."""
    cents, entry = day.cents, place.entry
    replaces = _replaces(plan, place)
    plan.days += 1
    plan.booked_cents += cents
    before = (entry.cents if entry else 0) + (place.other_cents if replaces else 0)
    if entry is not None or replaces:
        plausibility.cents_before += before
        plausibility.cents_after += cents
    result = outcome(entry, day.sent).result
    if result == BookingResult.UNCHANGED and not replaces:
        plan.unchanged += 1
        return
    if result == BookingResult.CREATED:
        plan.created += 1
        if place.campaign is None:
            plan.new_campaigns.add(day.campaign)
    else:
        plan.replaced += cents > 0
        plan.voided += cents == 0
    if place.others:
        plan.others.add(day, place, plan.brand.currency)
    if cents and cents != before:
        plausibility.check(day, place)
    if cents != before and len(plan.first_changes) < FIRST_CHANGES:
        stays = 0 if replaces else place.other_cents
        change = DayChange(day, place.campaign, from_cents(before + stays), from_cents(cents + stays))
        plan.first_changes.append(change)
    plan.staged.keep(day)
