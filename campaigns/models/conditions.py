"""Conditions of campaigns that the budget sweep looks for, each with a partial index of its own."""

from functools import reduce
from operator import or_

from django.db.models import F, Q

from campaigns.status import (
    ALL_BITS,
    MANUAL_BIT,
    MONEY_BITS,
    NO_WINDOW_BIT,
    CampaignStatus,
    PauseReason,
    from_bits,
    stored_with,
)

_ALL = range(ALL_BITS + 1)
_FIRST = {reason: [bits for bits in _ALL if from_bits(bits)[:1] == [reason]] for reason in PauseReason}
_STATED = Q(paused_by_person=True, stated_reason__isnull=False)
_NOT_STATED = Q(paused_by_person=False) | Q(stated_reason__isnull=True)
_WRONG_REASON = (_STATED & ~Q(pause_reason=F("stated_reason"))) | (
    _NOT_STATED & reduce(or_, (Q(blocked__in=bits) & ~Q(pause_reason=reason) for reason, bits in _FIRST.items()))
)

HELD_BACK = Q(blocked__in=stored_with(MONEY_BITS)) | Q(blocked__in=stored_with(MANUAL_BIT), paused_by_person=False)
"""Campaigns that are blocked for money, or for a hold: for what happens to their brand."""

WITHOUT_SCHEDULE = Q(blocked__in=stored_with(NO_WINDOW_BIT))
"""Campaigns of whose schedules none is active: somebody has to do something about them."""

CONTRADICTORY = Q(blocked=0) & (
    Q(status=CampaignStatus.PAUSED) | Q(pause_reason__isnull=False) | Q(paused_by_person=True)
) | Q(blocked__gt=0) & (
    ~Q(status=CampaignStatus.PAUSED)
    | _WRONG_REASON
    | Q(paused_by_person=True, blocked__in=[bits for bits in _ALL if not bits & MANUAL_BIT])
)
"""Campaigns whose own columns disagree: mostly none."""
