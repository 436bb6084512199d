"""Pushing to the sandbox: what is wanted is set there, whatever goes wrong meanwhile."""

from datetime import datetime, timedelta
from unittest.mock import patch

from django.test import TestCase, tag

from alerts.models import Alert, AlertKind
from campaigns.models import Campaign
from campaigns.services import activate_campaign, pause_campaign
from delivery.connections import stop_account
from delivery.models import Account, AccountState, Delivery, Drift, Message, MessageState
from delivery.outbox import request_push
from delivery.platforms.observing import GRACE, observe
from delivery.platforms.push import LOOK_EVERY
from delivery.platforms.registry import SENDERS
from delivery.sending.loop import send_due
from tests.sandbox import WithSandbox
from tests.support import ALICE, Agency

CALLS = ("account", "status", "changes", "costs")


@tag("both_databases", "processes")
class PushTests(WithSandbox, Agency, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sandbox.put("1", "2")
        self.other = self.make_campaign("Shoes")
        self.account = self.make_account(self.brand, created_at=self.now, looked_at=self.now)
        self.deliver(self.account, self.campaign, self.other)
        self.send()

    def send(self, later: timedelta = timedelta(0)) -> Message:
        """Send what is due by then; return the account's message."""
        self.now += later
        send_due(SENDERS, clock=lambda: self.now)
        return Message.objects.filter(channel="platform").first() or Message()

    def push(self) -> Message:
        request_push([self.campaign.pk, self.other.pk], now=self.now)
        return self.send()

    def pause(self, campaign: Campaign | None = None) -> None:
        pause_campaign(campaign_id=(campaign or self.campaign).pk, now=self.now, by=ALICE)

    def row(self, campaign: Campaign | None = None) -> Delivery:
        return Delivery.objects.select_related("campaign", "account").get(pk=(campaign or self.campaign).pk)

    def alerts(self, kind: AlertKind = AlertKind.DELIVERY_DRIFTED) -> list[str]:
        return [str(row.state) for row in Alert.objects.filter(kind=kind).order_by("at", "id")]

    def look(self) -> None:
        """Move the clock to when everything is observed, and do what that asks for."""
        self.now += LOOK_EVERY
        observe(now=self.now)
        self.send()

    def test_a_pause_is_set_there_and_settled(self) -> None:
        self.spend("100.00")
        message = self.send()
        self.assertEqual(self.sandbox.statuses(), {"1": "PAUSED", "2": "PAUSED"})
        self.assertEqual((message.state, message.due_at), (MessageState.DELIVERED, None))
        self.assertEqual(Delivery.objects.settled().count(), 2)
        self.assertEqual((self.row().applied, self.row().applied_at), ("PAUSED", self.now))
        self.account.refresh_from_db()
        self.assertEqual(self.account.seen_at, self.now)

    def test_a_push_is_no_look_at_all_others(self) -> None:
        before = self.account.looked_at
        self.now += LOOK_EVERY / 2
        self.pause()
        self.send()
        self.account.refresh_from_db()
        self.assertEqual((self.account.looked_at, self.sandbox.calls("status")), (before, 0))

    def test_a_look_comes_every_five_minutes_though_the_last_ended_after_its_minute_had_begun(self) -> None:
        Account.objects.update(looked_at=self.now + timedelta(seconds=1))
        self.look()
        self.account.refresh_from_db()
        self.assertEqual(self.account.looked_at, self.now)

    def test_nothing_is_sent_for_what_is_switched_off_or_of_a_stopped_account(self) -> None:
        Campaign.objects.filter(pk=self.other.pk).update(delivery_enabled=False)
        self.spend("100.00")
        self.push()
        self.assertEqual(self.sandbox.statuses(), {"1": "PAUSED", "2": "ACTIVE"})
        type(self.account).objects.update(state=AccountState.STOPPED)
        activate_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.push()
        self.assertEqual(self.sandbox.calls("changes"), 1)

    def test_a_time_out_that_was_applied_after_all_is_no_refusal(self) -> None:
        self.push()
        self.pause()
        self.sandbox.fail("changes", "applied_then_hang", seconds=2, times=1)
        with patch("delivery.connectors.sandbox.CALL_SECONDS", 0.5):
            message = self.send()
        self.assertEqual((message.state, message.attempts), (MessageState.DELIVERED, 1))
        self.assertTrue(self.row().is_settled)
        self.assertEqual((self.row().drift, self.row().error, self.row().applied), ("", "", "PAUSED"))
        self.assertEqual(self.sandbox.calls("changes"), 2)

    def test_a_time_out_that_was_not_applied_is_tried_again(self) -> None:
        self.push()
        self.pause()
        self.sandbox.fail("changes", "hang", seconds=2, times=1)
        with patch("delivery.connectors.sandbox.CALL_SECONDS", 0.5):
            message = self.send()
        self.assertEqual(message.state, MessageState.WAITING)
        self.assertIn("did not answer", self.row().error)
        self.assertFalse(self.row().is_settled)
        message = self.send(timedelta(seconds=6))
        self.assertEqual((message.state, self.row().error), (MessageState.DELIVERED, ""))
        self.assertTrue(self.row().is_settled)

    def test_throttling_waits_as_long_as_the_platform_says(self) -> None:
        self.push()
        self.pause()
        self.sandbox.fail("changes", "throttle_each", seconds=90, times=1)
        message = self.send()
        self.assertEqual(message.due_at, self.now + timedelta(seconds=90))
        self.pause(self.other)
        self.assertEqual(self.send(timedelta(seconds=89)).attempts, 1)
        self.assertEqual(self.send(timedelta(seconds=1)).state, MessageState.DELIVERED)
        self.assertEqual(Delivery.objects.settled().count(), 2)

    def test_a_throttled_call_waits_too(self) -> None:
        self.push()
        self.pause()
        self.sandbox.fail("changes", "throttle", seconds=120, times=1)
        message = self.send()
        self.assertEqual(message.due_at, self.now + timedelta(seconds=120))
        self.assertEqual(self.sandbox.calls("status"), 0)  # it asked to be left alone

    def test_a_dead_token_stops_the_account_once_and_is_not_retried(self) -> None:
        self.push()
        self.pause()
        self.sandbox.fail("changes", "dead_token")
        message = self.send()
        self.account.refresh_from_db()
        self.assertEqual((message.state, self.account.state), (MessageState.FAILED, AccountState.STOPPED))
        self.assertIn("token is not valid", self.account.error)
        self.assertEqual(self.alerts(AlertKind.CONNECTION_FAILED), ["open"])
        calls = self.sandbox.calls("changes")
        self.pause(self.other)
        self.look()
        self.assertEqual(self.sandbox.calls("changes"), calls)
        self.assertEqual(self.alerts(AlertKind.CONNECTION_FAILED), ["open"])

    def test_what_is_gone_is_missing_and_stops_no_other(self) -> None:
        self.push()
        self.sandbox.switch(_1="REMOVED")
        self.spend("100.00")
        message = self.send()
        self.assertEqual((message.state, self.row().drift), (MessageState.DELIVERED, Drift.MISSING))
        self.assertTrue(self.row(self.other).is_settled)
        self.assertEqual(self.alerts(), ["open"])
        calls = self.sandbox.calls("changes")
        self.look()
        self.assertEqual(self.sandbox.calls("changes"), calls)
        self.sandbox.control("put", **{"7001": {"campaigns": {"1": {"status": "ACTIVE"}}}})
        self.look()
        self.assertEqual((self.sandbox.statuses()["1"], self.alerts()), ("PAUSED", ["resolved"]))

    def test_what_is_refused_is_told_and_becomes_late(self) -> None:
        self.push()
        self.pause()
        self.sandbox.fail("changes", "refuse_each")
        message = self.send()
        self.assertEqual((message.state, self.row().error), (MessageState.DELIVERED, "It is under review."))
        self.look()
        self.assertEqual(self.alerts(), [])
        self.now += GRACE
        self.look()
        self.assertEqual((self.row().drift, self.alerts()), (Drift.LATE, ["open"]))
        self.sandbox.work()
        self.look()
        self.assertEqual((self.row().drift, self.row().error, self.alerts()), ("", "", ["resolved"]))

    def test_what_somebody_changes_there_is_set_again_twice(self) -> None:
        self.push()
        for count in (1, 2):
            self.sandbox.switch(_1="PAUSED")
            self.look()
            self.assertEqual(self.sandbox.statuses()["1"], "ACTIVE")
            self.assertEqual((self.row().reapplied, self.row().drift), (count, ""))
        self.sandbox.switch(_1="PAUSED")
        self.look()
        self.look()
        self.assertEqual(self.sandbox.statuses()["1"], "PAUSED")
        self.assertEqual((self.row().drift, self.row().contested_at is not None), (Drift.CHANGED, True))
        self.assertEqual(self.alerts(), ["resolved", "resolved", "open"])

    def test_an_outage_loses_nothing(self) -> None:
        self.push()
        self.sandbox.fail("changes", "error")
        self.pause()
        waits = []
        for _ in range(7):
            message = self.send()
            assert message.due_at is not None
            waits.append(round((message.due_at - self.now).total_seconds()))
            self.now = message.due_at
        for wait, delay in zip(waits, (5, 10, 20, 40, 60, 60, 60), strict=True):
            self.assertTrue(delay <= wait <= delay * 1.1 + 1, waits)
        activate_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.pause()
        self.sandbox.work()
        self.send()
        self.assertTrue(self.row().is_settled)
        self.assertEqual(self.sandbox.statuses()["1"], "PAUSED")

    def fail_all(self, kind: str) -> None:
        self.sandbox.control("faults", faults=[{"call": call, "kind": kind, "times": 1_000} for call in CALLS])

    def test_an_outage_is_told_once_after_an_hour_and_ends_with_the_first_call_that_succeeds(self) -> None:
        self.push()
        self.fail_all("error")
        begun = self.now + LOOK_EVERY
        self.look()
        while self.now < begun + timedelta(minutes=59):
            self.send(timedelta(minutes=1))
        self.assertEqual(self.alerts(AlertKind.CONNECTION_FAILED), [])
        for _ in range(10):
            self.send(timedelta(minutes=1))
        self.assertEqual(self.alerts(AlertKind.CONNECTION_FAILED), ["open"])
        alert = Alert.objects.get(kind=AlertKind.CONNECTION_FAILED)
        self.assertIn(
            f"No call to Google Ads 7001 of “Acme” has succeeded since Wed 11 Mar 2026, {begun:%H:%M} (UTC). It is "
            "tried again by itself",
            alert.message,
        )
        self.assertEqual(alert.figures["since"], f"{begun:%Y-%m-%dT%H:%M:%SZ}")
        self.assertEqual(Message.objects.filter(channel="alerts", body={"batch": str(alert.batch)}).count(), 1)
        self.sandbox.work()
        self.send(timedelta(minutes=1))
        self.assertEqual(self.alerts(AlertKind.CONNECTION_FAILED), ["resolved"])
        self.fail_all("error")
        self.look()
        self.send(timedelta(minutes=1))
        self.assertEqual(self.alerts(AlertKind.CONNECTION_FAILED), ["resolved"])

    def test_one_that_was_not_answered_and_is_refused_then_is_told_of_again(self) -> None:
        self.push()
        self.fail_all("error")
        self.look()
        self.send(timedelta(minutes=61))
        self.fail_all("dead_token")
        self.send(timedelta(minutes=1))
        stop_account(self.account, "Refused for its costs too.", now=self.now)  # which were being read meanwhile
        self.assertEqual(self.alerts(AlertKind.CONNECTION_FAILED), ["resolved", "open"])

    def test_a_change_while_it_is_sent_is_sent_too(self) -> None:
        self.push()
        self.pause()
        flips: list[datetime] = []

        def clock() -> datetime:  # it is asked before what was set there is stored
            if not flips and self.sandbox.statuses()["1"] == "PAUSED":
                flips.append(self.now)
                activate_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
            return self.now

        send_due(SENDERS, clock=clock)
        self.assertTrue(flips and self.row().is_settled)
        self.assertEqual(self.sandbox.statuses()["1"], "ACTIVE")
