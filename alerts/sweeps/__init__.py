"""The kinds of alerts that no transaction gives rise to: they are looked for now and then."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from alerts.models import AlertKind
from alerts.sweeps.drift import sweep_drift
from alerts.sweeps.projections import sweep_projections
from alerts.sweeps.reports import sweep_reports
from alerts.sweeps.silence import sweep_silence

log = logging.getLogger("budget_system.alerts")

SWEEPS: Final[Mapping[AlertKind, Callable[..., int]]] = {
    AlertKind.WILL_EXCEED: sweep_projections,
    AlertKind.SILENT: sweep_silence,
    AlertKind.IMPORT_FAILED: sweep_reports,
    AlertKind.DRIFT: sweep_drift,
}


def sweep_alerts(*, now: datetime) -> dict[str, int]:
    """Open and resolve what is looked for at `now` (UTC); return by kind how many alerts changed.

    Doubled, late and missed runs do no harm; in one that changes nothing, nothing is written.
    """
    return {kind.value: sweep(now=now) for kind, sweep in SWEEPS.items()}
