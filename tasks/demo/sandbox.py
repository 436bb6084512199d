"""The demo's account at the sandbox: a brand whose campaigns really are switched there, where one can watch it."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from brands.calendar import local_date
from brands.models import Brand
from brands.services import create_brand
from budget_system.core.actors import Actor
from budget_system.core.validation import fold
from campaigns.models import Campaign, Platform
from campaigns.services import create_campaign
from delivery.models import Account, Connector
from delivery.platforms.accounts import connect_account, reconnect_account
from spending.models import Spend

NAME: Final = "Marlow Running"
ACCOUNT_ID: Final = "5129073341"

CAMPAIGNS: Final = (
    # name, id, cap of a day, cost of an hour, cost of today when the sandbox is first started
    ("Trail shoes", "90210001", Decimal(40), Decimal(6), Decimal("41.30")),
    ("Marathon week", "90210002", Decimal(30), Decimal(360), Decimal("14.20")),
    ("Club jerseys", "90210003", None, Decimal(12), Decimal("5.75")),
)
"""The first has used up its day when its costs are read first, the second within minutes, the third runs on."""


def sandbox_accounts(*, now: datetime) -> dict[str, Any]:
    """Return what the sandbox holds when it starts: as the demo has left it, or as it is at first."""
    account = Account.objects.filter(brand__name_key=fold(NAME), connector=Connector.SANDBOX).first()
    token = str(account.credentials.get("token", "")) if account else ""
    known: Mapping[str, Campaign] = {
        one.external_id: one for one in Campaign.objects.filter(brand__name_key=fold(NAME)).exclude(external_id="")
    }
    campaigns = {}
    for name, external_id, _, rate, at_first in CAMPAIGNS:
        campaign = known.get(external_id)
        spent = {str(local_date(now, "UTC")): str(at_first)} if account is None else _booked(campaign, now)
        status = campaign.status if campaign else "ACTIVE"
        campaigns[external_id] = {"name": name, "status": status, "rate": str(rate), "spent": spent}
    return {
        ACCOUNT_ID: {
            "token": token or secrets.token_urlsafe(24),
            "name": f"{NAME} at the sandbox",
            "currency": "USD",
            "timezone": "UTC",
            "campaigns": campaigns,
        }
    }


def connect_demo(*, address: str, token: str, now: datetime, by: Actor) -> str:
    """Create the brand and connect its account to the sandbox at this address; return what was done in a sentence."""
    account = Account.objects.filter(brand__name_key=fold(NAME), connector=Connector.SANDBOX).first()
    if account is not None:
        where = {"address": address, "token": token}
        reconnect_account(account_id=account.pk, credentials=where, now=now, by=by)
        return f"{NAME}: connected to the sandbox again"
    if Brand.everything.filter(name_key=fold(NAME)).exists():
        return f"{NAME}: there already and not connected, left as it is"
    brand = create_brand(
        values={"name": NAME, "daily_budget": Decimal(500), "monthly_budget": Decimal(9_000)}, now=now, by=by
    )
    for name, external_id, cap, _, _ in CAMPAIGNS:
        create_campaign(
            values={
                "brand_id": brand.pk,
                "name": name,
                "platform": Platform.GOOGLE,
                "external_id": external_id,
                "daily_budget": cap,
                "delivery_enabled": True,
            },
            now=now,
            by=by,
        )
    connect_account(
        values={
            "brand_id": brand.pk,
            "platform": Platform.GOOGLE,
            "external_id": ACCOUNT_ID,
            "connector": Connector.SANDBOX,
        },
        credentials={"address": address, "token": token},
        now=now,
        by=by,
    )
    first = f"“{CAMPAIGNS[0][0]}” is paused there within a minute: look at Deliveries in the admin"
    return f"{NAME}: 3 campaigns that run at the sandbox; {first}"


def _booked(campaign: Campaign | None, now: datetime) -> dict[str, str]:
    """Return what is booked of a campaign's today and yesterday: it had cost that when the sandbox ended."""
    if campaign is None:
        return {}
    today = local_date(now, "UTC")
    rows = Spend.objects.filter(campaign=campaign, spend_date__gte=today - timedelta(days=1), spend_date__lte=today)
    return {str(row.spend_date): str(row.amount) for row in rows.filter(external_id__startswith="report:")}
