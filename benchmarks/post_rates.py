"""How fast spends are POSTed, to our API and to the smallest view with the same statements. Needs Django set up."""

import json
import os
import pickle
import secrets
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from benchmarks.spend_rates import statements_of
from brands.access.tokens import issue_token
from brands.models import Membership, Role
from brands.services import BrandValues, create_brand
from budget_system.core.actors import Actor
from campaigns.services import create_campaign
from scripts.processes import COMMANDS
from spending.models import Spend

ROUNDS = 5
REQUESTS = 40
"""Of each connection in each round; the two kinds take turns, so that both meet the same machine."""
BY = Actor.command("post_spend")
STATEMENTS, SMALL_PATH, PATH = "BENCHMARK_STATEMENTS", "/small/", "/api/spends/"
TRANSACTION = "FOR NO KEY UPDATE", "BEGIN"


class Rates(NamedTuple):
    """POSTs per second, each the median of all rounds; and the statements of one."""

    ours: float
    small: float
    statements: int


def measure(at_once: tuple[int, ...]) -> Iterator[Rates]:
    """POST spends with a token of a manager, over so many connections; check that none is lost."""
    campaigns, token = _agency(max(at_once))
    bodies = [json.dumps({"campaign": campaign, "amount": "0.01"}).encode() for campaign in campaigns]
    with tempfile.TemporaryDirectory() as folder:
        statements = _statements(bodies[0], token)
        (Path(folder) / "statements").write_bytes(pickle.dumps(_split(statements)))
        connection.close()
        with _server(Path(folder)) as port:
            for number in at_once:
                before = Spend.objects.count()
                times: tuple[list[float], list[float]] = ([], [])
                connection.close()
                with ThreadPoolExecutor(number) as pool:
                    for _ in range(ROUNDS + 1):  # of the first, nothing is kept
                        for path, took in zip((PATH, SMALL_PATH), times, strict=True):
                            began = time.perf_counter()
                            list(pool.map(partial(_post, port, path, token), bodies[:number]))
                            took.append(number * REQUESTS / (time.perf_counter() - began))
                done, there = 2 * number * REQUESTS * (ROUNDS + 1), Spend.objects.count() - before
                if there != done:
                    raise AssertionError(f"{done} spends were sent, {there} are there")
                yield Rates(median(times[0][1:]), median(times[1][1:]), len(statements))


def _agency(brands: int) -> tuple[list[str], str]:
    now, plenty, campaigns = datetime.now(UTC), Decimal("1000000.00"), []
    user = User.objects.create_user("manager")
    for number in range(brands):
        values: BrandValues = {
            "name": f"Acme {number}",
            "daily_budget": plenty,
            "monthly_budget": plenty,
            "timezone": "UTC",
        }
        brand = create_brand(values=values, now=now, by=BY)
        Membership.objects.create(user=user, brand=brand, role=Role.MANAGER)
        campaigns.append(str(create_campaign(values={"brand_id": brand.pk, "name": "Sale"}, now=now, by=BY).pk))
    return campaigns, issue_token(user=user, expires_at=None, now=now, by=BY).text


def _statements(body: bytes, token: str) -> list[tuple[str, list[object]]]:
    client = Client(headers={"Authorization": f"Token {token}", "Host": "localhost"})

    def post() -> None:
        answer = client.post(PATH, body, content_type="application/json")
        if answer.status_code != 201:
            raise AssertionError(answer.content)

    post()
    return statements_of(post)


def _split(statements: list[tuple[str, list[object]]]) -> tuple[list[object], list[object]]:
    """Return what is sent before the transaction, and what within; how it begins and ends is left to `atomic`."""
    first = next(place for place, (sql, _) in enumerate(statements) if any(mark in sql for mark in TRANSACTION))
    return [*statements[:first]], [one for one in statements[first:] if not one[0].startswith("BEGIN")]


@contextmanager
def _server(folder: Path) -> Iterator[int]:
    """Serve as `run_all.sh` does, on the database of this process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    name = str(connection.settings_dict["NAME"])
    url = os.environ.get("TEST_DATABASE_URL")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "budget_system.settings",
        "DATABASE_URL": urlsplit(url)._replace(path=f"/{name}").geturl() if url else f"sqlite:///{name}",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DEBUG": "false",
        "API_AUTH": "closed",
        "HTTPS": "false",
        "ALLOW_SQLITE": "true",
        "LOG_LEVEL": "INFO",
        "THROTTLE_USER": "10000000",
        "STATIC_ROOT": str(folder / "static"),
        STATEMENTS: str(folder / "statements"),
    }
    command = [word.format(address=f"127.0.0.1:{port}") for word in COMMANDS["web"]]
    command[command.index("budget_system.wsgi")] = "benchmarks.post_server"
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            for _ in range(600):
                time.sleep(0.1)
                with socket.socket() as probe:
                    if server.poll() is not None or probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
            if server.poll() is not None:
                raise RuntimeError((folder / "log").read_text())
            yield port
        except OSError as error:
            raise RuntimeError((folder / "log").read_text()) from error
        finally:
            server.terminate()
            server.wait()


def _post(port: int, path: str, token: str, body: bytes) -> None:
    """POST one after the other over one connection, with as little work as possible."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Token {token}\r\nContent-Type: application/json\r\n"
    )
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(REQUESTS):
            line.sendall(request)
            answer = line.recv(65536)
            while not answer.endswith(b"}"):  # of its JSON
                answer += line.recv(65536)
            if not answer.startswith(b"HTTP/1.1 201 "):
                raise AssertionError(answer)
