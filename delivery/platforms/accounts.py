"""Connecting accounts: what a platform says of one is looked at before it is used.

An account has one currency and one time zone. Its currency is its brand's, or it is not connected; where its days begin
at other instants than its brand's, a person has to say so.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypedDict
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from brands.access.memberships import visible_rows
from brands.history.recorder import record_change, record_creation, record_deletions
from brands.models import Brand
from brands.services import change_brand
from budget_system.core.actors import Actor
from budget_system.core.errors import NotFound, error_text, unknown_id
from delivery.connections import note_answer, note_error, other_currency, stop_account
from delivery.connectors.protocol import AccessRefused, AccountInfo, Unavailable
from delivery.connectors.registry import CONNECTORS, connector_of
from delivery.models import Account, AccountState, Connector, Delivery
from delivery.outbox import read_costs_on_commit, request_push_of
from spending.imports.plan.keys import account_of


class Zone(StrEnum):
    """What is to be done where an account's days are not its brand's."""

    ASK = ""
    CONFIRM = "confirm"
    ADOPT = "adopt"


class AccountValues(TypedDict):
    """What a person enters for an account."""

    brand_id: UUID
    platform: str
    external_id: str
    connector: str


def connect_account(
    *,
    values: AccountValues,
    credentials: Mapping[str, str],
    zone: Zone = Zone.ASK,
    said: AccountInfo | None = None,
    now: datetime,
    by: Actor,
) -> Account:
    """Connect an account, after its platform was asked for it; `said` is its answer, where it was asked already.

    Raise `ValidationError` where its credentials are not accepted, its currency is not its brand's, its days are others
    and nobody has said what that is to mean, or where it is connected already.
    """
    brand = _brand(values["brand_id"], by)
    # As scripts and reports write it: 123-456-7890 is 1234567890.
    values = {**values, "external_id": account_of(values["external_id"])}
    account = Account(**values, credentials=dict(credentials), created_by=str(by), created_at=now, updated_at=now)
    twins = Account.objects.filter(brand=brand, platform=account.platform, external_id=account.external_id)
    if twins.exists():
        raise ValidationError({"external_id": f"“{brand}” has this account already."})
    info = said or ask_platform(account)
    with transaction.atomic():
        if info is not None:
            _take(account, brand, info, zone, now, by)
        account.save(force_insert=True)
        record_creation(account, brand_id=brand.pk, now=now, by=by)
        _begin(account, now)
    return account


def reconnect_account(
    *,
    account_id: UUID,
    credentials: Mapping[str, str],
    zone: Zone = Zone.ASK,
    said: AccountInfo | None = None,
    now: datetime,
    by: Actor,
) -> Account:
    """Replace an account's credentials, and use it again. Raise as `connect_account` does, and `NotFound`."""
    account = account_to_change(account_id, by)
    account.credentials = {**account.credentials, **credentials}
    info = said or ask_platform(account)
    with transaction.atomic():
        if info is not None:
            _take(account, account.brand, info, zone, now, by)
        changes = {"state": AccountState.CONNECTED}
        record_change(account, changes=changes, brand_id=account.brand_id, now=now, by=by)
        account.updated_at = now
        account.save(
            update_fields=[
                *("credentials", "state", "name", "currency", "timezone", "zone_confirmed_by", "updated_at"),
            ]
        )
        note_answer(account, now=now)
        _begin(account, now)
    return account


def check_account(*, account_id: UUID, now: datetime, by: Actor) -> str:
    """Ask an account's platform now; return what it says, or what is wrong, in a sentence. Raise `NotFound`."""
    account = account_to_change(account_id, by)
    if account.connector == Connector.SCRIPT:
        return "A script asks for it by itself; nothing can be asked of it from here."
    try:
        info = connector_of(account).account()
        _refuse_other_currency(account.brand, info)
    except AccessRefused as error:
        stop_account(account, error.message, now=now)
        return f"Its access is refused: {error.message}"
    except (Unavailable, ValidationError) as error:
        reason = error_text(error)
        note_error(account, reason, now=now)
        return f"It does not work: {reason}"
    if account.state == AccountState.STOPPED:
        reconnect_account(account_id=account_id, credentials={}, zone=Zone.CONFIRM, now=now, by=by)
        return f"“{info.name}” answers again, and is used again."
    note_answer(account, now=now)
    request_push_of([account], now=now)
    return f"“{info.name}” answers: {info.currency}, {info.timezone}."


