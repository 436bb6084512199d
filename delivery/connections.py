"""Whether an account can be used: stopped where its platform refuses it, told once, and used again once it works."""

from datetime import datetime
from typing import Final

from django.db import transaction

from alerts.models import Alert, AlertKind
from alerts.models.alerts import alert_key
from alerts.writing import open_alerts, resolve_alerts
from brands.models import Brand
from delivery.models import Account, AccountState

SEEN_AGAIN: Final = 60
"""Seconds after which it is noted again that an account answered: not with each call."""


@transaction.atomic
def stop_account(account: Account, reason: str, *, now: datetime) -> None:
    """Stop an account whose credentials are accepted no longer: nothing is sent or read before a person has been."""
    Account.objects.filter(pk=account.pk).update(
        state=AccountState.STOPPED, error=reason, error_at=now, costs_due_at=None, updated_at=now
    )
    alert = Alert(
        kind=AlertKind.CONNECTION_FAILED,
        brand_id=account.brand_id,
        key=_key(account),
        at=now,
        figures={"account": str(account.pk), "platform": account.platform, "external_id": account.external_id},
        message=f"{account} of “{account.brand}” is stopped, and its campaigns are switched no longer: {reason}",
    )
    open_alerts([alert], now=now)


def note_error(account: Account, reason: str, *, now: datetime) -> None:
    """Note what a call ran into; it is tried again."""
    Account.objects.filter(pk=account.pk).update(error=reason, error_at=now)


def note_answer(account: Account, *, now: datetime) -> None:
    """Note that an account answered: what it ran into before is over."""
    if account.error:
        Account.objects.filter(pk=account.pk).update(error="", error_at=None, seen_at=now)
        resolve_alerts([_key(account)], now=now)
    elif account.seen_at is None or (now - account.seen_at).total_seconds() > SEEN_AGAIN:
        Account.objects.filter(pk=account.pk).update(seen_at=now)


def other_currency(brand: Brand, currency: str) -> str:
    """Return why an account of another currency is not used for a brand."""
    return f"The account spends {currency}, and “{brand}” {brand.currency}: money of two currencies is never added up."


def _key(account: Account) -> str:
    return alert_key(AlertKind.CONNECTION_FAILED, account.pk)
