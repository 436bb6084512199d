"""When a person was here before."""

from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import AbstractBaseUser

from spending.models import Visit

VISIT_ENDS_AFTER: Final = timedelta(minutes=30)
"""A request that comes so long after the last one begins another visit."""
WRITTEN_EVERY: Final = timedelta(minutes=1)
FIRST_VISIT_SHOWS: Final = timedelta(days=1)
AT_MOST: Final = timedelta(days=90)


def since_last_visit(user: AbstractBaseUser, *, now: datetime) -> tuple[datetime, bool]:
    """Note that a person is here at `now` (UTC); return from when on to tell what happened, and whether that is when
    the visit before ended. At the first it is a day ago.
    """
    visit = Visit.objects.filter(user_id=user.pk).first()
    if visit is None:
        Visit.objects.bulk_create([Visit(user_id=user.pk, seen_at=now)], ignore_conflicts=True)
        return now - FIRST_VISIT_SHOWS, False
    since = visit.seen_at if now - visit.seen_at > VISIT_ENDS_AFTER else visit.since
    if now - visit.seen_at > WRITTEN_EVERY:
        Visit.objects.filter(user_id=user.pk, seen_at=visit.seen_at).update(seen_at=now, since=since)
    if since is None:
        return now - FIRST_VISIT_SHOWS, False
    return max(since, now - AT_MOST), True
