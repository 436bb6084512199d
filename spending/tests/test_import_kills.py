"""A run that is killed in the middle and started again ends as if it had run once; undone, nothing is left of it."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase, tag

from brands.models import Brand
from spending.enforcement.audit import check_totals
from spending.models import BrandTotal, CampaignTotal, Import, Spend
from tests.support import ALICE, Agency
from tests.threads import PATIENCE

KILLS = 30 if os.environ.get("BUDGET_SOAK") else 3
CAMPAIGNS, DAYS = 20, 150


@tag("processes")
@tag("both_databases")
class KillTests(Agency, TransactionTestCase):
    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "report.csv"
        self.restated = Path(folder.name) / "restated.csv"
        self.scratch = Path(folder.name) / "scratch"
        self.scratch.mkdir()
        self.write(self.path, 1)
        self.write(self.restated, 2)

    def write(self, path: Path, factor: int) -> None:
        """Write a report; the second restates a third of the days, voids a third, and leaves a third."""
        with path.open("w") as text:
            text.write("campaign_id,date,spend\n")
            for day in range(DAYS):
                for campaign in range(CAMPAIGNS):
                    cents = 100 + (day * 7 + campaign * 3) % 900
                    if factor == 2 and (day + campaign) % 3 < 2:
                        cents = 0 if (day + campaign) % 6 == 0 else cents + 50
                    text.write(f"{campaign},{date(2026, 3, 1) - timedelta(days=day)},{cents / 100:.2f}\n")

    def arguments(self, path: Path, brand: Brand) -> list[str]:
        options = ["--platform", "microsoft", "--create-campaigns", "--force"]
        return ["import_spends", str(path), "--brand", brand.name, *options]

    def dump(self, brand: Brand) -> list[list[object]]:
        """Return the ledger and the totals, ids and times left out."""
        ledger = Spend.objects.filter(campaign__brand=brand).order_by("campaign__external_id", "spend_date")
        totals = CampaignTotal.objects.filter(campaign__brand=brand)
        of_brand = BrandTotal.objects.filter(brand=brand).order_by("period", "start")
        return [
            list(ledger.values_list("campaign__external_id", "spend_date", "amount", "spend_type", "external_id")),
            list(
                totals.order_by("campaign__external_id", "period", "start").values_list(
                    "campaign__external_id", "period", "start", "amount", "cleared"
                )
            ),
            list(of_brand.values_list("period", "start", "amount", "cleared")),
        ]

    def start(self, path: Path, brand: Brand) -> "subprocess.Popen[bytes]":
        name = connection.settings_dict["NAME"]
        url = f"sqlite:///{name}"
        if connection.vendor == "postgresql":
            url = urlunsplit(urlsplit(os.environ["TEST_DATABASE_URL"])._replace(path=f"/{name}"))
        environment = {**os.environ, "DATABASE_URL": url, "SECRET_KEY": "only-for-tests-" * 5, "DEBUG": "true"}
        environment["TMPDIR"] = str(self.scratch)
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        command = [sys.executable, "manage.py", *self.arguments(path, brand)]
        return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL)

    def kill_midway(self, path: Path, brand: Brand, wait: float) -> bool:
        """Start an import, kill it after it has begun to write, and say whether it was in the middle."""
        before = Import.objects.filter(brand=brand).count()
        process = self.start(path, brand)
        deadline = time.monotonic() + 3 * PATIENCE
        while Import.objects.filter(brand=brand).count() == before and time.monotonic() < deadline:
            self.assertIsNone(process.poll(), "it ended before it began")
            time.sleep(0.02)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
        self.assertEqual(list(self.scratch.iterdir()), [], "files were left behind")
        return Import.objects.unfinished().filter(brand=brand).exists()

    def test_killed_and_started_again_it_ends_as_if_it_had_run_once(self) -> None:
        once = self.make_brand("Once")
        for path in (self.path, self.restated):
            call_command(*self.arguments(path, once), stdout=StringIO())
        chance = random.Random(20260311)
        midway = 0
        for number in range(KILLS):
            with self.subTest(number):
                brand = self.make_brand(f"Killed {number}")
                call_command(*self.arguments(self.path, brand), stdout=StringIO())
                first = list(Spend.objects.filter(campaign__brand=brand).order_by("pk").values())
                totals = self.dump(brand)
                midway += self.kill_midway(self.restated, brand, chance.uniform(0, 0.8))
                if number % 3 < 2:
                    call_command(*self.arguments(self.restated, brand), stdout=StringIO())
                    report = Import.objects.filter(brand=brand).order_by("pk")[1]
                    same = Import.objects.filter(brand=once).order_by("pk")[1]
                    self.assertIsNotNone(report.finished_at)
                    self.assertEqual(self.dump(brand), self.dump(once))
                    for name in ("days", "created", "replaced", "voided", "money_in", "money_booked", "rounding"):
                        self.assertEqual(getattr(report, name), getattr(same, name), name)
                report = Import.objects.filter(brand=brand).order_by("pk")[1]
                call_command("import_spends", "--undo", str(report.pk), stdout=StringIO())
                self.assertEqual(self.dump(brand), totals)
                again = list(Spend.objects.filter(campaign__brand=brand).order_by("pk").values())
                self.assertEqual(again, first)
        self.assertGreater(midway, 0)
        drifts, _ = check_totals(now=self.now, by=ALICE)
        self.assertEqual(drifts, [])
