"""Each path measured: what is put back before it, the system's way, the raw way, and what must stand after either."""

import cProfile
import pstats
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Final

from django.db import connection

from benchmarks import scale_raw as raw
from benchmarks.scale_data import (
    DAY_BIT,
    HOURS_BIT,
    MADE,
    MIDNIGHT,
    NOW,
    PLENTY,
    TODAY,
    Agency,
    day,
    fill,
    instant,
    run,
)
from brands.models import Brand
from brands.services import change_brand, hold_brand
from budget_system.core.actors import Actor
from campaigns.models import Campaign, StatusEvent
from campaigns.status import PauseReason
from spending.enforcement.counts import Counts
from spending.enforcement.recounts import recount_budgets
from spending.enforcement.sweeps import begin_days, enforce_dayparting, tick

BY: Final = Actor.command("scale")
QUIET: Final = NOW - timedelta(minutes=1)
EDGE: Final = datetime(2026, 3, 11, 17, tzinfo=UTC)

Work = Callable[[], object]


@dataclass(frozen=True)
class Path:
    """One thing that is done: how many rows it changes, and both ways to do it."""

    name: str
    rows: int
    put_back: Work
    ours: Work
    by_hand: Work
    check: Work


def measure(vendor: str, size: Sequence[int], rounds: int, only: Sequence[str], profile: bool) -> None:
    """Fill the database, measure, and print a table."""
    started = time.perf_counter()
    campaigns, due, wake, large = size
    agency = fill(campaigns, due, wake, large)
    print(f"filled in {time.perf_counter() - started:.0f} s\n")
    print("| path | database | campaigns | changed | ms | queries | raw SQL ms | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for path in paths(agency):
        if only and not any(name in path.name for name in only):
            continue
        both: tuple[list[float], list[float]] = ([], [])
        queries = 0
        path.ours()  # the first finds nothing in memory
        path.check()
        path.put_back()
        for _ in range(rounds):
            for times, work in zip(both, (path.ours, path.by_hand), strict=True):
                path.put_back()
                with _counted() as sent:
                    times.append(_timed(work))
                queries = queries or sent[0]
                path.check()
        path.put_back()
        if profile:
            _profile(path.ours)
            path.put_back()
        ours, by_hand = map(median, both)
        print(
            f"| {path.name} | {vendor} | {campaigns:,} | {path.rows:,} | {ours * 1000:,.1f} | {queries} | "
            f"{by_hand * 1000:,.1f} | {ours / by_hand:.1f} |",
            flush=True,
        )


def paths(agency: Agency) -> list[Path]:
    """Return what is measured."""
    large = Brand.objects.get(name=f"Brand {agency.brands}")
    stored_id = str(large.pk) if connection.vendor == "postgresql" else large.pk.hex
    everything = raw.brand_ids()
    return [
        Path(
            "tick, nothing due", 0, _nothing, lambda: _fine(tick(now=QUIET, by=BY)), lambda: raw.tick(QUIET), _nothing
        ),
        Path(
            "dayparting, nothing due",
            0,
            _nothing,
            lambda: _fine(enforce_dayparting(now=QUIET, by=BY)),
            lambda: raw.ids(
                f"SELECT DISTINCT brand_id FROM campaigns_campaign WHERE next_transition_at <= {instant(QUIET)} "
                "AND archived_at IS NULL"
            ),
            _nothing,
        ),
        Path(
            "dayparting",
            agency.due.number,
            close_due,
            lambda: _fine(enforce_dayparting(now=NOW, by=BY)),
            lambda: raw.dayparting(NOW, EDGE),
            lambda: _must(agency.due.number, next_transition_at=EDGE, status="ACTIVE", blocked=0, updated_at=NOW),
        ),
        Path(
            "midnight",
            agency.wake.number,
            end_day,
            lambda: _fine(begin_days(now=MIDNIGHT, by=BY)),
            lambda: raw.midnight(MIDNIGHT),
            lambda: _must(agency.wake.number, updated_at=MIDNIGHT, status="ACTIVE", blocked=0),
        ),
        Path(
            "enforce_budgets, typed",
            0,
            _nothing,
            lambda: _fine(recount_budgets(now=QUIET, by=BY)),
            lambda: raw.decide_everything(everything),
            lambda: _must(0, updated_at=QUIET),
        ),
        Path(
            "hold a brand",
            agency.large,
            lambda: release(stored_id),
            lambda: hold_brand(brand_id=large.pk, now=QUIET, by=BY),
            lambda: raw.hold(stored_id, QUIET),
            lambda: _must(
                agency.large, brand=large, status="PAUSED", pause_reason=PauseReason.MANUAL, updated_at=QUIET
            ),
        ),
        Path(
            "change a budget",
            0,
            lambda: run("UPDATE brands_brand SET daily_budget = %s WHERE id = %s", [PLENTY, stored_id]),
            lambda: change_brand(brand_id=large.pk, values={"daily_budget": Decimal(PLENTY)}, now=QUIET, by=BY),
            lambda: raw.change_budget(stored_id, PLENTY * 100),
            lambda: _must(0, updated_at=QUIET),
        ),
    ]


def _nothing() -> None:
    """Change nothing."""


def _fine(counts: Counts) -> None:
    if counts.errors:
        raise RuntimeError(f"{counts.errors} brands failed")


def _must(number: int, **condition: object) -> None:
    found = Campaign.objects.filter(**condition).count()
    if found != number:
        raise RuntimeError(f"{found} campaigns are {condition}, not {number}")


def forget_events() -> None:
    """Delete all events."""
    run(f"DELETE FROM {StatusEvent._meta.db_table}")


def close_due() -> None:
    """Put what dayparting has opened back to where its windows open now."""
    forget_events()
    run(
        f"UPDATE campaigns_campaign SET status = 'PAUSED', pause_reason = '{PauseReason.OUTSIDE_SCHEDULE}', "
        f"blocked = {HOURS_BIT}, paused_at = {instant(MADE)}, next_transition_at = {instant(NOW)}, "
        f"updated_at = {instant(MADE)} WHERE updated_at = {instant(NOW)}"
    )


def end_day() -> None:
    """Put what was woken at midnight back to where its day ends now."""
    forget_events()
    run(
        f"UPDATE campaigns_campaign SET status = 'PAUSED', pause_reason = '{PauseReason.DAILY_BUDGET_EXCEEDED}', "
        f"blocked = {DAY_BIT}, paused_at = {instant(MADE)}, updated_at = {instant(MADE)} "
        f"WHERE updated_at = {instant(MIDNIGHT)}"
    )
    run(f"UPDATE brands_brand SET today = {day(TODAY)}, day_ends_at = {instant(MIDNIGHT)} WHERE today > {day(TODAY)}")


def release(brand: str) -> None:
    """Put a held brand back to where nobody holds it."""
    forget_events()
    run("UPDATE brands_brand SET is_held = FALSE WHERE id = %s", [brand])
    run(
        "UPDATE campaigns_campaign SET blocked = blocked - 1, "
        "status = CASE blocked WHEN 1 THEN 'ACTIVE' ELSE 'PAUSED' END, "
        f"pause_reason = CASE blocked WHEN 1 THEN NULL ELSE '{PauseReason.OUTSIDE_SCHEDULE}' END, "
        f"paused_at = CASE blocked WHEN 1 THEN NULL ELSE {instant(MADE)} END, updated_at = {instant(MADE)} "
        f"WHERE brand_id = %s AND updated_at = {instant(QUIET)}",
        [brand],
    )


def _timed(work: Work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@contextmanager
def _counted() -> Iterator[list[int]]:
    """Count what is sent to the database, apart from `COPY`."""
    sent = [0]

    def count(
        execute: Callable[..., object], sql: str, params: object, many: bool, context: Mapping[str, object]
    ) -> object:
        sent[0] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield sent


def _profile(work: Work) -> None:
    profile = cProfile.Profile()
    profile.runcall(work)
    pstats.Stats(profile).sort_stats("tottime").print_stats(30)
