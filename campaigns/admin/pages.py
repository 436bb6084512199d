"""A campaign's history of statuses, its bars and links, for its page."""

from datetime import datetime
from decimal import Decimal

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from brands.access.memberships import visible_rows
from brands.models import Brand
from budget_system.admin.indicators import Colour, bar, pill
from budget_system.admin.local_times import local_cell
from budget_system.admin.row_values import attach_value, attached_value
from budget_system.core.actors import BrandAccess
from budget_system.core.money import money
from campaigns.models import Campaign, CampaignStatus, PauseReason, StatusEvent
from spending.reports.figures import Figures, brand_figures

EVENTS_SHOWN = 10


def status_change(event: StatusEvent) -> SafeString:
    """Draw what an event changed."""
    if not event.to_status:
        return pill(Colour.GREY, f"brand: {event.get_order_display()}")
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
    others = [str(reason.label) for reason in event.blocked_by if reason != first]
    return f"{first.label}; also {', '.join(others)}" if others else str(first.label)


def order_text(event: StatusEvent) -> str:
    """Return what a person ordered, if anything, with the note."""
    order = str(event.get_order_display()) if event.order else ""
    return f"{order}: {event.note}" if event.note else order


def last_events(campaign: Campaign, brand: Brand, access: BrandAccess) -> SafeString:
    """List a campaign's last status events that the person may see, with a link to all of them."""
    events = list(visible_rows(StatusEvent.objects.filter(campaign=campaign), access)[: EVENTS_SHOWN + 1])
    rows = [
        (local_cell(event.at, brand.timezone), status_change(event), reason_text(event), order_text(event), event.by)
        for event in events[:EVENTS_SHOWN]
    ]
    everything = f"{reverse('admin:campaigns_statusevent_changelist')}?campaign__id__exact={campaign.pk}"
    context = {
        "columns": ("When", "What", "Why", "Order and note", "By"),
        "rows": rows,
        "nothing": "Its status has never changed.",
        "more": everything if len(events) > EVENTS_SHOWN else "",
        "more_text": "All its status events",
    }
    return mark_safe(render_to_string("admin/budget/table.html", context))


def brand_bars(brand: Brand, *, now: datetime) -> tuple[SafeString, SafeString]:
    """Draw the spend of the budgets that the campaign shares with the others of its brand."""
    figures = attached_value(brand, Figures)
    if figures is None:
        figures = brand_figures([brand], now=now)[brand.pk]
        attach_value(brand, figures)
    return (
        bar(figures.daily_spend, brand.daily_budget, brand.currency),
        bar(figures.monthly_spend, brand.monthly_budget, brand.currency),
    )


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


def links(campaign: Campaign) -> SafeString:
    """Link to what belongs to the campaign."""
    spends = f"{reverse('admin:spending_spend_changelist')}?campaign__id__exact={campaign.pk}"
    events = f"{reverse('admin:campaigns_statusevent_changelist')}?campaign__id__exact={campaign.pk}"
    return format_html(
        '<span class="bs-more"><a href="{}">Spends</a> · <a href="{}">Status events</a></span>', spends, events
    )
