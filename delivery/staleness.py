"""Figures that are too old: told once, and no campaign is switched on by them (docs/delivery.md, Old figures).

Where costs were not read for long, a campaign may have spent more than is known here. A pause is never held back.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce
from uuid_utils.compat import uuid7

from alerts.models import Alert, AlertKind
from alerts.models.alerts import alert_key, owner_of_key
from alerts.writing import open_alerts, resolve_alerts
from brands.models.brands import LEAST_FIGURES_AGE
from budget_system.core.text import counted
from campaigns.status import CampaignStatus
from delivery.models import Account, Delivery
from delivery.outbox import request_push_of

HELD: Final = "Switched on once the account's costs are read again: they are older than its brand allows."
"""What people read at a campaign that is held back; whether it is, `is_held_back` says."""


def is_stale(account: Account, now: datetime) -> bool:
    """Return whether a connected account's costs were read too long ago. Nobody reads those of a script's."""
    age = now - last_read_at(account)
    return account.is_called and age > timedelta(hours=account.brand.figures_max_age_hours)


def is_held_back(delivery: Delivery, now: datetime) -> bool:
    """Return whether a campaign that is to run is not set running there, as its account's costs are too old."""
    account = delivery.account
    to_run = delivery.campaign.status == CampaignStatus.ACTIVE and not delivery.is_settled
    return to_run and account is not None and is_stale(account, now)


def last_read_at(account: Account) -> datetime:
    """Return since when an account's costs were not read: before the first time, when it was connected."""
    return account.costs_read_at or account.created_at


def stale_among(accounts: models.QuerySet[Account], now: datetime) -> Iterator[Account]:
    """Yield those that are stale and have campaigns to switch, the longest not read first."""
    read_here = accounts.filter(
        Exists(Delivery.objects.enabled().filter(account=OuterRef("pk"))), brand__archived_at=None
    )
    # Few are that old: the brands say of each how old it may be.
    old = read_here.alias(read_at=Coalesce("costs_read_at", "created_at")).filter(
        read_at__lt=now - timedelta(hours=LEAST_FIGURES_AGE)
    )
    return (one for one in old.select_related("brand").order_by("read_at", "pk") if is_stale(one, now))


def alert_to_stale(*, now: datetime) -> list[UUID]:
    """Alert of the accounts that are stale and have campaigns to switch, end what is over; return those accounts."""
    stale = {account.pk for account in stale_among(Account.objects.all(), now)}
    told = Alert.objects.open().filter(kind=AlertKind.STALE).values_list("key", flat=True)
    over = {owner_of_key(key) for key in told} - stale
    if over:
        end_stale(over, now=now)
    return _open_alerts(stale, now) if stale else []


@transaction.atomic
def _open_alerts(account_ids: Collection[UUID], now: datetime) -> list[UUID]:
    """Open the alerts of those that are stale still: under their lock no costs are read."""
    locked = Account.objects.filter(pk__in=account_ids).select_related("brand").order_by("pk")
    rows = locked.select_for_update(of=("self",), no_key=True)
    stale = [account for account in rows if is_stale(account, now)]
    open_alerts(_alerts(stale, now), now=now)
    return [account.pk for account in stale]


@transaction.atomic
def end_stale(account_ids: Collection[UUID], *, now: datetime) -> None:
    """Resolve the alerts of accounts that are stale no longer, and have done there what was held back."""
    accounts = Account.objects.filter(pk__in=account_ids)
    accounts.update(fresh_since=now)
    resolve_alerts([_key(pk) for pk in account_ids], now=now)
    # What was held back is tried again now. Not found by its sentence: a reworded one would leave the old where it is.
    held_back = Delivery.objects.unsettled().filter(account__in=account_ids, campaign__status=CampaignStatus.ACTIVE)
    held_back.exclude(error="").update(error="")
    request_push_of(accounts.called(), now=now)


def _alerts(accounts: Iterable[Account], now: datetime) -> list[Alert]:
    batches: dict[UUID, UUID] = defaultdict(uuid7)
    return [
        Alert(
            kind=AlertKind.STALE,
            brand_id=account.brand_id,
            key=_key(account.pk),
            batch=batches[account.brand_id],
            at=now,
            figures={
                "account": str(account.pk),
                "platform": account.platform,
                "external_id": account.external_id,
                "read_at": account.costs_read_at and account.costs_read_at.isoformat().replace("+00:00", "Z"),
                "max_age_hours": account.brand.figures_max_age_hours,
            },
            message=_sentence(account),
        )
        for account in accounts
    ]


def _sentence(account: Account) -> str:
    hours = counted(account.brand.figures_max_age_hours, "hour", "hours")
    sentence = (
        f"The costs of {account} of “{account.brand}” were not read for more than {hours}. Until they are, no campaign "
        "is switched on there; pauses still go out."
    )
    return f"{sentence} {account.error}".strip()


def _key(account_id: UUID) -> str:
    return alert_key(AlertKind.STALE, account_id)
