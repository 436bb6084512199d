"""Working through brands in batches, each in one transaction; a failure of one brand never stops the others."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from budget_system.core.actors import Actor
from budget_system.core.retry import retry_on_conflict
from spending.enforcement.counts import Counts
from spending.enforcement.gate import Gate, enforcing_brands

log = logging.getLogger("budget_system.sweeps")

BATCH_SIZE = 200

Work = Callable[[Gate, Counts], None]
"""What is done with the brands under lock; it counts what the decisions do not show."""


def run_for_brands(
    brand_ids: Iterable[UUID], work: Work, *, now: datetime, by: Actor, dry_run: bool = False, one_by_one: bool = False
) -> Counts:
    """Do `work` in the gate for all brands, up to 200 in a transaction, or each in its own.

    What another transaction holds is skipped at first and taken at the end, with a wait, so that a busy brand delays
    nobody and is not forgotten. A batch in which something fails is done again brand by brand; a brand that fails alone
    is logged with its traceback, after its transaction has rolled back, and counted in `errors`. Brands that `by` does
    not see are left out. Raise `Forbidden`, before anything is done, for one that `by` may not write.
    """
    counts = Counts()
    size = 1 if one_by_one else BATCH_SIZE
    waiting = sorted(pk for pk in set(brand_ids) if by.access.sees(pk))
    for brand_id in waiting:
        by.require_write(brand_id)
    for skip_locked in (True, False):
        skipped: list[UUID] = []
        for at in range(0, len(waiting), size):
            batch = waiting[at : at + size]
            skipped += _work(batch, work, counts, now, by, skip_locked=skip_locked, dry_run=dry_run)
        waiting = skipped
    return counts


def _work(
    batch: list[UUID],
    work: Work,
    counts: Counts,
    now: datetime,
    by: Actor,
    *,
    skip_locked: bool,
    dry_run: bool,
) -> list[UUID]:
    """Do one batch; return the brands that were skipped because somebody else holds them."""
    try:
        done, held = _in_the_gate(batch, work, now, by, skip_locked=skip_locked, dry_run=dry_run)
    except Exception:  # whatever one brand throws must not stop the others
        if connection.in_atomic_block and connection.needs_rollback:
            raise  # the caller's own transaction is broken: nothing more can be done in it
        connection.ensure_connection()  # raises where the database itself is away: no brand can be done
        if len(batch) > 1:
            return [
                pk
                for brand_id in batch
                for pk in _work([brand_id], work, counts, now, by, skip_locked=skip_locked, dry_run=dry_run)
            ]
        fields = {"event": "brand_failed", "brand_id": str(batch[0])}
        log.exception("Brand %s failed; its transaction was rolled back, the others go on", batch[0], extra=fields)
        counts.errors += 1
        return []
    counts.merge(done)
    return [pk for pk in batch if pk not in held] if skip_locked else []


@retry_on_conflict
def _in_the_gate(
    batch: list[UUID], work: Work, now: datetime, by: Actor, *, skip_locked: bool, dry_run: bool
) -> tuple[Counts, set[UUID]]:
    counts = Counts()
    with enforcing_brands(*batch, now=now, by=by, skip_locked=skip_locked, dry_run=dry_run) as gate:
        work(gate, counts)
    counts.add(gate.decisions)
    return counts, set(gate.brands)
