"""Ids of UUID version 7 (RFC 9562), which begin with the millisecond at which their row was made."""

from datetime import datetime
from uuid import UUID


def first_uuid7(at: datetime) -> UUID:
    """Return the smallest id that a row made at this instant, or later, can have."""
    return UUID(int=(int(at.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62))
