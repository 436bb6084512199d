"""Uploaded reports that await confirmation: in the database, for their owner only, and not for long.

In the database, because the next request may access another process or machine, and because the file is as private as
the ledger.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Final
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Exists, OuterRef, QuerySet

from budget_system.core.errors import Conflict, NotFound
from spending.imports.files.workbooks import ARCHIVE, unpacked_size
from spending.imports.refusals import Unreadable
from spending.models import JobKind, ReportJob, Upload

RETENTION: Final = timedelta(hours=1)
MAX_PER_USER: Final = 5
"""Uploads of one person; the oldest is deleted when another comes."""
MAX_SHORT_LINES: Final = 5_000
MAX_SHORT_SIZE: Final = 4 * 1024 * 1024
"""Lines and bytes, of a workbook unpacked, that are read, checked and booked within two seconds."""

AT_WORK: Final = "This file is being imported already; look at the list of imports."
GONE: Final = "The file is no longer here: it was imported, or has waited too long. Choose it again."


def store_upload(*, content: bytes, file_name: str, owner: AbstractBaseUser, now: datetime) -> Upload:
    """Store a file for its owner."""
    others = _idle().filter(owner_id=owner.pk).order_by("-at", "pk").values_list("pk", flat=True)
    Upload.objects.filter(pk__in=list(others[MAX_PER_USER - 1 :])).delete()
    digest = hashlib.sha256(content).hexdigest()
    return Upload.objects.create(owner_id=owner.pk, file_name=file_name, sha256=digest, content=content, at=now)


def find_upload(upload_id: UUID, *, owner: AbstractBaseUser, now: datetime) -> Upload:
    """Return a file of an owner. Raise `NotFound` for another's, and where it no longer exists."""
    upload = Upload.objects.filter(pk=upload_id, owner_id=owner.pk, at__gt=now - RETENTION).first()
    if upload is None:
        raise NotFound(GONE)
    return upload


@contextmanager
def as_file(upload: Upload) -> Iterator[Path]:
    """Yield the content as a file for the block, which nobody else can read."""
    with tempfile.TemporaryDirectory(prefix="budget-upload-") as folder:
        path = Path(folder) / "report"
        path.write_bytes(upload.content)
        yield path


def is_long(upload: Upload) -> bool:
    """Return whether to plan or import a file takes more than seconds; one that cannot be opened is soon refused."""
    content = bytes(upload.content)
    if not content.startswith(ARCHIVE):
        return len(content) > MAX_SHORT_SIZE or max(content.count(b"\n"), content.count(b"\r")) > MAX_SHORT_LINES
    try:
        return unpacked_size(BytesIO(content)) > MAX_SHORT_SIZE
    except Unreadable:
        return False


def drop_upload(upload: Upload) -> None:
    """Delete a file that is not wanted after all, and the plans made from it. Raise `Conflict` while it is being
    imported.
    """
    jobs = ReportJob.objects.filter(upload=upload)
    if jobs.live().filter(kind=JobKind.IMPORT).exists():
        raise Conflict(AT_WORK)
    jobs.delete()
    Upload.objects.filter(pk=upload.pk).delete()


def drop_replaced(upload_id: UUID, *, owner: AbstractBaseUser) -> None:
    """Delete a file in whose place its owner sends another, and its plans; one that is being imported stays."""
    if (upload := Upload.objects.filter(pk=upload_id, owner_id=owner.pk).first()) is not None:
        with suppress(Conflict):
            drop_upload(upload)


def purge_uploads(*, now: datetime) -> None:
    """Delete abandoned files; where there are none, nothing is written. Files that wait for the worker stay."""
    old = _idle().filter(at__lte=now - RETENTION)
    if old.exists():
        old.delete()


def _idle() -> "QuerySet[Upload]":
    """Return the files that wait for a person, not for the worker."""
    return Upload.objects.filter(~Exists(ReportJob.objects.live().filter(upload=OuterRef("pk"))))
