"""Holding and releasing brands: what it would do to each, and what it did."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db.models import Count

from brands import services
from brands.admin.panels.state import campaign_counts
from brands.models import Brand
from budget_system.admin.orders import UNCHANGED, Order, OrderMessage, Outcome
from budget_system.core.actors import Actor
from budget_system.core.text import counted
from campaigns.admin.effects import effect_of
from campaigns.models import Campaign
from campaigns.status import MANUAL_BIT

HELD, RELEASED = "held", "released"


def would_hold(brands: Sequence[Brand], now: datetime) -> list[Outcome]:
    """Return what a hold would do to each."""
    counts = campaign_counts(brands)
    return [_hold(brand, counts[brand.pk].running) for brand in brands]


def would_release(brands: Sequence[Brand], now: datetime) -> list[Outcome]:
    """Return what a release would do to each: what nothing but the hold blocks runs."""
    counts, waking = campaign_counts(brands), _blocked_by_the_hold_alone(brands)
    return [_release(brand, waking.get(brand.pk, 0), counts[brand.pk].total) for brand in brands]


def released(before: Sequence[Brand], after: Sequence[Brand], now: datetime) -> list[Outcome]:
    """Return what a release has done."""
    counts = campaign_counts(after)
    return [_release(brand, counts[brand.pk].running, counts[brand.pk].total) for brand in before]


def _hold(brand: Brand, running: int) -> Outcome:
    if brand.is_held:
        return Outcome(UNCHANGED, "no change: it is held already")
    return Outcome(HELD, f"held: {counted(running, 'campaign pauses', 'campaigns pause')}")


def _release(brand: Brand, running: int, campaigns: int) -> Outcome:
    if not brand.is_held:
        return Outcome(UNCHANGED, "no change: it is not held")
    stay = campaigns - running
    more = f", {stay:,} stay{'s' if stay == 1 else ''} paused" if stay else ""
    return Outcome(RELEASED, f"released: {counted(running, 'campaign runs', 'campaigns run')} at once{more}")


def _blocked_by_the_hold_alone(brands: Sequence[Brand]) -> dict[UUID, int]:
    rows = Campaign.objects.filter(brand__in=[brand.pk for brand in brands], blocked=MANUAL_BIT, paused_by_person=False)
    return dict(rows.order_by().values_list("brand_id").annotate(Count("pk")))


def _carry_out_hold(brand: Brand, note: str, now: datetime, by: Actor) -> Brand:
    return services.hold_brand(brand_id=brand.pk, note=note, now=now, by=by)


def _carry_out_release(brand: Brand, note: str, now: datetime, by: Actor) -> Brand:
    return services.release_brand(brand_id=brand.pk, note=note, now=now, by=by)


def _message(what: str, before: Brand, after: Brand, now: datetime, by: Actor) -> OrderMessage:
    return OrderMessage(f"“{before}” {what} {effect_of(now=now, by=by, brand_id=before.pk).said_after()}".rstrip())


HOLDING = "All {} campaigns pause until a person releases the brand. What is wanted of each campaign is kept."
RELEASING = "Every campaign is then as a person had left it, and runs where budgets and hours allow."

HOLD = Order(
    action="hold",
    title="Hold {}",
    button="Hold",
    text=HOLDING.format("their"),
    text_of_one=lambda brand: HOLDING.format("its"),
    preview=would_hold,
    carry_out=_carry_out_hold,
    message_of=partial(_message, "is held; all its campaigns are paused."),
)
RELEASE = Order(
    action="release",
    title="Release {}",
    button="Release",
    text=RELEASING,
    text_of_one=lambda brand: RELEASING,
    preview=would_release,
    carry_out=_carry_out_release,
    outcome=released,
    message_of=partial(_message, "is released; every campaign is as it was."),
)
