"""The rows of `benchmarks.deliveries`. Needs Django set up."""

from datetime import datetime
from decimal import Decimal

from brands.services import create_brand
from budget_system.core.actors import Actor
from campaigns.models import Campaign
from delivery.models import Connector
from delivery.platforms.accounts import connect_account
from delivery.switching import switch_delivery

BY = Actor.command("deliveries")


def make_rows(address: str, steady: int, many: int, *, now: datetime) -> list[str]:
    """Make a brand whose campaigns have caps of their own, and one that has many; return the ids to be paused."""
    return [*_make("steady", address, steady, "10.00", now), *_make("many", address, many, None, now)[:1]]


def _make(name: str, address: str, number: int, cap: str | None, now: datetime) -> list[str]:
    daily = None if cap else Decimal(10)
    brand = create_brand(values={"name": name, "daily_budget": daily, "monthly_budget": None}, now=now, by=BY)
    campaigns = [
        Campaign(
            brand=brand,
            name=f"{name} {count}",
            platform="google",
            external_id=str(count),
            daily_budget=Decimal(cap) if cap else None,
            delivery_enabled=True,
            next_transition_at=None,
        )
        for count in range(number)
    ]
    Campaign.objects.bulk_create(campaigns)
    switch_delivery(campaigns, now=now)
    connect_account(
        values={
            "brand_id": brand.pk,
            "platform": "google",
            "external_id": name,
            "connector": Connector.SANDBOX,
        },
        credentials={"address": address, "token": "benchmark"},
        now=now,
        by=BY,
    )
    return [str(campaign.pk) for campaign in campaigns]
