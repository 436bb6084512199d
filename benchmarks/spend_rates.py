"""How fast one spend after the other is booked, by the service and by the driver alone. Needs Django set up."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from statistics import median
from typing import NamedTuple

import psycopg
from django.db import connection
from psycopg.conninfo import make_conninfo
from uuid_utils.compat import uuid7

from brands.services import create_brand
from budget_system.core.actors import Actor
from campaigns.services import create_campaign
from spending.recording.services import record

ROUNDS = 7
SPENDS = 150
"""Spends of each kind in each round; the kinds take turns, so that both meet the same machine."""

LEDGER = 'INSERT INTO "spending_spend"'
BY = Actor.command("single_spend")
PLENTY = Decimal("1000000.00")

Statement = tuple[str, list[object]]
Send = Callable[[str, Sequence[object]], None]


class Rates(NamedTuple):
    """Spends per second, each the median of all rounds; and the statements of one spend, without its commit."""

    service: float
    raw: float
    statements: int


def measure() -> Rates:
    """Book spends that cross no line, on an empty database, and send the same statements without the service."""
    now = datetime.now(UTC)
    brand = create_brand(
        values={"name": "Acme", "daily_budget": PLENTY, "monthly_budget": PLENTY, "timezone": "UTC"}, now=now, by=BY
    )
    campaign = create_campaign(values={"brand_id": brand.pk, "name": "Summer Sale"}, now=now, by=BY)

    def book() -> None:
        record(campaign_id=campaign.pk, amount=Decimal("0.01"), now=datetime.now(UTC), by=BY)

    book()  # the first makes the totals' rows
    statements = _statements_of(book)
    services, raws = [], []
    with _driver() as (send, commit):

        def by_hand() -> None:
            for sql, parameters in statements:
                if LEDGER in sql:
                    parameters[0] = uuid7() if isinstance(parameters[0], type(brand.pk)) else uuid7().hex
                send(sql, parameters)
            commit()

        by_hand()
        for _ in range(ROUNDS):
            services.append(_rate(book))
            raws.append(_rate(by_hand))
    return Rates(median(services), median(raws), len(statements))


def _statements_of(work: Callable[[], None]) -> list[Statement]:
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
    """Connect without Django, with its settings; give how a statement is sent, and how a transaction ends."""
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


def _rate(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    for _ in range(SPENDS):
        work()
    return SPENDS / (time.perf_counter() - started)
