"""Telling the outbox of campaigns whose status has changed, where their platform is to follow."""

from collections.abc import Sequence
from datetime import datetime

from delivery.outbox import request_push
from spending.enforcement.decisions import Decision


def request_pushes(decisions: Sequence[Decision], now: datetime) -> None:
    """Make the accounts due whose campaigns have a new wanted state."""
    changed = [
        decision.campaign.pk
        for decision in decisions
        if decision.campaign.delivery_enabled and decision.campaign.status != decision.verdict.status
    ]
    if changed:
        request_push(changed, now=now)
