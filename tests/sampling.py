"""A part of a long table for every day; the whole of it in the long doses."""

import os
from collections.abc import Callable, Hashable, Iterable
from random import Random
from typing import Final, TypeVar

from django.conf import settings

SOAK: Final = bool(os.environ.get("BUDGET_SOAK"))
IS_POSTGRES: Final = "postgresql" in settings.DATABASES["default"]["ENGINE"]
SEED: Final = 20260311

T = TypeVar("T")


def sample(cases: Iterable[T], kind: Callable[[T], Hashable], *, each: int = 1, soak: bool = SOAK) -> list[T]:
    """Return some cases of each kind, always the same ones and in their order; all of them in the long doses."""
    every = list(cases)
    if soak:
        return every
    places: dict[Hashable, list[int]] = {}
    for place, case in enumerate(every):
        places.setdefault(kind(case), []).append(place)
    rng = Random(SEED)
    chosen = {place for some in places.values() for place in rng.sample(some, min(each, len(some)))}
    return [case for place, case in enumerate(every) if place in chosen]
