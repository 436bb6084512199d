"""Pages of lists, asked for through the whole of Django. Needs Django set up."""

import time
from collections.abc import Iterator
from statistics import median
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model, QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from benchmarks.scale_data import fill
from brands.access.tokens import issue_token
from brands.models import Brand
from budget_system.api.keyset import cursor_of
from budget_system.core.actors import Actor
from campaigns.models import Campaign
from scheduling.models import Schedule
from spending.models import Spend

ROW = "| {:<34} | {:<10} | {:>9} | {:>7} | {:>9} |"


def measure(vendor: str, campaigns: int, rounds: int, only: list[str]) -> None:
    """Fill the database, measure, and print a table."""
    with override_settings(API_AUTH="closed"):
        _measure(vendor, campaigns, rounds, only)


def _measure(vendor: str, campaigns: int, rounds: int, only: list[str]) -> None:
    fill(campaigns, due=campaigns // 100, wake=campaigns // 100, large=100)
    user = User.objects.create_superuser("lists")
    token = issue_token(user=user, expires_at=None, now=timezone.now(), by=Actor.command("lists"))
    api = Client(HTTP_HOST="localhost", HTTP_AUTHORIZATION=f"Token {token.text}")
    browser = Client(HTTP_HOST="localhost")
    browser.force_login(user)
    print(ROW.format("page", "database", "campaigns", "queries", "ms"))
    print(ROW.format("---", "---", "---", "---", "---"))
    for name, address in _pages():
        if only and not any(part in name for part in only):
            continue
        client = browser if address.startswith("/admin/") else api
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address)
        if response.status_code != 200:
            raise RuntimeError(f"{address} answered {response.status_code}: {response.content[:300]!r}")
        count = len(queries)
        seconds = median(_timed(client, address) for _ in range(rounds))
        print(ROW.format(name, vendor, f"{campaigns:,}", count, f"{seconds * 1000:.1f}"), flush=True)


def _timed(client: Client, address: str) -> float:
    started = time.perf_counter()
    client.get(address)
    return time.perf_counter() - started


def _pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the address of each page."""
    campaign, brand, spend = UUID("c" + "0" * 31), UUID("b" + "0" * 31), UUID("e" + "0" * 31)
    yield "who asks", "/api/"
    for name, rows in (
        ("brands", Brand.objects.order_by("name_key", "id")),
        ("campaigns", Campaign.objects.order_by("name_key", "id")),
        ("spends", Spend.objects.order_by("-spend_date", "-id")),
        ("schedules", Schedule.objects.order_by("campaign_id", "day_of_week", "start_time", "id")),
    ):
        yield name, f"/api/{name}/"
        yield f"{name}, by key, far behind", f"/api/{name}/?cursor={cursor_of(rows, _middle(rows))}"
    yield "campaigns of a brand", f"/api/campaigns/?brand={brand}"
    yield "campaigns, searched", "/api/campaigns/?search=campaign+77"
    yield "campaigns, paused", "/api/campaigns/?status=PAUSED"
    yield "spends of a campaign", f"/api/spends/?campaign={campaign}"
    yield "spends of a brand", f"/api/spends/?brand={brand}"
    yield "a brand", f"/api/brands/{brand}/"
    yield "a campaign", f"/api/campaigns/{campaign}/"
    for name, path, row in (
        ("brand", "brands/brand", brand),
        ("campaign", "campaigns/campaign", campaign),
        ("spend", "spending/spend", spend),
        ("schedule", "scheduling/schedule", None),
    ):
        yield f"admin, {name}s", f"/admin/{path}/"
        if row is not None:
            yield f"admin, a {name}", f"/admin/{path}/{row}/change/"
    yield "admin, first page", "/admin/"


def _middle(rows: "QuerySet[Model]") -> Model:
    return rows[rows.order_by().count() // 2]
