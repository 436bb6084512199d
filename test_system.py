"""The system test: real processes, real time, no stubs. Takes about four minutes.

    python test_system.py

Starts a broker, web, worker, sender and beat on free ports and a scratch database, lives through what an agency's day
brings, takes each part away and gives it back, prints the seconds of each step, and leaves no process and no file
behind. Ends with status 1 and a sentence where something is not as it should be. Importing this file starts nothing.

Under a test runner it is skipped, for its length, unless BUDGET_SOAK is set (`./run_tests.sh --soak`).
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import TestCase, skipUnless
from zoneinfo import ZoneInfo

from scripts.libraries import explain_missing

explain_missing()  # first of all: what is imported next may be missing

import redis  # noqa: E402

from scripts.own_broker import BrokerUnavailable  # noqa: E402
from tests.system.client import Api, Row, UnexpectedAnswer  # noqa: E402
from tests.system.stack import STALE_SECONDS, Stack, leftovers, running_stack  # noqa: E402

TICK = 60
SLACK = 15
"""Seconds by which a loaded machine may be late."""

DAY_SPENT, OUTSIDE = "DAILY_BUDGET_EXCEEDED", "OUTSIDE_SCHEDULE"
PARTS = ("database", "broker", "worker", "beat")


class StepFailed(AssertionError):
    """Something is not as it should be."""


class SystemTest:
    """The steps, in their order; each method is one."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.api = Api(stack.port)
        # A day must not end in the middle of the test.
        self.zone = "UTC" if 2 <= datetime.now(UTC).hour < 20 else "America/Denver"
        self.brand = ""
        self.campaign = ""

    def run(self) -> None:
        """Go through all steps."""
        with step("web, worker, sender and beat started; web answers"):
            self.stack.start("web", "worker", "sender", "beat")
            self.wait("the web process answers", 90, lambda: self.health("?only=web").get("database") == "healthy")
        with step("all healthy: beat sent its first tick, the worker did it"):
            self.wait_healthy(within=TICK + 30)
        with step("booked to one cent below the budget (runs), then to it (paused in the next GET)"):
            self.meet_the_budget()
        with step("budget raised: awake in the next GET"):
            self.raise_the_budget()
        with step("a window closed by the running beat"):
            self.close_a_window()
        with step(f"worker stopped: /health/ names it within {STALE_SECONDS} s"):
            self.stack.stop("worker")
            self.wait_named("worker", others=("database", "broker", "beat"))
        with step(f"beat stopped too: /health/ names both within {STALE_SECONDS} s"):
            self.stack.stop("beat")
            self.wait_named("beat", others=("database", "broker"))
            expect("worker named as well", self.health()["worker"] != "healthy", True)
        with step("both started: healed"):
            self.stack.start("worker", "beat")
            self.wait_healthy(within=TICK + 30)
        with step("broker killed: spends are booked, campaigns pause, /health/ names the broker"):
            self.live_without_broker()

    def meet_the_budget(self) -> None:
        """Use a budget up to the cent."""
        body = {"name": "Acme", "daily_budget": "100.00", "monthly_budget": "2000.00", "timezone": self.zone}
        self.brand = str(self.api.post("/api/brands/", body)["id"])
        body = {"brand": self.brand, "name": "Summer Sale"}
        self.campaign = str(self.api.post("/api/campaigns/", body)["id"])
        self.book("99.99")
        row = self.read()
        expect("status one cent below the budget", row["status"], "ACTIVE")
        self.book("0.01")
        row = self.read()
        expect("status at the budget", (row["status"], row["pause_reason"]), ("PAUSED", DAY_SPENT))
        expect("spent", row["daily_spend"], "100.00")
        expect("left of the brand's day", self.api.get(f"/api/brands/{self.brand}/")["daily_left"], "0.00")

    def raise_the_budget(self) -> None:
        """Raise the brand's budget by a cent."""
        self.api.patch(f"/api/brands/{self.brand}/", {"daily_budget": "100.01"})
        row = self.read()
        expect("status one cent below the raised budget", (row["status"], row["blocked_by"]), ("ACTIVE", []))

    def close_a_window(self) -> None:
        """Open a window that ends in a few seconds, and wait for beat and worker to close it."""
        campaign = str(self.api.post("/api/campaigns/", {"brand": self.brand, "name": "Lunch"})["id"])
        end = datetime.now(ZoneInfo(self.zone)).replace(microsecond=0) + timedelta(seconds=20)
        window = {
            "campaign": campaign,
            "day_of_week": end.weekday(),
            "start_time": "00:00:00",
            "end_time": f"{end:%H:%M:%S}",
        }
        self.api.post("/api/schedules/", window)
        expect("status inside the window", self.read(campaign)["status"], "ACTIVE")
        self.wait("the window is closed", 20 + TICK + SLACK, lambda: self.read(campaign)["status"] == "PAUSED")
        expect("the reason", self.read(campaign)["pause_reason"], OUTSIDE)
        event = self.api.rows(f"/api/campaigns/{campaign}/events/")[0]
        late = (datetime.fromisoformat(str(event["at"])) - end).total_seconds()
        say(f"    closed {late:.1f} s after its end, by {event['by']}")
        expect("closed by a task", str(event["by"]).startswith("task "), True)
        expect(f"closed within {TICK} s of its end, not before", 0 <= late <= TICK, True)

    def live_without_broker(self) -> None:
        """Book on while the broker is gone."""
        self.stack.kill_broker()
        before = time.monotonic()
        self.book("0.01")
        say(f"    a spend booked in {time.monotonic() - before:.2f} s")
        row = self.read()
        expect("status at the budget", (row["status"], row["pause_reason"]), ("PAUSED", DAY_SPENT))
        # An answer for many callers may be a few seconds old.
        self.wait("the broker is named", SLACK, lambda: self.health()["broker"] == "dead")
        expect("the database's health", self.health()["database"], "healthy")

    def book(self, amount: str) -> None:
        """Book a spend."""
        self.api.post("/api/spends/", {"campaign": self.campaign, "amount": amount})

    def read(self, campaign: str = "") -> Row:
        """Read a campaign."""
        return self.api.get(f"/api/campaigns/{campaign or self.campaign}/")

    def health(self, query: str = "") -> dict[str, str]:
        """Return each part's word; nothing while nobody answers."""
        try:
            answer = self.api.ask("GET", f"/health/{query}")
        except OSError:
            return {}
        checks = answer.body.get("checks") if isinstance(answer.body, dict) else None
        words = {name: str(part["status"]) for name, part in checks.items()} if isinstance(checks, dict) else {}
        if words:
            expect("/health/'s status", answer.status, 200 if set(words.values()) == {"healthy"} else 503)
        return words

    def wait_healthy(self, *, within: float) -> None:
        """Wait until every part is healthy, and whatever else is told: the outbox is only while something is in it."""

        def healthy() -> bool:
            health = self.health()
            return health.keys() >= set(PARTS) and set(health.values()) == {"healthy"}

        self.wait("all parts are healthy", within, healthy)

    def wait_named(self, part: str, *, others: tuple[str, ...]) -> None:
        """Wait until this part is named, while the others stay healthy."""

        def named() -> bool:
            health = self.health()
            for other in others:
                expect(f"{other} while {part} is stopped", health[other], "healthy")
            return health[part] in ("stale", "dead")

        self.wait(f"{part} is named", STALE_SECONDS + SLACK, named)

    def wait(self, what: str, within: float, holds: Callable[[], bool]) -> None:
        """Ask every half second until it holds."""
        deadline = time.monotonic() + within
        while not holds():
            if time.monotonic() > deadline:
                raise StepFailed(f"not within {within:.0f} s: {what}; /health/ says {self.health()}")
            if ended := self.stack.ended():
                raise StepFailed(f"ended by itself: {', '.join(ended)}")
            time.sleep(0.5)


