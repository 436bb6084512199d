"""The demo's account at the sandbox: a newcomer sees a campaign go to PAUSED there, and everything again next time."""

import json
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import CommandError, call_command
from django.test import TestCase, tag
from django.utils import timezone

from budget_system.core.actors import Actor
from campaigns.models import Campaign
from delivery.models import Account, AccountState, Delivery
from delivery.platforms.costs import read_due_costs
from delivery.platforms.registry import SENDERS
from delivery.sending.loop import send_due
from tasks.demo.sandbox import ACCOUNT_ID, NAME
from tests.sandbox import Sandbox


@tag("processes")
class DemoSandboxTests(TestCase):
    def setUp(self) -> None:
        super().setUp()
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name, "sandbox.json")

    def start(self) -> tuple[Sandbox, str]:
        """Start a sandbox with the file, connect the demo, and do what its tasks do."""
        call_command("demo_sandbox", self.file)
        sandbox, said = Sandbox(), StringIO()
        self.addCleanup(sandbox.close)
        sandbox.control("put", **json.loads(self.file.read_text()))
        call_command("demo_sandbox", self.file, connect=sandbox.address, stdout=said)
        send_due(SENDERS, clock=timezone.now)
        read_due_costs(now=timezone.now(), by=Actor.task("read_costs"))
        send_due(SENDERS, clock=timezone.now)
        return sandbox, said.getvalue()

    def there(self, sandbox: Sandbox) -> dict[str, str]:
        campaigns = sandbox.control("state")["accounts"][ACCOUNT_ID]["campaigns"]
        return {one["name"]: one["status"] for one in campaigns.values()}

    def test_a_campaign_is_paused_there_by_what_it_cost(self) -> None:
        sandbox, said = self.start()
        self.assertIn("“Trail shoes” is paused there within a minute", said)
        now_there = {"Trail shoes": "PAUSED", "Marathon week": "ACTIVE", "Club jerseys": "ACTIVE"}
        self.assertEqual(self.there(sandbox), now_there)
        self.assertEqual(Delivery.objects.settled().count(), 3)

        Account.objects.update(state=AccountState.STOPPED)
        again, said = self.start()
        self.assertIn("connected to the sandbox again", said)
        self.assertEqual(self.there(again), now_there)
        self.assertEqual(Campaign.objects.filter(brand__name=NAME).count(), 3)
        self.assertEqual(Account.objects.get().state, AccountState.CONNECTED)

    def test_a_sandbox_that_does_not_run_is_told(self) -> None:
        call_command("demo_sandbox", self.file)
        with self.assertRaisesMessage(CommandError, "could not be reached"):
            call_command("demo_sandbox", self.file, connect="http://127.0.0.1:9")

    def test_a_file_that_is_missing_or_another_is_named(self) -> None:
        with self.assertRaisesRegex(CommandError, "No such file or directory; name a file"):
            call_command("demo_sandbox", self.file.with_name("none.json"), connect="http://127.0.0.1:9")
        for text in ("no json", "[]", "{}", '{"5129073341": 1}'):
            self.file.write_text(text)
            with self.subTest(text), self.assertRaisesRegex(CommandError, "is none with which a sandbox starts"):
                call_command("demo_sandbox", self.file, connect="http://127.0.0.1:9")
        with self.assertRaisesRegex(CommandError, "Is a directory; name a file"):
            call_command("demo_sandbox", self.file.parent)
