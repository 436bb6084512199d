"""What beat does while the demo's days pass: days begin, windows open and close."""

from datetime import datetime, timedelta
from uuid import UUID

from brands.models import Brand
from budget_system.core.actors import Actor
from campaigns.models import Campaign, CampaignStatus
from spending.enforcement.transactions import enforcing_brands

DAY_BEGINS = Actor.task("daily_reset")
DAYPARTING = Actor.task("enforce_dayparting")


def pass_time(brand: Brand, until: datetime) -> set[UUID]:
    """Begin the days and turn the windows that beat would have by then. Return the running campaigns."""
    while True:
        rows = list(
            Campaign.objects.filter(brand=brand)
            .order_by()
            .values_list("pk", "status", "next_transition_at", "brand__day_ends_at")
        )
        running = {pk for pk, status, _, _ in rows if status == CampaignStatus.ACTIVE}
        turns = [at for _, _, at, _ in rows if at is not None]
        # A day at whose beginning nobody waits needs no one to begin it: the next spend does.
        begins = [rows[0][3]] if len(running) < len(rows) else []
        due = min(turns + begins, default=until + timedelta(seconds=1))
        if due > until:
            return running
        with enforcing_brands(brand.pk, now=due, by=DAY_BEGINS if due in begins else DAYPARTING) as gate:
            gate.turn(gate.brand(brand.pk))
