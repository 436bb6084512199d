"""Honest traffic: so many posts a second, whatever becomes of them, each sent again until it is accepted."""

import http.client
import json
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from threading import Lock, Thread
from typing import Final

PATIENCE: Final = 60
"""Seconds in which a post is accepted."""


class HonestTraffic:
    """Threads that each post once a second, at times that do not wait for the answers before."""

    def __init__(self, port: int, *, token: str, campaigns: Sequence[str], rate: int, seconds: float) -> None:
        self.accepted: dict[str, str] = {}
        """The amount of each post that was accepted, by its description."""
        self.answers: Counter[int] = Counter()
        """By status; 0 where none came."""
        self.seconds: list[float] = []
        """How long each post took, from its time to its being accepted."""
        self._port, self._token, self._campaigns = port, token, campaigns
        self._lock = Lock()
        begin = time.monotonic() + 1
        self.planned = rate * int(seconds)
        self._threads = [
            Thread(target=self._post_all, args=(begin + number / rate, number, int(seconds))) for number in range(rate)
        ]
        for thread in self._threads:
            thread.start()

    def wait(self) -> None:
        """Wait until all is sent, and accepted or given up."""
        for thread in self._threads:
            thread.join()

    def percentile(self, share: float) -> float:
        """Return within how many seconds this share of the posts was accepted."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

    def _post_all(self, begin: float, number: int, times: int) -> None:
        for turn in range(times):
            due = begin + turn
            time.sleep(max(0.0, due - time.monotonic()))
            name, amount = f"honest {number} {turn}", f"{1 + (number * 7 + turn) % 500}.{turn % 100:02d}"
            campaign = self._campaigns[(number + turn) % len(self._campaigns)]
            while not self._is_accepted(campaign, name, amount):
                if time.monotonic() - due > PATIENCE:
                    break
                time.sleep(0.1)
            with self._lock:
                self.seconds.append(time.monotonic() - due)

    def _is_accepted(self, campaign: str, name: str, amount: str) -> bool:
        body = json.dumps({"campaign": campaign, "amount": amount, "description": name})
        headers = {
            "Authorization": f"Token {self._token}", "Content-Type": "application/json",
            "Idempotency-Key": name.replace(" ", "-"),
        }  # fmt: skip
        status = 0
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
            try:
                connection.request("POST", "/api/spends/", body, headers)
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            finally:
                connection.close()
        with self._lock:
            self.answers[status] += 1
            if status == 201:
                self.accepted[name] = amount
        return status == 201
