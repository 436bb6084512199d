"""Links to a client's month: signed, shown once, stored as a hash, until they expire or are revoked."""

import logging
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet

from brands.access.memberships import visible_rows
from brands.calendar import first_of_month
from brands.models import Brand, MonthLink
from budget_system.core.actors import Actor
from budget_system.core.errors import NotFound, unknown_id

log = logging.getLogger("budget_system.access")

SECRET_BYTES: Final = 32
MAX_TOKEN_LENGTH: Final = 128
_SALT: Final = "brands.month_link"
_SEPARATOR: Final = "."  # beside the letters of both halves, and nothing that an address would encode


@dataclass(frozen=True, slots=True)
class CreatedLink:
    """A new link; `token` is the end of its address, and is stored nowhere."""

    link: MonthLink
    token: str = field(repr=False)


def create_month_link(*, brand: Brand, month: date, expires_at: datetime, now: datetime, by: Actor) -> CreatedLink:
    """Create a link to one month of a brand, until `expires_at` (UTC).

    Raise `NotFound` and `Forbidden` where `by` may not write the brand, and `ValidationError` for an end that is over.
    """
    _require_write(brand.pk, by)
    if expires_at <= now:
        raise ValidationError({"expires_at": "A link must end later than now, or it would never open."})
    token = _signer().sign(secrets.token_urlsafe(SECRET_BYTES))
    link = MonthLink(
        brand=brand,
        month=first_of_month(month),
        digest=_digest(token),
        beginning=token[:8],
        created_by=str(by),
        created_at=now,
        expires_at=expires_at,
    )
    link.save(force_insert=True)
    _log("month_link_created", "created", link, by)
    return CreatedLink(link, token)


def revoke_month_link(*, link_id: UUID, brand_id: UUID, now: datetime, by: Actor) -> MonthLink:
    """Revoke a link of a brand; one that is revoked already stays as it is.

    Raise `NotFound` for one that the brand does not have, and `Forbidden` where `by` may not write the brand.
    """
    _require_write(brand_id, by)
    links = MonthLink.objects.filter(pk=link_id, brand=brand_id)
    if links.filter(revoked_at=None).update(revoked_at=now, revoked_by=str(by)):
        _log("month_link_revoked", "revoked", links.select_related("brand").get(), by)
    link = links.first()
    if link is None:
        raise NotFound(f"This brand has no link with the id “{link_id}”.")
    return link


def links_of(brand: Brand) -> "QuerySet[MonthLink]":
    """Return the links to months of a brand, the newest first."""
    return MonthLink.objects.filter(brand=brand)


def opened_link(token: str, *, now: datetime) -> MonthLink | None:
    """Return the link of a token, with its brand; `None` where it is unknown, expired or revoked, or its brand is
    archived. A token that this system has not signed is not looked up.
    """
    if len(token) > MAX_TOKEN_LENGTH:
        return None
    try:
        _signer().unsign(token)
    except BadSignature:
        return None
    working = MonthLink.objects.filter(revoked_at=None, expires_at__gt=now, brand__archived_at=None)
    return working.select_related("brand").filter(digest=_digest(token)).first()


def _require_write(brand_id: UUID, by: Actor) -> None:
    """Raise `NotFound` for a brand that does not exist for `by`, and `Forbidden` where it may only be read."""
    if not visible_rows(Brand.objects.filter(pk=brand_id), by.access).exists():
        raise NotFound(unknown_id("brand", brand_id))
    by.require_write(brand_id)


def _signer() -> Signer:
    return Signer(salt=_SALT, sep=_SEPARATOR)


def _digest(token: str) -> str:
    """Return the hash under which a token is found: of 256 random bits, which nobody can guess from it."""
    return sha256(token.encode()).hexdigest()


def _log(event: str, done: str, link: MonthLink, by: Actor) -> None:
    fields = {"event": event, "brand": str(link.brand), "month": f"{link.month:%Y-%m}", "by": str(by)}
    log.info("Link %s %s by %s, until %s", link, done, by, link.expires_at, extra=fields)
