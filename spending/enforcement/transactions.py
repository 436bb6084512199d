"""Everything that can change a verdict happens in `enforcing_brands(...)` or `enforcing_campaigns(...)`.

Each is one transaction. It locks the brands concerned, in id order, and nothing else is ever locked before them; the
caller makes its changes at the open gate; at the end the totals move, the facts are read in a constant number of
queries, the verdicts reached, and what changed is written with its events. All of it or nothing.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import transaction

from brands.access.memberships import visible_rows
from budget_system.core.actors import Actor
from budget_system.core.errors import NotFound, unknown_id
from budget_system.core.retry import RowMoved
from campaigns.models import Campaign, CampaignQuerySet
from spending.enforcement.gate import Gate
from spending.enforcement.locking import lock_brands, lock_campaigns


@contextmanager
def enforcing_brands(
    *brand_ids: UUID,
    now: datetime,
    by: Actor,
    campaigns: Collection[UUID] = (),
    skip_locked: bool = False,
    dry_run: bool = False,
) -> Iterator[Gate]:
    """Open the gate with brands locked, and with campaigns of theirs read under that lock.

    `now` is the instant (UTC) of the whole change, `by` its author. A brand that `by` does not see is not in the gate.
    With `skip_locked` the gate holds only the brands that nobody else holds; with `dry_run` everything is decided and
    nothing kept. Raise `Forbidden` where a brand may not be written, and `RowMoved` where a campaign is not, or no
    longer, in one of them: `@retry_on_conflict` around the caller repeats it.
    """
    for brand_id in brand_ids:
        by.require_write(brand_id)
    with transaction.atomic():
        brands = lock_brands([pk for pk in brand_ids if by.access.sees(pk)], skip_locked=skip_locked)
        rows = {row.pk: row for row in Campaign.everything.filter(pk__in=campaigns)} if campaigns else {}
        if any(pk not in rows or rows[pk].brand_id not in brands for pk in campaigns):
            raise RowMoved
        for row in rows.values():
            row.brand = brands[row.brand_id]
        gate = Gate(brands, rows, now, by)
        yield gate
        gate.close()
        if dry_run:
            transaction.set_rollback(True)


@contextmanager
def enforcing_campaigns(*campaign_ids: UUID, now: datetime, by: Actor, living: bool = False) -> Iterator[Gate]:
    """Open the gate with campaigns and their brands locked.

    `now` is the instant (UTC) of the whole change, `by` its author. With `living` an archived campaign does not exist
    for those who may not write. Raise `NotFound` where a campaign does not exist or is not seen, `Forbidden` where it
    is seen and may not be written, and `RowMoved` where it changed its brand while the gate waited:
    `@retry_on_conflict` around the caller repeats it.
    """
    with transaction.atomic():
        brands, rows = lock_campaigns(campaign_ids, by.access)
        if missing := [pk for pk in campaign_ids if pk not in rows]:
            there: CampaignQuerySet = Campaign.objects.all() if living else Campaign.everything.all()
            seen = visible_rows(there.filter(pk__in=missing), by.access).values_list("brand_id", flat=True)
            for brand_id in set(seen):
                by.require_write(brand_id)
            # The caller of several starts over: it reads them again, and says in its own words which one is missing.
            if len(set(campaign_ids)) > 1 or seen:
                raise RowMoved
            raise NotFound(unknown_id("campaign", missing[0]))
        gate = Gate(brands, rows, now, by)
        yield gate
        gate.close()
