"""An attacker who spends work: whole requests that cost more to refuse than to send, some with a token of his own.

    python -m tests.hostile.api_calls PORT SECONDS TOKEN CAMPAIGN

attacks the server at this port of this machine alone, for so long, and tells as JSON what each kind was answered.
"""

import http.client
import json
import re
import secrets
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from threading import Thread
from typing import Final
from urllib.parse import urlencode
from uuid import UUID, uuid4

THREADS: Final = 2
PAUSE: Final = 0.05
"""Seconds between two requests of one thread."""
SPENDS: Final = "/api/spends/"
BULK: Final = "/api/spends/bulk/"
ARRAY_EVERY: Final = 40
"""One request of so many is an array of 20 MB."""
EMPTY_ROWS: Final = b"[" + b",".join([b"{}"] * 6_600_000) + b"]"
MARKS: Final = "a" + "\u0301" * 20_000


class Attacker:
    """One thread's requests, one kind after the other."""

    def __init__(self, port: int, token: str, campaign: str) -> None:
        self.counts: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.slowest: defaultdict[str, float] = defaultdict(float)
        self._port, self._token, self._campaign = port, token, campaign
        self._key = secrets.token_hex(8)

    def attack(self, end: float) -> None:
        """Send one request after the other until then."""
        kinds: list[Callable[[], int]] = [
            self.bad_json, self.deep_json, self.combining_marks, self.wrong_token, self.huge_ids, self.repeat,
            self.guess_password, self.huge_numbers,
        ]  # fmt: skip
        number = 0
        while time.monotonic() < end:
            number += 1
            kind = self.large_array if number % ARRAY_EVERY == 0 else kinds[number % len(kinds)]
            begun = time.monotonic()
            try:
                status = kind()
            except (OSError, http.client.HTTPException):
                status = 0
            self.counts[kind.__name__][status] += 1
            self.slowest[kind.__name__] = max(self.slowest[kind.__name__], time.monotonic() - begun)
            time.sleep(PAUSE)

    def bad_json(self) -> int:
        """Send what is no JSON."""
        return self._post(SPENDS, b'{"campaign": "x", "amount": NaN, ' + b'"a": [' * 50)

    def deep_json(self) -> int:
        """Send brackets within brackets."""
        return self._post(SPENDS, b"[" * 400_000)

    def combining_marks(self) -> int:
        """Send letters with thousands of accents upon each."""
        return self._post(SPENDS, self._spend(description=MARKS))

    def large_array(self) -> int:
        """Send as many empty rows as 20 MB hold."""
        return self._post(BULK, EMPTY_ROWS)

    def wrong_token(self) -> int:
        """Guess a token."""
        return self._post(SPENDS, self._spend(), token=secrets.token_hex(32))

    def huge_ids(self) -> int:
        """Ask for what no row is called."""
        for name in ("9" * 3_000, str(UUID(int=2**128 - 1)), str(uuid4()), "%00" * 500):
            status = self._ask("GET", f"{SPENDS}{name}/")[0]
        return status

    def huge_numbers(self) -> int:
        """Send numbers beyond every column, and ask for pages beyond every list."""
        self._ask("GET", f"{SPENDS}?limit={'9' * 400}&offset={'9' * 400}")
        return self._post(SPENDS, self._spend(amount="9" * 400))

    def repeat(self) -> int:
        """Send a key again with another body."""
        return self._post(SPENDS, self._spend(description=secrets.token_hex(8)), {"Idempotency-Key": self._key})

    def guess_password(self) -> int:
        """Guess the password of somebody, by the login's own form."""
        status, text, cookie = self._ask("GET", "/admin/login/", headers={"Authorization": ""})
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text)
        if found is None:
            return status
        form = {"csrfmiddlewaretoken": found[1], "username": f"user{secrets.randbelow(9)}", "password": "guess"}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie, "Authorization": "",
            "Referer": f"http://127.0.0.1:{self._port}/admin/login/",
        }  # fmt: skip
        return self._ask("POST", "/admin/login/", urlencode(form).encode(), headers)[0]

    def _spend(self, **values: str) -> bytes:
        return json.dumps({"campaign": self._campaign, "amount": "0.01", **values}).encode()

    def _post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None, token: str = "") -> int:
        authorization = {"Authorization": f"Token {token}"} if token else {}
        return self._ask("POST", path, body, {"Content-Type": "application/json", **authorization, **(headers or {})})[
            0
        ]

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(method, path, body, {"Authorization": f"Token {self._token}", **(headers or {})})
            answer = connection.getresponse()
            cookie = (answer.headers.get("Set-Cookie") or "").partition(";")[0]
            return answer.status, answer.read().decode(errors="replace"), cookie
        finally:
            connection.close()


def main() -> None:
    """Attack with all threads."""
    port, seconds, token, campaign = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4]
    end = time.monotonic() + seconds
    attackers = [Attacker(port, token, campaign) for _ in range(THREADS)]
    threads = [Thread(target=one.attack, args=(end,)) for one in attackers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for one in attackers:
        for kind, answers in one.counts.items():
            total[kind].update(answers)
    slowest = {kind: round(max(one.slowest[kind] for one in attackers), 2) for kind in total}
    print(json.dumps({"answers": total, "slowest": slowest}))


if __name__ == "__main__":
    main()
