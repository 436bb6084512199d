"""What is stored of the response to a call with an `Idempotency-Key`: the whole, or, of a large one, a record of it.

That a key was used is never forgotten to save space: only the body of its response is.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from django.db.models import F
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from tasks.models import IdempotencyUsage

MAX_BYTES: Final = 512 * 1024
"""Bytes above which a response is not stored; 1,000 spends of ordinary length have 400,000."""

QUOTA: Final = 20 * 1024 * 1024
"""Bytes of responses that are stored for a caller in an hour, such as those to 50 calls with 1,000 spends each."""

ALWAYS_STORED_BYTES: Final = 1024
"""Bytes up to which a response is stored regardless of the quota: its record would be hardly shorter. Most are."""

ALREADY_REPORTED: Final = 208
"""*Already Reported*: the call was carried out, and answered in full before."""


class IdempotentView(Protocol):
    """A view whose responses can be repeated."""

    @property
    def collection(self) -> str:
        """Return the address of the list of what the view creates."""

    def owners_of(self, body: object) -> list[str]:
        """Return the ids by which `may_repeat` knows whose a response is."""

    def may_repeat(self, owners: Sequence[UUID]) -> bool:
        """Return whether the caller may still write what a response is about, which belongs to its owners."""


class StoredResponse(NamedTuple):
    """What is stored; `owners` are ids that a body which is only a record does not have."""

    status: int
    body: str
    owners: list[str] | None = None


def response_to_store(response: Response, view: IdempotentView, *, caller: str, now: datetime) -> StoredResponse:
    """Return what is stored of a response, and count it in the caller's hour."""
    body = JSONRenderer().render(response.data)
    if len(body) <= ALWAYS_STORED_BYTES or (len(body) <= MAX_BYTES and _has_room(caller, len(body), now)):
        return StoredResponse(response.status_code, body.decode())
    rows = len(response.data) if isinstance(response.data, list) else 1
    record = {
        "detail": f"The call was carried out and answered before; its answer of {len(body):,} bytes was not kept. "
        f"Read what it made at {view.collection}.",
        "answered_at": now.isoformat(),
        "status": response.status_code,
        "rows": rows,
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    return StoredResponse(ALREADY_REPORTED, json.dumps(record), view.owners_of(json.loads(body)))


def _has_room(caller: str, size: int, now: datetime) -> bool:
    """Take a part of the caller's quota; one row holds what is left of it, however many responses are stored."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    with_room = IdempotencyUsage.objects.filter(caller=caller, hour=hour, stored__lte=QUOTA - size)
    if with_room.update(stored=F("stored") + size):
        return True
    IdempotencyUsage.objects.get_or_create(caller=caller, hour=hour)
    return bool(with_room.update(stored=F("stored") + size))
