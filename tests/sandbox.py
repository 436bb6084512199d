"""The sandbox as a process of its own, for tests: what a platform does, and what goes wrong there."""

import subprocess
import sys
from datetime import datetime
from typing import Any

import requests
from django.conf import settings
from django.test import SimpleTestCase

from brands.models import Brand
from campaigns.models import Campaign
from delivery.models import Account, Connector, Delivery

ACCOUNT, TOKEN = "7001", "open sesame"


class Sandbox:
    """A sandbox that runs until it is closed."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "scripts.sandbox"],
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().split()[-1].rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False

    def close(self) -> None:
        """End it."""
        self._session.close()
        self._process.terminate()
        self._process.communicate(timeout=10)

    def control(self, what: str, **body: Any) -> Any:
        """Set something; return everything it knows."""
        return self._session.post(f"{self.address}/control/{what}", json=body, timeout=10).json()

    def put(self, *campaigns: str, account: str = ACCOUNT, **values: Any) -> None:
        """Create an account with campaigns, by their ids, that run."""
        known = {pk: {"name": f"There {pk}", "rate": "36.00"} for pk in campaigns}
        named = {"token": TOKEN, "name": "Acme there", "campaigns": known} | values
        self.control("put", **{account: named})

    def switch(self, **wanted: str) -> None:
        """Switch campaigns by hand."""
        self.control("switch", **{ACCOUNT: {pk.removeprefix("_"): status for pk, status in wanted.items()}})

    def fail(self, call: str, kind: str, seconds: float = 0, times: int = 1_000) -> None:
        """Make a call go wrong from now on, so many times."""
        self.control("faults", faults=[{"call": call, "kind": kind, "seconds": seconds, "times": times}])

    def work(self) -> None:
        """Make everything go right again."""
        self.control("faults", faults=[])

    def set_clock(self, now: datetime) -> None:
        """Set the clock there, and stop it."""
        self.control("clock", now=now.isoformat())

    def statuses(self) -> dict[str, str]:
        """Return the status of each campaign of the account."""
        campaigns = self.control("state")["accounts"][ACCOUNT]["campaigns"]
        return {pk: one["status"] for pk, one in campaigns.items()}

    def calls(self, call: str) -> int:
        """Return how often something was asked for."""
        return int(self.control("state")["calls"].get(call, 0))


class WithSandbox(SimpleTestCase):
    """A test with a sandbox of its class."""

    sandbox: Sandbox

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.close)

    def setUp(self) -> None:
        super().setUp()
        self.sandbox.control("reset")

    def make_account(self, brand: Brand, **values: Any) -> Account:
        """Create a row of an account that is connected to the sandbox."""
        return Account.objects.create(
            brand=brand,
            platform="google",
            external_id=ACCOUNT,
            connector=Connector.SANDBOX,
            credentials={"address": self.sandbox.address, "token": TOKEN},
            currency="USD",
            timezone="UTC",
            **values,
        )

    def deliver(self, account: Account, *campaigns: Campaign) -> None:
        """Switch campaigns on, with ids from 1."""
        for number, campaign in enumerate(campaigns, 1):
            campaign.platform, campaign.external_id, campaign.delivery_enabled = "google", str(number), True
        Campaign.objects.bulk_update(campaigns, ["platform", "external_id", "delivery_enabled"])
        Delivery.objects.bulk_create(
            Delivery(campaign=campaign, account=account, enabled_at=account.created_at) for campaign in campaigns
        )
