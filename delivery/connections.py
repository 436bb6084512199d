"""Whether an account can be used: stopped where its platform refuses it, told once, and used again once it works.

One that its platform refuses is told at once, one that does not answer when that has lasted: most outages end soon.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from alerts.models import Alert, AlertKind
from alerts.models.alerts import alert_key
from alerts.writing import open_alerts, resolve_alerts
from brands.calendar import zone
from brands.models import Brand
from budget_system.core.text import date_text
from delivery.models import Account, AccountState

TOLD_AFTER: Final = timedelta(minutes=60)
"""For how long no call may succeed before people are told."""
SEEN_AGAIN: Final = 60
"""Seconds after which it is noted again that an account answered: not with each call."""


@transaction.atomic
def stop_account(account: Account, reason: str, *, now: datetime) -> None:
    """Stop an account whose credentials are accepted no longer: nothing is sent or read before a person has been."""
    Account.objects.filter(pk=account.pk).update(
        state=AccountState.STOPPED, error=reason, error_at=now, costs_due_at=None, updated_at=now
    )
    resolve_alerts([_key_of_silence(account)], now=now)
    message = f"{account} of “{account.brand}” is stopped, and its campaigns are switched no longer: {reason}"
    _open_alert(account, _key(account), message, since=now, now=now)


@transaction.atomic
def note_error(account: Account, reason: str, *, now: datetime) -> None:
    """Note what a call ran into; it is tried again, and told once no call has succeeded for long."""
    rows = Account.objects.filter(pk=account.pk)
    rows.update(error=reason, error_at=Coalesce("error_at", Value(now)))
    failing = rows.filter(state=AccountState.CONNECTED, error_at__lte=now - TOLD_AFTER)
    for since in failing.values_list("error_at", flat=True):
        assert since is not None
        _open_alert(account, _key_of_silence(account), _sentence(account, since, reason), since=since, now=now)


def note_answer(account: Account, *, now: datetime) -> None:
    """Note that an account answered: what it ran into before is over."""
    if account.error:
        Account.objects.filter(pk=account.pk).update(error="", error_at=None, seen_at=now)
        resolve_alerts([_key(account), _key_of_silence(account)], now=now)
    elif account.seen_at is None or (now - account.seen_at).total_seconds() > SEEN_AGAIN:
        Account.objects.filter(pk=account.pk).update(seen_at=now)


def other_currency(brand: Brand, currency: str) -> str:
    """Return why an account of another currency is not used for a brand."""
    return f"The account spends {currency}, and “{brand}” {brand.currency}: money of two currencies is never added up."


def _open_alert(account: Account, key: str, message: str, *, since: datetime, now: datetime) -> None:
    alert = Alert(
        kind=AlertKind.CONNECTION_FAILED,
        brand_id=account.brand_id,
        key=key,
        at=now,
        figures={
            "account": str(account.pk),
            "platform": account.platform,
            "external_id": account.external_id,
            "since": since.isoformat().replace("+00:00", "Z"),
        },
        message=message,
    )
    open_alerts([alert], now=now)


def _sentence(account: Account, since: datetime, reason: str) -> str:
    tz = account.brand.timezone
    clock = since.astimezone(zone(tz))
    return (
        f"No call to {account} of “{account.brand}” has succeeded since {date_text(clock.date())}, {clock:%H:%M} "
        f"({tz}). It is tried again by itself, and what is wanted there is set once it answers. Nothing need be done "
        f"here, unless a campaign must be paused before that: then pause it at the platform. The last call: {reason}"
    )


def _key(account: Account) -> str:
    return alert_key(AlertKind.CONNECTION_FAILED, account.pk)


def _key_of_silence(account: Account) -> str:
    """Return another key: that an account is stopped is told also where it had not answered before."""
    return alert_key(AlertKind.CONNECTION_FAILED, account.pk, "unanswered")