def expect(what: str, found: object, wanted: object) -> None:
    """Raise `StepFailed` where something is not what it should be."""
    if found != wanted:
        raise StepFailed(f"{what}: {found!r} should be {wanted!r}")


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print a step with the seconds that it took."""
    before = time.monotonic()
    yield
    say(f"{time.monotonic() - before:7.1f} s  {name}")


def say(line: str) -> None:
    """Print at once."""
    print(line, flush=True)


def main() -> int:
    """Run the test; return the exit status."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # so that everything is ended then too
    started = ending = time.monotonic()
    stack, fault = None, ""
    try:
        with running_stack() as stack:
            say(f"{time.monotonic() - started:7.1f} s  broker started, scratch database migrated")
            try:
                SystemTest(stack).run()
            except KeyboardInterrupt:
                fault = "interrupted"
            except (StepFailed, UnexpectedAnswer, OSError, redis.RedisError) as error:
                fault = str(error) or type(error).__name__
                say(stack.logs())
            ending = time.monotonic()
    except KeyboardInterrupt:
        fault = "interrupted"
    except (BrokerUnavailable, subprocess.CalledProcessError) as error:
        fault = str(error)
    left = leftovers(stack) if stack else []
    say(f"{time.monotonic() - ending:7.1f} s  ended; left over: {', '.join(left) or 'no process, no file'}")
    if left:
        fault = fault or "something is left over"
    say(f"FAILED: {fault}" if fault else f"OK: {time.monotonic() - started:.0f} s in all")
    return 1 if fault else 0


@skipUnless(os.environ.get("BUDGET_SOAK"), "takes about four minutes: python test_system.py, or BUDGET_SOAK=1")
class SystemTests(TestCase):
    """The same under a test runner."""

    def test_the_whole_system_in_real_time(self) -> None:
        done = subprocess.run([sys.executable, Path(__file__).name], cwd=Path(__file__).parent, check=False)
        self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    sys.exit(main())
