"""The kinds of alerts that no transaction gives rise to: they are looked for now and then."""

from datetime import datetime

from alerts.models import AlertKind
from alerts.sweeps.drift import sweep_drift
from alerts.sweeps.projections import sweep_projections
from alerts.sweeps.reports import sweep_reports
from alerts.sweeps.silence import sweep_silence
from alerts.sweeps.turns import brands_in_turn


def sweep_alerts(*, now: datetime) -> dict[str, int]:
    """Open and resolve what is looked for at `now` (UTC); return by kind how many alerts changed.

    Meant for every five minutes; doubled, late and missed runs do no harm. Where nothing changes, nothing is written.
    """
    brands = brands_in_turn(now)
    return {
        AlertKind.WILL_EXCEED.value: sweep_projections(brands, now=now),
        AlertKind.SILENT.value: sweep_silence(brands, now=now),
        AlertKind.IMPORT_FAILED.value: sweep_reports(now=now),
        AlertKind.DRIFT.value: sweep_drift(now=now),
    }
