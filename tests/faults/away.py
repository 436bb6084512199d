"""Database and broker, taken away under load and given back."""

import http.client
import time
from collections.abc import Callable
from functools import partial

from tests.faults.kills import all_done
from tests.faults.load import Load, Pulse
from tests.faults.system import WITHIN, System

RATE = 20
"""Posts in a second."""

SENT = "SELECT count(*) FROM django_celery_beat_periodictask WHERE last_run_at > %s"


def live_without_broker(
    system: System, load: Load, *, take: Callable[[], None], give: Callable[[], None], seconds: float
) -> tuple[str, float]:
    """Book on while the broker is away, from `take` to `give`.

    Give what became of it, with the seconds until ticks were done again, and the longest that `/health/` took.
    """
    time.sleep(2)
    pulse = Pulse(system, load)
    try:
        take()
        slowest = 0.0
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            before = time.monotonic()
            system.status("/health/")
            slowest = max(slowest, time.monotonic() - before)
            time.sleep(1)
        give()
        back = time.monotonic()
        resumed = partial(pulse.first_after, "tick", back)
        system.wait("a tick is done", lambda: resumed() is not None, within=WITHIN)
        load.put(10)
        system.wait("the worker does what is in the queue", partial(all_done, system, load), within=WITHIN)
    finally:
        pulse.end()
        load.end()
    after = (resumed() or 0) - back
    return f"{seconds:.0f} s without a broker, ticks done again after {after:.1f} s; {load.summary()}", slowest


def live_without_database(system: System, load: Load, *, seconds: float) -> tuple[str, list[tuple[int, str, str]]]:
    """Stop the database and start it again; give what became of it, and what was answered meanwhile.

    Each of the answers is its status, `Retry-After` and body: of the API, of the admin and of `/health/`.
    """
    time.sleep(2)
    pulse = Pulse(system, load)
    try:
        system.cluster.stop()
        answers = [ask(system, path) for path in ("/api/brands/", "/admin/brands/brand/", "/health/?only=web")]
        time.sleep(seconds)
        system.cluster.start()
        back, since = time.monotonic(), system.sql("SELECT now() + interval '2 seconds'")[0][0]
        system.wait("beat notes what it sends", lambda: system.number(SENT, since) > 0, within=WITHIN)
        system.wait("a spend is booked", lambda: pulse.first_after("web", back) is not None, within=WITHIN)
        system.wait("a tick is done", lambda: pulse.first_after("tick", back) is not None, within=WITHIN)
    finally:
        pulse.end()
        load.end()
    web, beat = ((pulse.first_after(part, back) or 0) - back for part in ("web", "tick"))
    return (
        f"{seconds:.0f} s without a database, booked again after {web:.1f} s, ticks after {beat:.1f} s; "
        f"{load.summary()}",
        answers,
    )


def ask(system: System, path: str) -> tuple[int, str, str]:
    """Ask as somebody who was logged in."""
    connection = http.client.HTTPConnection("127.0.0.1", system.port, timeout=30)
    try:
        connection.request("GET", path, headers={"Cookie": f"sessionid={'x' * 32}"})
        response = connection.getresponse()
        return response.status, response.headers.get("Retry-After", ""), response.read().decode()
    finally:
        connection.close()
