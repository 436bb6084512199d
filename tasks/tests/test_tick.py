"""The command `tick`: from cron, in the place of worker, sender and beat."""

from datetime import timedelta
from io import StringIO
from unittest.mock import patch

import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings, tag

from alerts.models import AlertKind
from alerts.tests.subscribing import person, subscribe
from campaigns.models import Campaign, PauseReason
from delivery.models import Account, Channel, Message, MessageState
from spending.enforcement.counts import Counts
from spending.models import DriftFound
from tasks.models import Heartbeat
from tests.sandbox import WithSandbox
from tests.support import Agency

COMMAND = "tasks.management.commands.tick"


class TickCommandTests(Agency, TestCase):
    def tick(self) -> None:
        with time_machine.travel(self.now):
            call_command("tick", stderr=StringIO())

    def drift(self) -> None:
        """Have totals found that differ, of which somebody is to be told by mail."""
        DriftFound.objects.create(brand=self.brand, at=self.now, totals=1, left=1, text="The day differs.")
        subscribe(Channel.MAIL, user=person("admin", is_superuser=True), kinds=[AlertKind.DRIFT])

    def test_it_does_what_is_due_and_notes_it(self) -> None:
        Campaign.objects.update(status="PAUSED", blocked=1 << 2, pause_reason=PauseReason.DAILY_BUDGET_EXCEEDED)
        self.tick()
        self.assertRuns()
        self.assertTrue(Heartbeat.objects.filter(name="tick", seconds__gt=0).exists())

    @override_settings(MAIL_IS_SET_UP=True)
    def test_it_looks_for_alerts_and_sends_what_they_tell(self) -> None:
        self.drift()
        self.tick()
        (sent,) = mail.outbox
        self.assertEqual(sent.to, ["admin@example.com"])
        self.assertEqual(Message.objects.get(channel=Channel.MAIL).state, MessageState.DELIVERED)

    @override_settings(MAIL_IS_SET_UP=True)
    def test_what_fails_is_named_and_stops_no_other_part(self) -> None:
        self.drift()
        with (
            patch(f"{COMMAND}.observe", side_effect=ZeroDivisionError("a fault")),
            self.assertLogs(COMMAND, "ERROR") as logs,
            self.assertRaisesMessage(CommandError, "The tick failed for platforms; see the tracebacks above."),
        ):
            self.tick()
        self.assertIn("ZeroDivisionError: a fault", logs.output[0])
        self.assertEqual(len(mail.outbox), 1)
        self.assertFalse(Heartbeat.objects.exists())

    def test_it_fails_where_a_brand_failed(self) -> None:
        with (
            patch(f"{COMMAND}.tick", return_value=Counts(errors=2)),
            self.assertRaisesMessage(CommandError, "The tick failed for 2 brands; see the tracebacks above."),
        ):
            self.tick()
        self.assertFalse(Heartbeat.objects.exists())


@tag("processes")
class TickAtPlatformTests(WithSandbox, Agency, TestCase):
    def test_costs_that_use_up_a_budget_pause_at_the_platform_with_the_same_tick(self) -> None:
        before = self.now - timedelta(hours=2)
        self.sandbox.set_clock(before)
        self.sandbox.put("1", "2")
        account = self.make_account(self.brand, created_at=before, costs_due_at=self.now)
        self.deliver(account, self.campaign, self.make_campaign("Shoes"))
        self.sandbox.set_clock(self.now)
        with time_machine.travel(self.now):
            call_command("tick", stderr=StringIO())
        self.assertEqual(set(Campaign.objects.values_list("status", flat=True)), {"PAUSED"})
        self.assertEqual(self.sandbox.statuses(), {"1": "PAUSED", "2": "PAUSED"})
        self.assertTrue(Account.objects.filter(costs_due_at__gt=self.now).exists())
