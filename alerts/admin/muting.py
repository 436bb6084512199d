"""Muting alerts in the admin, one or many, and taking that back."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import ClassVar, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from alerts.models import Alert
from alerts.services.muting import mute_alert, unmute_alert
from budget_system.admin.changelists import ReadOnlyAdmin
from budget_system.admin.ordering import OrderingAdmin
from budget_system.admin.orders import UNCHANGED, Order, Outcome
from budget_system.admin.permissions import may_write
from budget_system.core.actors import Actor

MUTING: Final = (
    "Nobody is told more of it, and it stays in this list. Once it has ended, it is told anew if it comes back."
)
UNMUTING: Final = (
    "What is still to be told of it is told again; messages that were not written meanwhile are not made up for."
)

INNER_QUOTES: Final = str.maketrans("“”", "‘’")


class MutingAdmin(OrderingAdmin[Alert], ReadOnlyAdmin[Alert]):
    """Alerts that can be muted, and unmuted, by those who may change their brand."""

    actions = ("mute", "unmute")
    actions_detail: ClassVar = ("mute_one", "unmute_one")

    def has_mute_permission(self, request: HttpRequest, obj: Alert | None = None) -> bool:
        """Allow those who may change the brand to mute."""
        return may_write(request, Alert, obj)

    @admin.action(description="Mute…", permissions=["mute"])
    def mute(self, request: HttpRequest, queryset: QuerySet[Alert]) -> HttpResponse | None:
        """Mute the alerts, after asking for a note."""
        return self.order_many(request, queryset, MUTE)

    @admin.action(description="Unmute…", permissions=["mute"])
    def unmute(self, request: HttpRequest, queryset: QuerySet[Alert]) -> HttpResponse | None:
        """Unmute the alerts, after asking for a note."""
        return self.order_many(request, queryset, UNMUTE)

    @action(description="Mute…", url_path="mute", permissions=["mute"])  # type: ignore[untyped-decorator]
    def mute_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation and a note, then mute the alert."""
        return self.order_one(request, object_id, MUTE)

    @action(description="Unmute…", url_path="unmute", permissions=["mute"])  # type: ignore[untyped-decorator]
    def unmute_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation and a note, then have the alert told again."""
        return self.order_one(request, object_id, UNMUTE)

    def pointless_orders(self, row: Alert) -> Collection[str]:
        """Return both for one that has ended, and the one or the other for one that is open."""
        if row.resolved_at is not None:
            return self.actions_detail
        return ("unmute_one",) if row.muted_at is None else ("mute_one",)

    def name_of(self, row: Alert) -> str:
        """Return what it says, with inner quotation marks."""
        return row.message.translate(INNER_QUOTES)


def _would_mute(alerts: Sequence[Alert], now: datetime) -> list[Outcome]:
    return [_outcome(alert, alert.muted_at is None, "muted") for alert in alerts]


def _would_unmute(alerts: Sequence[Alert], now: datetime) -> list[Outcome]:
    return [_outcome(alert, alert.muted_at is not None, "no longer muted") for alert in alerts]


def _outcome(alert: Alert, changes: bool, then: str) -> Outcome:
    if alert.resolved_at is not None:
        return Outcome(UNCHANGED, "no change: it has ended")
    return Outcome(then, then) if changes else Outcome(UNCHANGED, f"no change: it is {then} already")


def _mute(alert: Alert, note: str, now: datetime, by: Actor) -> Alert:
    return mute_alert(alert_id=alert.pk, note=note, now=now, by=by)


def _unmute(alert: Alert, note: str, now: datetime, by: Actor) -> Alert:
    return unmute_alert(alert_id=alert.pk, note=note, now=now, by=by)


MUTE: Final = Order(
    action="mute",
    title="Mute {}",
    button="Mute",
    text=MUTING,
    text_of_one=lambda alert: MUTING,
    preview=_would_mute,
    carry_out=_mute,
    permission="mute",
)
UNMUTE: Final = Order(
    action="unmute",
    title="Unmute {}",
    button="Unmute",
    text=UNMUTING,
    text_of_one=lambda alert: UNMUTING,
    preview=_would_unmute,
    carry_out=_unmute,
    permission="mute",
)
