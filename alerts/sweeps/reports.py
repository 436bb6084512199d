"""Reports whose import failed, or was broken off."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid5

from alerts.models import Alert, AlertKind
from alerts.models.alerts import alert_key
from alerts.sweeps.settling import open_new, resolve
from brands.models import of_living_brand
from spending.models import Import, JobKind, ReportJob, broken_off_imports

FORGOTTEN_AFTER: Final = timedelta(days=7)
"""A report that was refused and has not been imported by then will not come any more."""
_JOB: Final = "job"


def sweep_reports(*, now: datetime) -> int:
    """Open the alerts of reports that failed, resolve those of reports that came after all; return how many changed."""
    holding = {alert.key: alert for alert in (*_failed_jobs(now), *_broken_off(now))}
    told = {alert.key: alert for alert in Alert.objects.open().filter(kind=AlertKind.IMPORT_FAILED)}
    gone = [alert for key, alert in told.items() if key not in holding]
    waiting = _still_waited_for([alert for alert in gone if _JOB in alert.figures], now)
    ended = [alert.key for alert in gone if alert.key not in waiting]
    return resolve(ended, now=now) + open_new([alert for key, alert in holding.items() if key not in told], now=now)


def _failed_jobs(now: datetime) -> Iterator[Alert]:
    """Yield an alert for each job that failed and whose file was not imported since."""
    failed = ReportJob.objects.failed().filter(of_living_brand("brand"), kind__in=(JobKind.IMPORT, JobKind.UNDO))
    for job in failed.select_related("brand"):
        what = "Undoing the import of" if job.kind == JobKind.UNDO else "The import of"
        which = f"“{job.file_name}”{f' ({job.get_platform_display()})' if job.platform else ''}"
        yield Alert(
            kind=AlertKind.IMPORT_FAILED,
            brand=job.brand,
            # Of its file, not of the job: what is refused again and again is told once.
            key=alert_key(AlertKind.IMPORT_FAILED, uuid5(job.brand_id, f"{job.platform}/{job.file_name}"), job.kind),
            at=now,
            figures={_JOB: str(job.pk), "file_name": job.file_name, "platform": job.platform},
            message=f"{what} {which} of “{job.brand}” failed: {job.answer.get('text', '')}".rstrip(": "),
        )


def _broken_off(now: datetime) -> Iterator[Alert]:
    """Yield an alert for each import or undo that ended in the middle."""
    for report in broken_off_imports(now).select_related("brand"):
        what = "Undoing the import of" if report.undo_began_at else "The import of"
        yield Alert(
            kind=AlertKind.IMPORT_FAILED,
            brand=report.brand,
            key=alert_key(AlertKind.IMPORT_FAILED, report.brand_id, "import", report.pk, report.undo_began_at or ""),
            at=now,
            figures={"import": str(report.pk), "file_name": report.file_name},
            message=f"{what} “{report.file_name}” of “{report.brand}” was broken off; start it again.",
        )


def _still_waited_for(alerts: list[Alert], now: datetime) -> set[str]:
    """Return the keys of alerts whose job is forgotten by now, and whose file has not been imported since."""
    names = {alert.figures["file_name"] for alert in alerts}
    came = Import.objects.filter(file_name__in=names, finished_at__isnull=False) if names else Import.objects.none()
    since = list(came.values_list("brand_id", "file_name", "platform", "finished_at"))
    living = set(Alert.objects.listed().filter(pk__in=[alert.pk for alert in alerts]).values_list("pk", flat=True))
    return {
        alert.key
        for alert in alerts
        if alert.pk in living
        and now - alert.at < FORGOTTEN_AFTER
        and not any(
            brand == alert.brand_id
            and name == alert.figures["file_name"]
            and alert.figures.get("platform", "") in ("", platform)
            and at is not None
            and at > alert.at
            for brand, name, platform, at in since
        )
    }
