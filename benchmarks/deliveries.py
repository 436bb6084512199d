"""How long it takes from a spend that uses up a budget until its campaign is paused at the sandbox.

    python -m benchmarks.deliveries [--spends 150] [--rate 5] [--many 5000] [--dead 10]
    python -m scripts.postgres python -m benchmarks.deliveries

With web, worker, sender, beat and broker of its own: first at a steady rate, then many campaigns at once by one spend,
then with the broker dead. On SQLite, or on PostgreSQL where TEST_DATABASE_URL is given.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import requests

from tests.system.stack import ROOT, Stack, running_stack

NAMES = ("steady", "many")


class Sandbox:
    """A sandbox of its own, asked over HTTP."""

    def __init__(self, session: requests.Session, address: str) -> None:
        self.address, self._session = address, session

    def control(self, what: str, body: Any) -> Any:
        """Set something; return everything."""
        return self._session.post(f"{self.address}/control/{what}", json=body, timeout=30).json()

    def paused(self, account: str) -> dict[str, float]:
        """Return when each campaign that is paused was, in seconds of the clock."""
        campaigns = self.control("state", {})["accounts"][account]["campaigns"]
        return {
            pk: datetime.fromisoformat(one["changed_at"]).timestamp()
            for pk, one in campaigns.items()
            if one["status"] == "PAUSED"
        }


@contextmanager
def _sandbox(session: requests.Session) -> Iterator[Sandbox]:
    command = [sys.executable, "-m", "scripts.sandbox"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Sandbox(session, process.stdout.readline().split()[-1].rstrip("/"))
        finally:
            process.terminate()


class Load:
    """Posts spends that use budgets up, and waits until the sandbox has what follows."""

    def __init__(self, stack: Stack, sandbox: Sandbox, session: requests.Session, campaigns: Sequence[str]) -> None:
        self._api, self._session = f"http://127.0.0.1:{stack.port}/api", session
        self._sandbox, self._left = sandbox, list(enumerate(campaigns[:-1]))
        self._one_of_many = campaigns[-1]

    def begin(self) -> None:
        """Wait until web answers, and all campaigns are known to run."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with suppress(requests.RequestException):
                if self._session.get(f"{self._api}/delivery/?unsettled=true&page_size=1", timeout=10).json() == []:
                    return
            time.sleep(1)
        raise SystemExit("The campaigns were not settled within two minutes.")

    def steady(self, number: int, rate: float, *, patience: float = 60) -> list[float]:
        """Use budgets up one after the other; return the seconds from each POST to its pause."""
        posted: dict[str, float] = {}
        begun = time.monotonic()
        for count in range(number):
            place, campaign = self._left.pop(0)
            time.sleep(max(0.0, begun + count / rate - time.monotonic()))
            posted[str(place)] = time.time()
            self._post(campaign)
        paused = self._wait("steady", len(posted), lambda done: all(pk in done for pk in posted), patience)
        return [paused[pk] - at for pk, at in posted.items() if pk in paused]

    def many_at_once(self, number: int) -> float:
        """Use up the budget of the brand that has many; return the seconds until all are paused."""
        begun = time.time()
        self._post(self._one_of_many)
        paused = self._wait("many", number, lambda done: len(done) == number, 120)
        return max(paused.values()) - begun

    def _post(self, campaign: str) -> None:
        answer = self._session.post(f"{self._api}/spends/", json={"campaign": campaign, "amount": "10.00"}, timeout=30)
        answer.raise_for_status()

    def _wait(self, account: str, number: int, holds: Any, patience: float) -> dict[str, float]:
        deadline = time.monotonic() + patience
        while not holds(paused := self._sandbox.paused(account)):
            if time.monotonic() > deadline:
                print(f"Of {number} campaigns some were not paused within {patience:.0f} s.", flush=True)
                break
            time.sleep(0.2)
        return paused


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.deliveries", description="From a spend to the pause there.")
    parser.add_argument("--spends", type=int, default=150)
    parser.add_argument("--rate", type=float, default=5)
    parser.add_argument("--many", type=int, default=5_000)
    parser.add_argument("--dead", type=int, default=10, help="spends while the broker is dead")
    options = parser.parse_args()
    database = os.environ.get("TEST_DATABASE_URL", "")
    session = requests.Session()
    session.trust_env = False
    with _sandbox(session) as sandbox, running_stack(**({"DATABASE_URL": database} if database else {})) as stack:
        _measure(stack, sandbox, session, options)
    return 0


def _measure(stack: Stack, sandbox: Sandbox, session: requests.Session, options: argparse.Namespace) -> None:
    numbers = (options.spends + options.dead, options.many)
    for name, number in zip(NAMES, numbers, strict=True):
        campaigns: dict[str, dict[str, str]] = {str(count): {} for count in range(number)}
        sandbox.control("put", {name: {"token": "benchmark", "campaigns": campaigns}})
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks.delivery_setup", sandbox.address, *map(str, numbers)],
        cwd=ROOT,
        env=stack.env,
        stdout=subprocess.PIPE,
        check=True,
    )
    load = Load(stack, sandbox, session, json.loads(made.stdout.splitlines()[-1]))
    stack.start("web", "worker", "sender", "beat")
    load.begin()
    print(f"{options.rate:g} spends/s: {_shown(load.steady(options.spends, options.rate))}", flush=True)
    print(f"{options.many:,} campaigns by one spend: {load.many_at_once(options.many):.2f} s", flush=True)
    stack.kill_broker()
    print(f"Broker dead: {_shown(load.steady(options.dead, 1, patience=75))}", flush=True)


def _shown(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds) or [math.inf]
    p50, p99 = (ordered[min(len(ordered) - 1, math.ceil(part * len(ordered)) - 1)] for part in (0.5, 0.99))
    return f"{len(seconds)} pauses, p50 {p50:.2f} s, p99 {p99:.2f} s, most {ordered[-1]:.2f} s"


if __name__ == "__main__":
    sys.exit(main())
