"""Clients that book without pause, each line again until it is acknowledged, and remember what was."""

import http.client
import json
import math
import random
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from tests.faults.system import System, TooLate

TROUBLE = (OSError, http.client.HTTPException)
"""What a client meets where the web process dies."""

PATIENCE = 150
"""Seconds in which what was begun is acknowledged; the key of a line whose process died is free after a minute."""


@dataclass
class Load:
    """Threads that post, and one that puts messages into the queue."""

    system: System
    name: str
    rate: float
    """Posts in a second, by all threads together."""
    threads: int = 6
    keyed: int = 0
    """More threads, whose lines are known by their `Idempotency-Key` alone."""
    messages: bool = True
    campaigns: list[str] = field(default_factory=list)
    """On which it books; where none is named, on campaigns of its own."""
    acknowledged: dict[str, str] = field(default_factory=dict)
    """The amount of each line that was acknowledged, by its name."""
    statuses: dict[int, int] = field(default_factory=dict)
    answered_at: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ending, self.keys_ending = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self.campaigns = self.campaigns or self.system.make_campaigns(self.name)
        self._dice = random.Random(self.name)
        self._messages = 0
        self._patient_until, self._given_up = math.inf, list[str]()
        works = [threading.Thread(target=self._post, args=(at,)) for at in range(self.threads + self.keyed)]
        self._works = [*works, threading.Thread(target=self._send)] if self.messages else works
        for work in self._works:
            work.start()

    def end(self) -> None:
        """Begin nothing more, and wait until all that was begun is acknowledged. Raises `TooLate`."""
        self._patient_until = time.monotonic() + PATIENCE
        self.keys_ending.set()
        self._ending.set()
        for work in self._works:
            work.join()
        if self._given_up:
            raise TooLate(f"not within {PATIENCE} s: these are acknowledged: {', '.join(self._given_up)}")

    def _post(self, thread: int) -> None:
        dice = random.Random(thread)
        by_key = thread >= self.threads
        ending = self.keys_ending if by_key else self._ending
        number = 0
        while not ending.wait(dice.expovariate(self.rate / (self.threads + self.keyed))):
            number += 1
            name = f"{self.name} post {thread} {number}"
            body = {"campaign": dice.choice(self.campaigns), "amount": f"{dice.randint(1, 500) / 100:.2f}"}
            body["description" if by_key else "external_id"] = name
            headers = {"Idempotency-Key": name.replace(" ", "-")} if by_key else {}
            while not self._acknowledged(body, headers):
                if time.monotonic() > self._patient_until:
                    self._given_up.append(name)
                    return
                time.sleep(0.2)
            with self._lock:
                self.acknowledged[name] = body["amount"]
                self.answered_at.append(time.monotonic())

    def _acknowledged(self, body: dict[str, str], headers: dict[str, str]) -> bool:
        before = time.monotonic()
        status = 0
        with suppress(*TROUBLE):
            connection = http.client.HTTPConnection("127.0.0.1", self.system.port, timeout=100)
            try:
                connection.request(
                    "POST", "/api/spends/", json.dumps(body), {"Content-Type": "application/json", **headers}
                )
                response = connection.getresponse()
                response.read()
                status = response.status
            finally:
                connection.close()
        with self._lock:
            self.statuses[status] = self.statuses.get(status, 0) + 1
            self.seconds.append(time.monotonic() - before)
        return status in (200, 201)

    def put(self, count: int) -> None:
        """Put messages into the queue."""
        for _ in range(count):
            with self._lock:
                self._messages += 1
                name, amount = f"{self.name} task {self._messages}", f"{self._dice.randint(1, 500) / 100:.2f}"
                campaign = self._dice.choice(self.campaigns)
            self.system.send("track_spend_task", name, campaign_id=campaign, amount=amount, external_id=name)
            with self._lock:
                self.acknowledged[name] = amount

    def taken(self) -> int:
        """Count the messages that the queue took."""
        # A list, made in one go: the clients may go on adding lines meanwhile.
        return sum(" task " in name for name in list(self.acknowledged))

    def summary(self) -> str:
        """Return in a few words what was answered, and how soon."""
        seconds = sorted(self.seconds)
        return (
            f"{len(self.acknowledged)} lines acknowledged, answers by status (0: none came) "
            f"{dict(sorted(self.statuses.items()))}, p99 {self.p99():.2f} s, slowest {seconds[-1]:.2f} s"
        )

    def p99(self) -> float:
        """Return the seconds in which 99 of 100 answers came."""
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)]

    def _send(self) -> None:
        while not self._ending.wait(0.1):
            self.put(1)


class Pulse:
    """Watches who is at work: when an answer came, when the worker booked, when beat sent a tick, when one was done."""

    def __init__(self, system: System, load: Load) -> None:
        self._system = system
        self._load = load
        self._moments: dict[str, list[float]] = {"worker": [], "beat": [], "tick": []}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def first_after(self, part: str, moment: float) -> float | None:
        """Return the first time after this moment at which a part was seen at work."""
        moments = self._load.answered_at if part in ("web", "database") else self._moments[part]
        return next((at for at in list(moments) if at > moment), None)

    def end(self) -> None:
        """Watch no longer."""
        self._ending.set()
        self._thread.join()

    def _watch(self) -> None:
        before: dict[str, object] = {}
        while not self._ending.wait(0.25):
            seen = {
                "worker": self._system.booked_by_tasks(self._load.name),
                "beat": self._system.sql("SELECT max(last_run_at) FROM django_celery_beat_periodictask")[0][0],
                "tick": self._system.ticks(),
            }
            for part, sign in seen.items():
                if before.get(part, sign) != sign:
                    self._moments[part].append(time.monotonic())
            before = dict(seen)
