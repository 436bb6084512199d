"""Pages of the admin, asked for through the whole of Django. Needs Django set up."""

import cProfile
import pstats
import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import median
from uuid import UUID

import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.scale_data import NOW, TODAY, day, fill, instant, made_id, run, tidy_up

BRAND, CAMPAIGN, SPEND = UUID("b" + "0" * 31), UUID("c" + "0" * 31), UUID("e" + "0" * 31)
WARM_UP = 2
"""Rounds that are not counted: templates are compiled, connections made."""


def measure(campaigns: int, rounds: int, only: list[str], profile: bool) -> dict[str, tuple[int, float]]:
    """Fill the database; return the queries and the median in milliseconds of each page."""
    fill(campaigns, due=campaigns // 100, wake=campaigns // 100, large=100)
    _fill_what_happened()
    figures = {}
    with time_machine.travel(NOW, tick=False):
        browser = Client(HTTP_HOST="localhost")
        browser.force_login(User.objects.create_superuser("pages"))
        for name, address in _pages():
            if only and not any(part in name for part in only):
                continue
            for _ in range(WARM_UP):
                _get(browser, address)
            with CaptureQueriesContext(connection) as queries:
                _get(browser, address)
            sent = queries.captured_queries  # which the next request clears
            milliseconds = median(_timed(browser, address) for _ in range(rounds)) * 1000
            figures[name] = (len(sent), milliseconds)
            if profile:
                _print_profile(browser, name, address, sent)
    return figures


def _get(client: Client, address: str) -> None:
    response = client.get(address)
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}: {response.content[:300]!r}")


def _timed(client: Client, address: str) -> float:
    started = time.perf_counter()
    _get(client, address)
    return time.perf_counter() - started


def _print_profile(client: Client, name: str, address: str, queries: list[dict[str, str]]) -> None:
    """Print the slowest queries, and the functions with most time of their own."""
    print(f"\n== {name}: {address}")
    for query in sorted(queries, key=lambda one: -float(one["time"]))[:5]:
        print(f"{query['time']} s  {query['sql'][:400]}")
    profiler = cProfile.Profile()
    profiler.runcall(_get, client, address)
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(
        "budget_system|brands|campaigns|scheduling|spending", 25
    )


def _fill_what_happened() -> None:
    """Fill in an event of each campaign, and use up a tenth of the brands' months: pages that warn have much to say."""
    number, last = "row_number() OVER (ORDER BY id)", instant(NOW - timedelta(hours=2))
    at = f"{last} - {number} * interval '1 second'"
    if connection.vendor == "sqlite":
        at = f"datetime({last}, '-' || {number} || ' seconds')"
    run(
        "INSERT INTO campaigns_statusevent (id, brand_id, campaign_id, at, by, from_status, to_status, pause_reason, "
        f"blocked, figures, {connection.ops.quote_name('order')}, note) "
        f"SELECT {made_id('a', number)}, brand_id, id, {at}, "
        "'dayparting', 'PAUSED', 'ACTIVE', NULL, 0, '{}', '', '' FROM campaigns_campaign"
    )
    run(
        "UPDATE brands_brand SET monthly_budget = (SELECT amount FROM spending_brandtotal t WHERE t.brand_id = "
        f"brands_brand.id AND t.period = 'M' AND t.start = {day(TODAY.replace(day=1))}) "
        "WHERE CAST(substr(name, 7) AS integer) %% 10 = 0"
    )
    tidy_up()


def _pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the address of each page."""
    yield "index", "/admin/"
    for name, path in (
        *(("brands", "brands/brand"), ("campaigns", "campaigns/campaign"), ("schedules", "scheduling/schedule")),
        *(("spends", "spending/spend"), ("status events", "campaigns/statusevent"), ("changes", "brands/change")),
        *(("imports", "spending/import"), ("resets", "spending/reset")),
    ):
        yield f"list of {name}", f"/admin/{path}/"
    yield "list of campaigns, searched", "/admin/campaigns/campaign/?q=campaign+77"
    yield "list of campaigns, paused", "/admin/campaigns/campaign/?status__exact=PAUSED"
    yield "brand", f"/admin/brands/brand/{BRAND}/change/"
    yield "brand's history", f"/admin/brands/brand/{BRAND}/history/"
    yield "campaign", f"/admin/campaigns/campaign/{CAMPAIGN}/change/"
    yield "campaign's history", f"/admin/campaigns/campaign/{CAMPAIGN}/history/"
    yield "spend", f"/admin/spending/spend/{SPEND}/change/"
