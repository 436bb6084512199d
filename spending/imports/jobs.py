"""Jobs for the worker, as whoever hands them over sees them: stored, listed, cancelled.

The row is the job; a message only says that there is one. So a broker that is down delays it until beat's next minute.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, User
from django.db import transaction
from django.db.models import Q

from brands.access.memberships import writable_rows
from budget_system.core.actors import BrandAccess
from budget_system.core.errors import Conflict, NotFound
from spending.imports.undo.reversals import takes_long
from spending.imports.uploads import AT_WORK, is_long
from spending.models import Import, JobKind, JobState, ReportJob, Upload

MAX_WAITING: Final = 5
"""Jobs of one person that are waiting or running."""
RETENTION: Final = timedelta(days=1)
"""How long a job's outcome can be seen."""

TOO_MANY: Final = (
    f"{MAX_WAITING} of your reports wait for the worker already; when one of them is done, or you have cancelled one, "
    "go on with this."
)


def enqueue_job(
    *,
    kind: JobKind,
    owner: AbstractBaseUser,
    brand_id: UUID,
    now: datetime,
    options: Mapping[str, str] | None = None,
    upload: Upload | None = None,
    report: Import | None = None,
) -> ReportJob:
    """Store a job for the worker, and return it; the same request twice is one job.

    Raise `Conflict` where the same file is being imported, or where too many jobs of the owner are waiting.
    """
    if upload is not None:
        file_name, platform, long = upload.file_name, (options or {}).get("platform", ""), is_long(upload)
    else:
        assert report is not None
        file_name, platform, long = report.file_name, report.platform, takes_long(report)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=owner.pk)  # so that two requests at once do not both find room
        live = ReportJob.objects.live().filter(owner_id=owner.pk)
        if upload is not None:
            if (same := live.filter(upload=upload, kind=JobKind.IMPORT).first()) is not None:
                if kind == JobKind.IMPORT:
                    return same
                raise Conflict(AT_WORK)
            ReportJob.objects.filter(upload=upload).delete()  # plans: one was agreed to, or another is asked for
        elif (same := ReportJob.objects.live().filter(report=report, kind=kind).first()) is not None:
            if same.owner_id == owner.pk:
                return same
            if kind == JobKind.UNDO:
                raise Conflict(f"“{report}” is being undone already.")
        if live.count() >= MAX_WAITING:
            raise Conflict(TOO_MANY)
        return ReportJob.objects.create(
            owner_id=owner.pk,
            brand_id=brand_id,
            kind=kind,
            upload=upload,
            report=report,
            platform=platform,
            file_name=file_name,
            is_long=long,
            options=dict(options or {}),
            at=now,
        )


def record_refusal(*, brand_id: UUID, platform: str, file_name: str, reason: str, now: datetime) -> ReportJob:
    """Record that a report in a folder was refused or failed, in the place of what was recorded of it before.

    `platform` is empty where the folder names none.
    """
    of_file = {"brand_id": brand_id, "platform": platform, "file_name": file_name}
    with transaction.atomic():
        ReportJob.objects.filter(owner=None, **of_file).delete()
        return ReportJob.objects.create(
            **of_file,
            kind=JobKind.IMPORT,
            state=JobState.FAILED,
            report=Import.objects.unfinished().filter(**of_file).first(),  # so that it is not told as broken off too
            answer={"text": reason},
            at=now,
            finished_at=now,
        )


def find_job(job_id: UUID, *, owner: AbstractBaseUser, access: BrandAccess) -> ReportJob:
    """Return a job that its owner may still see. Raise `NotFound` for another's, and where it no longer exists."""
    rows = writable_rows(ReportJob.objects.filter(pk=job_id, owner_id=owner.pk), access)
    job = rows.select_related("brand", "report").first()
    if job is None:
        raise NotFound("There is no such report of yours; it was done, cancelled, or has waited too long.")
    return job


def jobs_of(owner: AbstractBaseUser, access: BrandAccess) -> list[ReportJob]:
    """Return the jobs that a person has started and can still see, the newest first."""
    rows = writable_rows(ReportJob.objects.filter(owner_id=owner.pk), access)
    of_use = ~Q(state=JobState.DONE) | Q(kind=JobKind.PLAN, upload__isnull=False)
    return list(rows.filter(of_use).order_by("-at", "-pk")[: 2 * MAX_WAITING])


def note_seen(job: ReportJob, *, now: datetime) -> None:
    """Record that a job's owner was shown its outcome."""
    if job.seen_at is None:
        ReportJob.objects.filter(pk=job.pk, seen_at=None).update(seen_at=now)


def cancel(job: ReportJob) -> bool:
    """Remove a job that has written nothing, and its file; return `False` where it is about to write, or has."""
    writes = Q(kind__in=(JobKind.IMPORT, JobKind.UNDO))
    with transaction.atomic():
        rows = ReportJob.objects.filter(pk=job.pk)
        # A job that was begun and waits for its next turn has written too.
        gone, _ = rows.exclude(writes & (Q(state=JobState.RUNNING) | ~Q(phase=""))).delete()
        if gone and job.upload_id is not None:
            Upload.objects.filter(pk=job.upload_id).delete()
    return bool(gone)


def purge_jobs(*, now: datetime) -> None:
    """Delete jobs that ended more than a day ago; where there are none, nothing is written."""
    old = ReportJob.objects.filter(finished_at__lte=now - RETENTION)
    if old.exists():
        old.delete()
