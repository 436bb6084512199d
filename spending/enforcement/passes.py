"""Working through brands in batches, each in one transaction; a failure of one brand never stops the others."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q

from brands.models import Brand
from budget_system.core.actors import Actor
from budget_system.core.retry import retry_on_conflict
from spending.enforcement.counts import Counts
from spending.enforcement.gate import Gate
from spending.enforcement.transactions import enforcing_brands

log = logging.getLogger("budget_system.sweeps")

MAX_BRANDS, MAX_ROWS = 200, 5_000
"""How many brands a batch has at most, and how many rows they may bring along unless it is one brand."""

Work = Callable[[Gate, Counts], None]
"""What is done with the brands under lock; it counts what the decisions do not show."""

Run = Callable[[list[UUID]], tuple[Counts, list[UUID]]]
"""What does a batch: it returns what that came to, and the brands that it skipped."""

Done = Callable[[Counts], None]
"""What is told of a batch once it is done."""


def campaign_numbers(brand_ids: Collection[UUID] | None = None) -> dict[UUID, int]:
    """Return the number of campaigns of each living brand, or of the chosen ones among them."""
    brands = Brand.objects.all() if brand_ids is None else Brand.objects.filter(pk__in=brand_ids)
    number = Count("campaigns", filter=Q(campaigns__archived_at__isnull=True))
    return dict(brands.order_by().annotate(number=number).values_list("pk", "number"))


def run_for_brands(
    rows: Mapping[UUID, int], work: Work, *, now: datetime, by: Actor, dry_run: bool = False, done: Done | None = None
) -> Counts:
    """Do `work` in the gate for all brands, in batches, each in one transaction.

    `rows` are the brands, each with the number of rows that the work may read of it: a batch holds as many brands as
    keep it short, so that nobody waits long for their locks. What another transaction holds is skipped at first and
    taken at the end, with a wait, so that a busy brand delays nobody and is not forgotten. A batch in which something
    fails is done again brand by brand; a brand that fails alone is logged with its traceback, after its transaction has
    rolled back, and counted in `errors`. Brands that `by` does not see are left out. Raise `Forbidden`, before anything
    is done, for one that `by` may not write.
    """
    counts = Counts()
    waiting = sorted(pk for pk in rows if by.access.sees(pk))
    for brand_id in waiting:
        by.require_write(brand_id)
    for skip_locked in (True, False):
        skipped: list[UUID] = []
        for batch in _batches(waiting, rows):
            run = partial(_in_the_gate, work=work, now=now, by=by, skip_locked=skip_locked, dry_run=dry_run)
            skipped += _work(batch, run, counts, done)
        waiting = skipped
    return counts


def _batches(brand_ids: Iterable[UUID], rows: Mapping[UUID, int]) -> Iterator[list[UUID]]:
    batch: list[UUID] = []
    size = 0
    for brand_id in brand_ids:
        if batch and (len(batch) == MAX_BRANDS or size + rows[brand_id] > MAX_ROWS):
            yield batch
            batch, size = [], 0
        batch.append(brand_id)
        size += rows[brand_id]
    if batch:
        yield batch


def _work(batch: list[UUID], run: Run, counts: Counts, done: Done | None) -> list[UUID]:
    """Do one batch; return the brands that were skipped because somebody else holds them."""
    try:
        came_to, skipped = run(batch)
    except Exception:  # whatever one brand throws must not stop the others
        if connection.in_atomic_block and connection.needs_rollback:
            raise  # the caller's own transaction is broken: nothing more can be done in it
        connection.ensure_connection()  # raises where the database itself is away: no brand can be done
        if len(batch) > 1:
            return [pk for brand_id in batch for pk in _work([brand_id], run, counts, done)]
        fields = {"event": "brand_failed", "brand_id": str(batch[0])}
        log.exception("Brand %s failed; its transaction was rolled back, the others go on", batch[0], extra=fields)
        counts.errors += 1
        return []
    counts.merge(came_to)
    if done is not None:
        done(came_to)
    return skipped


@retry_on_conflict
def _in_the_gate(
    batch: list[UUID], *, work: Work, now: datetime, by: Actor, skip_locked: bool, dry_run: bool
) -> tuple[Counts, list[UUID]]:
    counts = Counts()
    with enforcing_brands(*batch, now=now, by=by, skip_locked=skip_locked, dry_run=dry_run) as gate:
        work(gate, counts)
    counts.add(gate.decisions)
    return counts, [pk for pk in batch if pk not in gate.brands] if skip_locked else []
