"""`Idempotency-Key`: a POST repeated with the same key and body gets the first response again, and does nothing.

The key is claimed first, in a statement of its own, so that two at once do not both begin. Then the work and its
response are stored in one transaction: there is never a response without the work, nor the work without its response.
It locks the claim's row: where that is not locked and holds no response, the work was not done and nobody is doing it.
So the same call takes the claim over at once, whatever became of the first: a 503, a kill, a restart.
"""

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import Error, IntegrityError, OperationalError, connection, transaction
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from budget_system.api.stored_responses import IdempotentView, response_to_store
from budget_system.core.errors import Conflict, Forbidden, KeyReused
from budget_system.core.retry import retry_on_conflict
from tasks.models import PATH_LENGTH, IdempotencyKey

HEADER: Final = "Idempotency-Key"
CLAIM_DURATION: Final = timedelta(seconds=60)
"""Longer than any request may take; for so long another body is refused."""
AT_WORK: Final = "The first request with this Idempotency-Key is still at work; ask again in a moment."
TAKEN_OVER: Final = "Another request took this Idempotency-Key over; ask again."
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS: Final = ("ETag", "Location")

Handler = Callable[[], Response]


def respond_once(request: Request, handler: Handler, *, now: datetime, view: IdempotentView) -> Response:
    """Respond to a POST that carries a key: with the first response where there is one, else by doing the work.

    Where the caller may no longer write what that response is about, the call is refused as one without a key would be.

    Raise `ValidationError` for an invalid key, `KeyReused` where it came with another body, and `Conflict` while the
    first call with it is running.
    """
    key = checked_key(request)
    row = _claim(_caller(request), _path(request), key, _fingerprint(request.data), now)
    if row.status is not None:
        body = json.loads(row.response)
        owners = view.owners_of(body) if row.owners is None else row.owners
        if not view.may_repeat([UUID(owner) for owner in owners]):
            return _refusal(handler)
        return Response(body, row.status, headers={**row.headers, "Idempotent-Replayed": "true"})
    kept = False
    try:
        response = _work(row, handler, view, now)
        kept = _is_kept(response)
    finally:
        if not kept:
            _free(row)
    return response


def checked_key(request: Request) -> str:
    """Return the key that a request carries. Raise `ValidationError` for an invalid one."""
    key = request.headers[HEADER]
    if not _KEY.fullmatch(key):
        raise ValidationError({HEADER: "A key has 1 to 255 visible ASCII characters."})
    return key


def _caller(request: Request) -> str:
    """Return a key for the caller that no other user will ever have: names are changed and reused."""
    return "" if request.user.is_anonymous else str(request.user.pk)


def _refusal(handler: Handler) -> Response:
    """Return the refusal of the same call without a key; anything it does all the same is rolled back."""
    with transaction.atomic():
        response = handler()
        if _is_kept(response):
            raise Forbidden
    return response


def _claim(caller: str, path: str, key: str, body: str, now: datetime) -> IdempotencyKey:
    """Return the key's row: with its first response, or claimed for this request."""
    try:
        row, claimed = IdempotencyKey.objects.get_or_create(
            caller=caller,
            path=path,
            key=key,
            defaults={"body": body, "claimed_until": now + CLAIM_DURATION, "created_at": now},
        )
    except IntegrityError as error:  # there when it was claimed, freed when it was read
        raise Conflict(AT_WORK) from error
    may_take_over = row.status is None and (row.body == body or row.claimed_until <= now)
    if claimed or (may_take_over and _take_over(row, body, now)):
        return row
    try:
        row.refresh_from_db()
    except IdempotencyKey.DoesNotExist as error:  # freed meanwhile
        raise Conflict(AT_WORK) from error
    if row.body != body:
        raise KeyReused
    if row.status is None:
        raise Conflict(AT_WORK)
    return row


def _take_over(row: IdempotencyKey, body: str, now: datetime) -> bool:
    """Take over a claim that nobody is working on; of several that try, one succeeds, and none waits."""
    until = max(
        now + CLAIM_DURATION, row.claimed_until + timedelta(microseconds=1)
    )  # it tells its owner from the one before
    with _unless_at_work(), transaction.atomic():
        if _still_claimed(row).select_for_update(skip_locked=True).first() is None:
            return False
        _still_claimed(row).update(body=body, claimed_until=until, created_at=now)
        row.claimed_until = until
        return True


@contextmanager
def _unless_at_work() -> Iterator[None]:
    """Raise `Conflict` on SQLite instead of waiting for the one write lock that a running request holds."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        (patience,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute("PRAGMA busy_timeout = 0")
    try:
        yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY:
            raise
        raise Conflict(AT_WORK) from error
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {int(patience)}")


def _free(row: IdempotencyKey) -> None:
    with suppress(
        Error
    ):  # where the database has gone away the same call takes it over, and this one is told why it failed
        _still_claimed(row).delete()


def _still_claimed(row: IdempotencyKey) -> QuerySet[IdempotencyKey]:
    """Keep the row if nobody has taken the claim over."""
    return IdempotencyKey.objects.filter(pk=row.pk, status=None, claimed_until=row.claimed_until)


@retry_on_conflict
def _work(row: IdempotencyKey, handler: Handler, view: IdempotentView, now: datetime) -> Response:
    """Do the work and store its response in one transaction; a refusal is not stored."""
    with transaction.atomic():
        if _still_claimed(row).select_for_update().first() is None:
            raise Conflict(TAKEN_OVER)
        response = handler()
        if _is_kept(response):
            stored = response_to_store(response, view, caller=row.caller, now=now)
            still_claimed = _still_claimed(row).update(
                status=stored.status,
                headers={name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers},
                response=stored.body,
                owners=stored.owners,
            )
            if not still_claimed:
                raise Conflict(TAKEN_OVER)
    return response


def _is_kept(response: Response) -> bool:
    return response.status_code < 400


def _path(request: Request) -> str:
    """Return the path as its column takes it; a longer one, or one with a NUL, exists nowhere and stores nothing."""
    return quote(request.path)[:PATH_LENGTH]


def _fingerprint(data: object) -> str:
    """Return a hash of the body's content, however it is spelled; 1.5 and "1.5" differ."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, default="number {}".format).encode()).hexdigest()
