"""Whose turn it is: what takes a while is looked at once an hour, some of the brands every five minutes."""

from datetime import datetime
from typing import Final
from uuid import UUID

from brands.models import Brand

TURNS_PER_HOUR: Final = 12


def every_brand() -> list[UUID]:
    """Return all brands, archived ones too, of which alerts may have to be resolved."""
    return list(Brand.everything.ids())


def brands_in_turn(now: datetime) -> list[UUID]:
    """Return the brands to look at now (UTC): each in one twelfth of every hour."""
    turn = now.minute * TURNS_PER_HOUR // 60
    return [pk for pk in every_brand() if pk.int % TURNS_PER_HOUR == turn]
