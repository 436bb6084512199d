"""Status events in words: what changed, why, what was ordered, by which figures."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from budget_system.admin.indicators import Colour, pill
from budget_system.core.money import money
from campaigns.admin.messages import BRAND_IS_HELD
from campaigns.models import CampaignStatus, Order, PauseReason, StatusEvent

BRAND_ORDERS: Final[Mapping[Order, str]] = {Order.HOLD: "brand held", Order.RELEASE: "brand released"}


def status_change(event: StatusEvent) -> SafeString:
    """Draw what an event changed."""
    if not event.to_status:
        return pill(Colour.GREY, BRAND_ORDERS[Order(event.order)])
    colour = Colour.GREEN if event.to_status == CampaignStatus.ACTIVE else Colour.AMBER
    if event.from_status and event.from_status != event.to_status:
        words = f"{event.get_from_status_display()} → {event.get_to_status_display()}"
    else:
        words = f"{'stays' if event.from_status else 'created'} {event.get_to_status_display()}"
    return pill(colour, words)


def reason_text(event: StatusEvent) -> str:
    """Return the reason of an event, and the others that held."""
    if not event.pause_reason:
        return ""
    first = PauseReason(event.pause_reason)
    shown = BRAND_IS_HELD if first == PauseReason.MANUAL and event.order == Order.HOLD else str(first.label)
    others = [str(reason.label) for reason in event.blocked_by if reason != first]
    return f"{shown}; also {', '.join(others)}" if others else shown


def order_text(event: StatusEvent) -> str:
    """Return what a person ordered, if anything, with the note."""
    order = str(event.get_order_display()) if event.order else ""
    return f"{order}: {event.note}" if event.note else order


def figures_table(event: StatusEvent) -> SafeString:
    """Show the figures on which a decision rests."""
    currency = event.brand.currency
    rows = [
        (
            f"{owner}, {period}",
            *(f"{money(Decimal(figures[name]), currency)} {currency}" for name in ("spent", "budget", "overshoot")),
        )
        for owner, periods in event.figures.items()
        for period, figures in periods.items()
    ]
    context = {
        "columns": ("Budget of", "Spent", "Budget", "Overshoot"),
        "rows": rows,
        "nothing": "No budget limits it.",
    }
    return mark_safe(render_to_string("admin/budget/table.html", context))
