"""`Idempotency-Key`: a POST sent again with the same key and body gets the first answer again, and does nothing.

The key is claimed first, in a statement of its own, so that two at once do not both begin. Then the work and its answer
are stored in one transaction: there is never an answer without the work, nor the work without its answer. A call that
failed frees its key; the claim of one that died with its process lapses.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from budget_system.errors import Conflict, KeyReused
from spending.locking import starting_over
from tasks.models import IdempotencyKey

HEADER: Final = "Idempotency-Key"
KEPT_FOR: Final = timedelta(hours=24)
CLAIM: Final = timedelta(seconds=60)
"""Longer than any request may take."""
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS: Final = ("ETag", "Location")

Handler = Callable[[], Response]


def answer_once(request: Request, handler: Handler, *, now: datetime) -> Response:
    """Answer a POST that carries a key: with the first answer where there is one, else by doing the work.

    Raises `ValidationError` for a key that is none, `KeyReused` where it came with another body, and `Conflict` while
    the first call with it is at work.
    """
    key = request.headers[HEADER]
    if not _KEY.fullmatch(key):
        raise ValidationError({HEADER: "A key has 1 to 255 visible ASCII characters."})
    body = _fingerprint(request.data)
    row, claimed = IdempotencyKey.objects.get_or_create(
        caller=request.user.get_username(),
        path=request.path,
        key=key,
        defaults={"body": body, "claimed_until": now + CLAIM, "created_at": now},
    )
    if not claimed:
        if row.body != body:
            raise KeyReused
        if row.status is not None:
            return Response(json.loads(row.answer), row.status, headers={**row.headers, "Idempotent-Replayed": "true"})
        if row.claimed_until > now or not _take_over(row, now):
            raise Conflict("The first request with this Idempotency-Key is still at work; ask again in a moment.")
    try:
        return _work(row, handler)
    finally:
        IdempotencyKey.objects.filter(pk=row.pk, status=None, claimed_until=row.claimed_until).delete()


def purge_keys(*, now: datetime) -> None:
    """Forget keys older than a day; where there are none, nothing is written."""
    old = IdempotencyKey.objects.filter(created_at__lt=now - KEPT_FOR)
    if old.exists():
        old.delete()


def _take_over(row: IdempotencyKey, now: datetime) -> bool:
    """Take over a claim that has lapsed; of several that try, one succeeds."""
    lapsed = IdempotencyKey.objects.filter(pk=row.pk, status=None, claimed_until=row.claimed_until)
    row.claimed_until = now + CLAIM
    return lapsed.update(claimed_until=row.claimed_until) == 1


@starting_over
def _work(row: IdempotencyKey, handler: Handler) -> Response:
    """Do the work and store its answer in one transaction; a refusal is no answer to keep."""
    with transaction.atomic():
        response = handler()
        if response.status_code < 400:
            stored = IdempotencyKey.objects.filter(pk=row.pk, status=None, claimed_until=row.claimed_until).update(
                status=response.status_code,
                headers={name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers},
                answer=JSONRenderer().render(response.data).decode(),
            )
            if not stored:
                raise Conflict("Another request took this Idempotency-Key over; ask again.")
    return response


def _fingerprint(data: object) -> str:
    """Tell bodies apart by what they say, not by how it is spelled."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()
