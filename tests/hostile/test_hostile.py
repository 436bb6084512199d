"""Two attackers beside honest traffic: the honest are answered in time, and nothing of theirs is lost or doubled.

`./run_tests.sh --soak` runs it, for ten minutes, against the server that `run_all.sh` starts, on PostgreSQL.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final
from unittest import SkipTest, TestCase, skipUnless

import psycopg
from django.test import tag

from scripts.postgres import Cluster, temporary_cluster
from scripts.servers import ServerUnavailable
from tests.hostile.honest import HonestTraffic
from tests.system.client import Api
from tests.system.slow import wait_until
from tests.system.stack import ROOT, Stack, running_stack

SECONDS: Final = int(os.environ.get("BUDGET_SOAK_SECONDS") or 600)
RATE: Final = 20
PROMPT: Final = 1.0
"""Seconds within which 99 of 100 honest posts are accepted."""
SHARES: Final = {"p50": 0.5, "p99": 0.99, "max": 1.0}
LEDGER: Final = "SELECT description, amount FROM spending_spend WHERE campaign_id = ANY(%s)"
BRANDS: Final = 5
"""Of the honest; the attacker has a brand of his own."""
PEOPLE: Final = f"""
from django.contrib.auth.models import User
from brands.models import Brand, Membership, Role
for name, count in (("honest", {BRANDS}), ("hostile", 1)):
    user = User.objects.create_user(name)
    for number in range(count):
        brand = Brand.objects.create(name=f"{{name}} {{number}}", daily_budget=None, monthly_budget=None)
        Membership.objects.create(user=user, brand=brand, role=Role.MANAGER)
"""


@tag("processes")
@skipUnless(os.environ.get("BUDGET_SOAK"), "takes ten minutes: ./run_tests.sh --soak")
class HostileTests(TestCase):
    def setUp(self) -> None:
        last = ExitStack()
        self.addCleanup(last.close)
        try:
            self.cluster: Cluster = last.enter_context(temporary_cluster())
        except ServerUnavailable as error:
            raise SkipTest(str(error)) from error
        self.stack: Stack = last.enter_context(
            running_stack(DATABASE_URL=self.cluster.url, DEBUG="false", API_AUTH="closed")
        )
        self.stack.manage("shell", "-c", PEOPLE)
        self.stack.start("web", "worker", "beat")
        self.assertTrue(wait_until(self.answers, within=60), self.stack.logs())

    def answers(self) -> bool:
        try:
            return Api(self.stack.port, timeout=5).ask("GET", "/health/?only=web").status == 200
        except OSError:
            return False

    def token(self, name: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "token"
            self.stack.manage("issue_token", name, "--output", str(path))
            return path.read_text().strip()

    def campaigns(self, name: str, token: str) -> list[str]:
        """Make a campaign in each brand of a user."""
        api = Api(self.stack.port, token=token)
        brands = api.rows("/api/brands/")
        return [str(api.post("/api/campaigns/", {"brand": row["id"], "name": name})["id"]) for row in brands]

    @contextmanager
    def attack(self, script: str, *arguments: str) -> Iterator[dict[str, Any]]:
        """Run an attacker beside the block; what it was answered is there after it."""
        results: dict[str, Any] = {}
        command = [sys.executable, "-m", f"tests.hostile.{script}", str(self.stack.port), str(SECONDS), *arguments]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        try:
            yield results
            output, _ = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0)
            results.update(json.loads(output))
        finally:
            process.kill()
            process.wait()

    def test_attackers_neither_delay_the_honest_nor_lose_nor_double_what_they_book(self) -> None:
        tokens = {name: self.token(name) for name in ("honest", "hostile")}
        honest, (hostile,) = (self.campaigns(name, token) for name, token in tokens.items())
        self.assertEqual(len(honest), BRANDS)
        with (
            self.attack("sockets") as slow,
            self.attack("api_calls", tokens["hostile"], hostile) as requests,
        ):
            traffic = HonestTraffic(
                self.stack.port, token=tokens["honest"], campaigns=honest, rate=RATE, seconds=SECONDS
            )
            traffic.wait()
        figures = ", ".join(f"{name} {traffic.percentile(share):.3f} s" for name, share in SHARES.items())
        print(f"\nhonest: {len(traffic.accepted)} of {traffic.planned} posts accepted, {figures}")
        print(f"answers to them {dict(traffic.answers)}; load {os.getloadavg()}\nsockets: {slow}\nrequests: {requests}")

        with psycopg.connect(self.cluster.url) as connection:
            rows = connection.execute(LEDGER, [honest]).fetchall()
        self.assertEqual(len(traffic.accepted), traffic.planned)
        self.assertEqual(len(rows), traffic.planned, "something was booked twice, or not at all")
        self.assertEqual({name: f"{cents / 100:.2f}" for name, cents in rows}, traffic.accepted)
        self.stack.manage("check_totals")
        statuses = {int(status) for answers in requests["answers"].values() for status in answers}
        self.assertLessEqual({status for status in statuses if status >= 500}, {503})
        self.assertNotIn("Traceback", (self.stack.folder / "web.log").read_text(errors="replace"))
        self.assertEqual(self.stack.ended(), [])
        self.assertLess(traffic.percentile(0.99), PROMPT)