@transaction.atomic
def disconnect_account(*, account_id: UUID, now: datetime, by: Actor) -> None:
    """Remove an account with its credentials: its campaigns are told nothing more. Raise `NotFound`."""
    account = account_to_change(account_id, by)
    record_deletions([account], brand_id=account.brand_id, now=now, by=by)
    note_answer(account, now=now)  # what it ran into concerns nobody any longer
    Delivery.objects.filter(account=account).update(error="")
    account.delete()


def account_to_change(account_id: UUID, by: Actor) -> Account:
    """Return an account that somebody may change. Raise `NotFound`, or `Forbidden` where they may only read."""
    rows = Account.objects.filter(pk=account_id, brand__archived_at=None).select_related("brand")
    account = visible_rows(rows, by.access).first()
    if account is None:
        raise NotFound(unknown_id("account", account_id))
    by.require_write(account.brand_id)
    return account


def _brand(brand_id: UUID, by: Actor) -> Brand:
    brand = visible_rows(Brand.objects.filter(pk=brand_id), by.access).first()
    if brand is None:
        raise ValidationError({"brand": unknown_id("brand", brand_id)})
    by.require_write(brand.pk)
    return brand


def ask_platform(account: Account) -> AccountInfo | None:
    """Ask a platform what it says of an account; `None` where a script serves it. Raise `ValidationError`."""
    if account.connector == Connector.SCRIPT:
        return None
    _require_credentials(account)
    try:
        return connector_of(account).account()
    except (AccessRefused, Unavailable) as error:
        raise ValidationError({"connector": f"The platform was asked, and refuses: {error.message}"}) from error


def _require_credentials(account: Account) -> None:
    fields = CONNECTORS[account.connector].credentials
    missing = {name: f"{label} is needed." for name, label in fields.items() if not account.credentials.get(name)}
    if missing:
        raise ValidationError(missing)


def _take(account: Account, brand: Brand, info: AccountInfo, zone: Zone, now: datetime, by: Actor) -> None:
    """Take what the platform says into the account, where it goes with its brand."""
    _refuse_other_currency(brand, info)
    account.name, account.currency, account.timezone = info.name, info.currency, info.timezone
    if info.timezone == brand.timezone:
        account.zone_confirmed_by = ""
    elif zone == Zone.ADOPT:
        change_brand(brand_id=brand.pk, values={"timezone": info.timezone}, now=now, by=by)
        account.zone_confirmed_by = ""
    elif zone == Zone.CONFIRM or account.zone_confirmed_by and not account._state.adding:
        account.zone_confirmed_by = account.zone_confirmed_by or str(by)
    else:
        raise ValidationError({"zone": zone_sentence(brand, info)})


def _refuse_other_currency(brand: Brand, info: AccountInfo) -> None:
    if info.currency != brand.currency:
        sentence = f"{other_currency(brand, info.currency)} Connect it with a brand of its own."
        raise ValidationError({"connector": sentence})


def zone_sentence(brand: Brand, info: AccountInfo) -> str:
    """Return what it means that an account's days are not its brand's."""
    return (
        f"The account's days begin at midnight in {info.timezone}, those of “{brand}” in {brand.timezone}. What the "
        f"platform reports of a day is booked on that date, so a day's budget here is compared with what was spent in "
        f"a day of {info.timezone}. Confirm that, or let the brand take the zone {info.timezone}."
    )


def _begin(account: Account, now: datetime) -> None:
    """Queue everything of an account to be observed; so the campaigns that wait for one are found in it."""
    if account.connector == Connector.SCRIPT:
        waiting = Q(campaign__brand=account.brand_id, campaign__platform=account.platform, account=None)
        Delivery.objects.filter(pk__in=Delivery.objects.filter(waiting).values("pk")).update(account=account)
    else:
        Account.objects.filter(pk=account.pk).update(looked_at=None, costs_due_at=now)
        account.costs_due_at = now
        request_push_of([account], now=now)
        read_costs_on_commit()
