"""Lines that a person has put away until they say something else."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from spending.models import PutAway

KEPT_FOR: Final = timedelta(days=400)
"""A line that has not come up for so long is forgotten when another is put away."""
AT_MOST: Final = 500
"""Lines that one person may have put away; the oldest come back."""


def put_away(user: AbstractBaseUser, *, key: str, fingerprint: str, now: datetime) -> None:
    """Put a line away until its fingerprint changes."""
    with transaction.atomic():
        PutAway.objects.bulk_create(
            [PutAway(user_id=user.pk, key=key, fingerprint=fingerprint, at=now)],
            update_conflicts=True,
            unique_fields=["user", "key"],
            update_fields=["fingerprint", "at"],
        )
        mine = PutAway.objects.filter(user_id=user.pk)
        mine.filter(at__lt=now - KEPT_FOR).delete()
        oldest = mine.order_by("-at", "-pk").values_list("pk", flat=True)[AT_MOST:]
        mine.filter(pk__in=list(oldest)).delete()


def bring_back(user: AbstractBaseUser, *, key: str) -> None:
    """Show a line again that was put away."""
    PutAway.objects.filter(user_id=user.pk, key=key).delete()


def read_put_away(user: AbstractBaseUser) -> Mapping[str, str]:
    """Return the fingerprints of the lines that a person has put away, by their keys."""
    return dict(PutAway.objects.filter(user_id=user.pk).values_list("key", "fingerprint"))


def kinds_of(keys: Mapping[str, str]) -> Mapping[str, int]:
    """Return how many lines of each kind were put away."""
    return Counter(key.split(" ", 1)[0] for key in keys)
