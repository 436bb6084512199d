"""Work on reports, which no request waits for: it waits here for the worker, and then holds the outcome."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from uuid_utils.compat import uuid7

from brands.models import Brand
from campaigns.models import Platform
from spending.models.imports import Import, Upload


class JobKind(models.TextChoices):
    """What is to be done."""

    PLAN = "plan", "work out what a report would do"
    IMPORT = "import", "import a report"
    OUTLOOK = "outlook", "work out what undoing an import would do"
    UNDO = "undo", "undo an import"


class JobState(models.TextChoices):
    """The state of a job."""

    WAITING = "waiting", "waits for the worker"
    RUNNING = "running", "the worker is at it"
    DONE = "done", "done"
    FAILED = "failed", "refused, or failed"


LIVE = (JobState.WAITING, JobState.RUNNING)


class ReportJobQuerySet(models.QuerySet["ReportJob"]):
    """Querysets of jobs."""

    def live(self) -> "ReportJobQuerySet":
        """Keep those that have not ended."""
        return self.filter(state__in=LIVE)

    def failed(self) -> "ReportJobQuerySet":
        """Keep those that were refused or failed, and whose file was not imported since.

        Files of two platforms often have one name; where the platform is not known, any file of the name counts.
        """
        since = Import.objects.filter(
            brand=OuterRef("brand"), file_name=OuterRef("file_name"), finished_at__gt=OuterRef("finished_at")
        )
        unknown, of_platform = Q(platform=""), since.filter(platform=OuterRef("platform"))
        return self.filter((unknown & ~Exists(since)) | (~unknown & ~Exists(of_platform)), state=JobState.FAILED)


AT_WORK_FOR: Final = timedelta(minutes=10)
"""An import or undo that has not ended for so long, and that no worker has, was broken off."""


def broken_off_imports(now: datetime) -> "QuerySet[Import]":
    """Return the imports that are listed and that, or whose undo, ended in the middle and that no failed job tells."""
    unfinished = Q(finished_at=None, undo_began_at=None, at__lt=now - AT_WORK_FOR)
    half_undone = Q(undone_at=None, undo_began_at__lt=now - AT_WORK_FOR)
    jobs = ReportJob.objects.filter(report=OuterRef("pk"))
    live, failed = jobs.live(), jobs.filter(state=JobState.FAILED)
    return Import.objects.listed().filter(unfinished | half_undone).filter(~Exists(live), ~Exists(failed))


class ReportJob(models.Model):
    """One piece of work on a report: whose it is, its state, and its outcome.

    One that was refused in a folder has no owner: nobody waited for it. A worker that takes one writes `claimed_at`,
    and again and again while it is working; a job for which that has not been written for a while belongs to a dead
    worker, and may be taken by another.
    """

    brand_path: ClassVar[str] = "brand"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        help_text="Empty: the report lay in a folder.",
    )
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=JobKind)
    state = models.CharField(max_length=8, choices=JobState, default=JobState.WAITING)
    upload = models.ForeignKey(Upload, on_delete=models.SET_NULL, null=True, related_name="+")
    report = models.ForeignKey(
        Import, on_delete=models.SET_NULL, null=True, related_name="+", help_text="What it undoes, or has begun."
    )
    platform = models.CharField(
        max_length=16, choices=Platform, blank=True, default="", help_text="Empty: it is not known."
    )
    file_name = models.CharField(max_length=255)
    options: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(
        default=dict, help_text="What was chosen in the form, as it would send it again."
    )
    phase = models.CharField(max_length=16, default="")
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often it was taken and not ended in order.")
    answer: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    is_long = models.BooleanField(db_default=False, help_text="Whether it keeps a worker busy for more than seconds.")
    at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True, help_text="When its owner was first shown the outcome.")

    objects = ReportJobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["at"], condition=Q(state__in=LIVE), name="report_job_live"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(owner__isnull=False) | Q(state=JobState.FAILED), name="report_job_to_be_done_has_an_owner"
            ),
            models.UniqueConstraint(fields=["upload"], condition=Q(state__in=LIVE), name="one_live_job_of_an_upload"),
            models.UniqueConstraint(
                fields=["report"],
                condition=Q(state__in=LIVE, kind=JobKind.UNDO),
                name="one_live_undo_of_an_import",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.file_name}"
