"""A program that uses the client that openapi-python-client has made of the description.

It is run with the server's address and a token; `budget_client` is the generated package.
"""

import sys

from budget_client import AuthenticatedClient
from budget_client.api.brands import brands_create
from budget_client.api.campaigns import campaigns_create, campaigns_pause_create
from budget_client.api.spends import spends_bulk_create, spends_create, spends_list
from budget_client.models import (
    Brand,
    BrandRequest,
    Campaign,
    CampaignRequest,
    CampaignStatus,
    Faults,
    NoteRequest,
    PauseReason,
    PlatformOrEmpty,
    ResultEnum,
    SpendRequest,
)

ROWS = 100
PAGE = 30


def use(client: AuthenticatedClient) -> None:
    """Create, book, page through, and be refused."""
    brand = brands_create.sync(
        client=client,
        body=BrandRequest(name="Globex", daily_budget="150.00", monthly_budget=None, timezone="Etc/GMT+0"),
    )
    assert isinstance(brand, Brand), brand
    assert (brand.daily_budget, brand.monthly_budget, brand.timezone) == ("150.00", None, "Etc/GMT+0")

    campaign = campaigns_create.sync(client=client, body=CampaignRequest(brand=brand.id, name="Summer"))
    assert isinstance(campaign, Campaign), campaign
    assert (campaign.platform, campaign.pause_reason) == (PlatformOrEmpty(""), None)
    paused = campaigns_pause_create.sync(campaign.id, client=client, body=NoteRequest(note="Wait"))
    assert isinstance(paused, Campaign), paused
    assert (paused.status, paused.pause_reason) == (CampaignStatus.PAUSED, PauseReason.MANUAL)

    rows = [SpendRequest(campaign=campaign.id, amount=f"{row}.25") for row in range(1, ROWS + 1)]
    booked = spends_bulk_create.sync(client=client, body=rows)
    assert isinstance(booked, list), booked
    assert [one.result for one in booked] == [ResultEnum.CREATED] * ROWS
    assert [one.spend.amount for one in booked] == [row.amount for row in rows]

    page, read = 1, set()
    while True:
        answer = spends_list.sync_detailed(client=client, campaign=campaign.id, page=page, page_size=PAGE)
        assert isinstance(answer.parsed, list), answer
        read |= {spend.id for spend in answer.parsed}
        if 'rel="next"' not in answer.headers["Link"]:
            break
        page += 1
    assert (page, read) == (4, {one.spend.id for one in booked})

    refused = spends_create.sync(client=client, body=SpendRequest(campaign=campaign.id, amount="1,000"))
    assert isinstance(refused, Faults), refused
    assert refused["amount"] == ["“1,000” is not an amount; write it like 150.00."]


if __name__ == "__main__":
    use(AuthenticatedClient(sys.argv[1], token=sys.argv[2], prefix="Token"))
    print("used")
