"""Totals that differ from the ledger."""

from datetime import datetime

from alerts.models import Alert, AlertKind
from alerts.models.alerts import alert_key
from alerts.sweeps.settling import settle
from brands.models import of_living_brand
from budget_system.core.text import counted
from spending.models import DriftFound


def sweep_drift(*, now: datetime) -> int:
    """Open the alerts of brands whose totals still differ, resolve those of others; return how many changed."""
    found = DriftFound.objects.filter(of_living_brand("brand"), left__gt=0).select_related("brand")
    alerts = {(alert := _alert(one, now)).key: alert for one in found}
    return settle(Alert.objects.open().filter(kind=AlertKind.DRIFT), alerts, now=now)


def _alert(found: DriftFound, now: datetime) -> Alert:
    many = counted(found.left, "total differs", "totals differ")
    return Alert(
        kind=AlertKind.DRIFT,
        brand=found.brand,
        key=alert_key(AlertKind.DRIFT, found.brand_id),
        at=now,
        figures={"totals": found.left, "first": found.text},
        message=f"{many} from the ledger of “{found.brand}”: {found.text}. check_totals --repair mends what it can.",
    )
