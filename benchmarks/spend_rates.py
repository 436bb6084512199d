"""How fast spends are booked, one transaction each, by the service and by the driver alone. Needs Django set up."""

import multiprocessing
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from multiprocessing.synchronize import Barrier
from statistics import median
from typing import NamedTuple
from uuid import UUID

import psycopg
from django.db import connection
from psycopg.conninfo import make_conninfo
from uuid_utils.compat import uuid7

from brands.services import create_brand
from budget_system.core.actors import Actor
from campaigns.models import Campaign
from campaigns.services import create_campaign
from spending.models import BrandTotal, CampaignTotal, Spend
from spending.recording.services import record

ROUNDS = 5
SPENDS = 60
"""Spends of each kind in each round, of each process; the kinds take turns, so that both meet the same machine."""

LEDGER = 'INSERT INTO "spending_spend"'
BY = Actor.command("single_spend")
PLENTY = Decimal("1000000.00")
CENT = Decimal("0.01")

Statement = tuple[str, list[object]]
Send = Callable[[str, Sequence[object]], None]


class Rates(NamedTuple):
    """Spends per second of all processes together, each the median of all rounds; and the statements of one spend."""

    service: float
    raw: float
    statements: int


def measure(*, at_once: int, brands: int) -> Rates:
    """Book spends that cross no line, by so many processes, and send the same statements without the service.

    The processes share so many brands, each with one campaign. Raise `AssertionError` where a spend is lost.
    """
    before = Spend.objects.count()
    campaigns = [_campaign(f"Acme {datetime.now(UTC)} {number}") for number in range(brands)]
    statements = len(statements_of(lambda: _book(campaigns[0])))
    for campaign in campaigns[1:]:
        _book(campaign)
    connection.close()
    context = multiprocessing.get_context("fork")
    start, seconds = context.Barrier(at_once), context.Queue()
    workers = [
        context.Process(target=_work, args=(campaigns[number % brands], start, seconds)) for number in range(at_once)
    ]
    for worker in workers:
        worker.start()
    kinds = [seconds.get() for _ in workers]
    for worker in workers:
        worker.join()
    done = brands + at_once * 2 * (1 + ROUNDS * SPENDS)
    _check(Spend.objects.count() - before, done, campaigns)
    service, raw = (
        median(at_once * SPENDS / max(took) for took in zip(*of_kind, strict=True))
        for of_kind in zip(*kinds, strict=True)
    )
    return Rates(service, raw, statements)


def _campaign(name: str) -> UUID:
    now = datetime.now(UTC)
    brand = create_brand(
        values={"name": name, "daily_budget": PLENTY, "monthly_budget": PLENTY, "timezone": "UTC"}, now=now, by=BY
    )
    return create_campaign(values={"brand_id": brand.pk, "name": "Summer Sale"}, now=now, by=BY).pk


def _book(campaign: UUID) -> None:
    record(campaign_id=campaign, amount=CENT, now=datetime.now(UTC), by=BY)


def _check(booked: int, done: int, campaigns: Sequence[UUID]) -> None:
    """Check that every spend is there, and that campaigns' and brands' totals say so too."""
    in_campaigns = sum(row.amount for row in CampaignTotal.objects.filter(campaign__in=campaigns, period="M"))
    owners = Campaign.objects.filter(pk__in=campaigns).values("brand")
    in_brands = sum(row.amount for row in BrandTotal.objects.filter(brand__in=owners, period="M"))
    if not booked == done == in_campaigns / CENT == in_brands / CENT:
        raise AssertionError(f"{done} spends were booked; {booked} are there, {in_campaigns} and {in_brands} in totals")


def _work(campaign: UUID, start: Barrier, seconds: "multiprocessing.Queue[tuple[list[float], list[float]]]") -> None:
    """Measure in a process of its own, all beginning each round together."""
    services, raws = [], []
    statements = statements_of(lambda: _book(campaign))
    with _driver() as (send, commit):

        def by_hand() -> None:
            for sql, parameters in statements:
                if LEDGER in sql:
                    parameters[0] = uuid7() if isinstance(parameters[0], UUID) else uuid7().hex
                send(sql, parameters)
            commit()

        by_hand()
        for _ in range(ROUNDS):
            start.wait()
            services.append(_seconds(lambda: _book(campaign)))
            start.wait()
            raws.append(_seconds(by_hand))
    seconds.put((services, raws))
    connection.close()


def statements_of(work: Callable[[], None]) -> list[Statement]:
    """Note what is sent to the database."""
    sent: list[Statement] = []

    def note(
        execute: Callable[..., object], sql: str, params: Sequence[object], many: bool, context: Mapping[str, object]
    ) -> object:
        sent.append((sql, [value.value if isinstance(value, Enum) else value for value in params or ()]))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        work()
    return sent


@contextmanager
def _driver() -> Iterator[tuple[Send, Callable[[], None]]]:
    """Connect without Django, with its settings; yield what sends a statement, and what ends a transaction."""
    if connection.vendor == "sqlite":
        lite = sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None, timeout=20)
        lite.executescript(str(connection.settings_dict["OPTIONS"]["init_command"]))
        spelled: dict[str, str] = {}

        def send_lite(sql: str, parameters: Sequence[object]) -> None:
            spelled.setdefault(sql, sql.replace("%s", "?"))
            lite.execute(spelled[sql], parameters).fetchall()

        try:
            yield send_lite, lite.commit
        finally:
            lite.close()
        return
    known = connection.get_connection_params()
    address = {name: str(known[name]) for name in ("dbname", "user", "password", "host", "port") if known.get(name)}
    with psycopg.connect(make_conninfo("", **address)) as raw:

        def send_raw(sql: str, parameters: Sequence[object]) -> None:
            cursor = raw.execute(sql.encode(), parameters)
            if cursor.description:
                cursor.fetchall()

        yield send_raw, raw.commit


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    for _ in range(SPENDS):
        work()
    return time.perf_counter() - started
