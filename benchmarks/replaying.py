"""One account sent through the REST API of the system served over HTTP, with the clock moved along."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.core.wsgi import get_wsgi_application
from django.db import connections

from benchmarks.microsoft_report import (
    ZONE,
    Budgets,
    Change,
    Counters,
    Course,
    Days,
    Overshoot,
    booking_time,
    every_day,
    instant,
    read_names,
)
from budget_system.celery import app
from tests.system.client import Api, Row

TASKS = ("enforce_dayparting_task", "daily_reset_task", "monthly_reset_task", "enforce_budget_limits_task")


class Quiet(WSGIRequestHandler):
    """Serves without a line for each request."""

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


@contextmanager
def served() -> Iterator[Api]:
    """Serve the system from a thread of this process, so that it shares the clock."""
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)

    def serve() -> None:
        try:
            server.serve_forever(poll_interval=0.05)
        finally:
            connections.close_all()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield Api(server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run_tasks() -> None:
    """Run what beat would send now."""
    for name in TASKS:
        app.tasks[f"tasks.budget_tasks.{name}"].apply(throw=True)


class Replay:
    """The account's brand and campaigns, made over the API on the first day of the report."""

    def __init__(
        self, api: Api, days: Days, brand: Budgets, caps: Mapping[str, Budgets], travel: Callable[[datetime], object]
    ) -> None:
        self._api = api
        self._days = days
        self._travel = travel
        travel(instant(min(days)))
        app.loader.import_default_modules()  # the tasks, as worker and beat find them
        body = {"name": "Microsoft account 150175881", "timezone": ZONE, **_sent(brand)}
        self._brand = str(api.post("/api/brands/", body)["id"])
        names = read_names()
        self._campaigns: dict[str, str] = {}
        for campaign, cap in caps.items():
            body = {"brand": self._brand, "name": names[campaign], "platform": "microsoft", "external_id": campaign}
            self._campaigns[campaign] = str(api.post("/api/campaigns/", {**body, **_sent(cap)})["id"])

    def run(self) -> Course:
        """Go through all days: the tasks around midnight, then the day's sums, then a look at the counters."""
        course = Course()
        for day in every_day(self._days):
            for midnight in (instant(day) - timedelta(seconds=1), instant(day)):
                self._travel(midnight)
                run_tasks()
            for position, (campaign, amount) in enumerate(self._days.get(day, {}).items()):
                self._travel(booking_time(day, position))
                if amount:
                    self._send(day, campaign, amount, expect=201)
            for owner, row in self._owners():
                counters = Counters(Decimal(str(row["daily_spend"])), Decimal(str(row["monthly_spend"])))
                course.counters[day, owner] = counters
                if counters.daily:
                    course.overshoots += _overshoots(day, owner, row)
        course.changes = sorted(self._changes(), key=lambda change: (change.at, change.campaign))
        return course

    def send_again(self) -> None:
        """Send every sum a second time, which must be answered as known."""
        for day, sums in self._days.items():
            for campaign, amount in sums.items():
                if amount:
                    self._send(day, campaign, amount, expect=200)

    def counters(self) -> dict[str, tuple[object, object]]:
        """Read the brand's and the campaigns' counters now."""
        return {owner: (row["daily_spend"], row["monthly_spend"]) for owner, row in self._owners()}

    def ledger(self) -> dict[tuple[date, str], Decimal]:
        """Read the ledger back."""
        known = {pk: campaign for campaign, pk in self._campaigns.items()}
        rows = self._api.rows(f"/api/spends/?brand={self._brand}&page_size=1000")
        return {
            (date.fromisoformat(str(row["spend_date"])), known[str(row["campaign"])]): Decimal(str(row["amount"]))
            for row in rows
        }

    def _send(self, day: date, campaign: str, amount: Decimal, *, expect: int) -> None:
        body = {
            "campaign": self._campaigns[campaign],
            "amount": str(amount),
            "spend_date": day.isoformat(),
            "external_id": day.isoformat(),
        }
        self._api.post("/api/spends/", body, expect=(expect,))

    def _owners(self) -> Iterator[tuple[str, Row]]:
        """Read the brand, under the name `""`, and the campaigns, in the order of their ids on the platform."""
        yield "", self._api.get(f"/api/brands/{self._brand}/")
        rows = self._api.rows(f"/api/campaigns/?brand={self._brand}")
        yield from sorted((str(row["external_id"]), row) for row in rows)

    def _changes(self) -> Iterator[Change]:
        for campaign, pk in self._campaigns.items():
            for event in self._api.rows(f"/api/campaigns/{pk}/events/?page_size=1000"):
                reason = None if event["pause_reason"] is None else str(event["pause_reason"])
                yield Change(datetime.fromisoformat(str(event["at"])), campaign, str(event["to_status"]), reason)


def _overshoots(day: date, owner: str, row: Row) -> Iterator[Overshoot]:
    for period, left in (("day", row["daily_left"]), ("month", row["monthly_left"])):
        if left is not None and Decimal(str(left)) < 0:
            yield Overshoot(day, owner, period, -Decimal(str(left)))


def _sent(budgets: Budgets) -> Row:
    return {
        f"{period}_budget": None if limit is None else str(limit)
        for period, limit in zip(("daily", "monthly"), budgets, strict=True)
    }
