"""Muting alerts: nothing more is told of one until it ends, or until somebody takes that back."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from alerts.models import Alert
from brands.access.memberships import visible_rows
from brands.history.recorder import record_change
from budget_system.core.actors import Actor
from budget_system.core.errors import Conflict, NotFound, Precondition, unknown_id
from budget_system.core.retry import retry_on_conflict


@retry_on_conflict
def mute_alert(
    *, alert_id: UUID, note: str = "", now: datetime, by: Actor, check: Precondition[Alert] | None = None
) -> Alert:
    """Send nothing more of an alert until it ends; one that is muted already stays as it is.

    Raise `NotFound`, `Forbidden` where `by` may not write its brand, `Conflict` for one that has ended, and what
    `check` raises.
    """
    with transaction.atomic():
        alert = _locked(alert_id, by, check)
        if alert.muted_at is None:
            _record(alert, {"muted_by": str(by), "muted_at": now, "mute_note": note}, now, by)
    return alert


@retry_on_conflict
def unmute_alert(
    *, alert_id: UUID, note: str = "", now: datetime, by: Actor, check: Precondition[Alert] | None = None
) -> Alert:
    """Send messages of an alert again, as of one that nobody has muted; the note is kept with the change.

    Raise what `mute_alert` raises.
    """
    with transaction.atomic():
        alert = _locked(alert_id, by, check)
        if alert.muted_at is not None:
            _record(alert, {"muted_by": "", "muted_at": None, "mute_note": note}, now, by)
    return alert


def _locked(alert_id: UUID, by: Actor, check: Precondition[Alert] | None) -> Alert:
    alerts = Alert.objects.listed().select_for_update(of=("self",)).filter(pk=alert_id)
    alert = visible_rows(alerts, by.access).first()
    if alert is None:
        raise NotFound(unknown_id("alert", alert_id))
    by.require_write(alert.brand_id)
    if check is not None:
        check(alert)
    if alert.resolved_at is not None:
        raise Conflict("This alert has ended: nothing more is told of it.")
    return alert


def _record(alert: Alert, values: Mapping[str, object], now: datetime, by: Actor) -> None:
    record_change(alert, changes=values, brand_id=alert.brand_id, now=now, by=by)
    alert.save(update_fields=list(values))
