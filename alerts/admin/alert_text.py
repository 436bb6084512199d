"""Alerts as people read them."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from alerts.models import Alert, AlertKind
from budget_system.admin.authors import author
from budget_system.admin.indicators import Colour, pill
from budget_system.admin.local_times import clock_text
from budget_system.core.percents import HUNDRED

_RED = frozenset(
    {
        *(AlertKind.WILL_EXCEED, AlertKind.IMPORT_FAILED, AlertKind.DRIFT, AlertKind.DELIVERY_DRIFTED),
        *(AlertKind.CONNECTION_FAILED, AlertKind.STALE),
    }
)


def kind_text(alert: Alert) -> str:
    """Return what an alert is about, as a sentence begins."""
    label = alert.get_kind_display()
    return f"{label[:1].upper()}{label[1:]}"


def state_pill(alert: Alert) -> SafeString:
    """Draw whether an alert still holds, and how grave it is."""
    if alert.resolved_at is not None:
        return pill(Colour.GREY, "ended", f"{clock_text(alert.resolved_at, alert.brand.timezone)}")
    grave = alert.kind in _RED or (alert.threshold is not None and alert.threshold >= HUNDRED)
    return pill(Colour.RED if grave else Colour.AMBER, "open")


def muted_text(alert: Alert) -> str:
    """Return who has muted an alert, and when; empty where nobody has."""
    if alert.muted_at is None:
        return ""
    return f"muted by {author(alert.muted_by)}, {clock_text(alert.muted_at, alert.brand.timezone)}"


def state_cell(alert: Alert) -> SafeString:
    """Draw the state with what stands below it: until when, and who muted it."""
    return _with(alert, muted_text(alert))


def state_line(alert: Alert) -> SafeString:
    """Draw the state, and until when it held."""
    return _with(alert, "")


def _with(alert: Alert, more: str) -> SafeString:
    ended = clock_text(alert.resolved_at, alert.brand.timezone) if alert.resolved_at else ""
    below = "; ".join(filter(None, (ended, more)))
    under = format_html(' <span class="bs-under bs-wraps">{}</span>', below) if below else ""
    return format_html("{}{}", state_pill(alert), under)
