"""The scripts of docs/scripts, run by node as the platforms run them, against the server."""

import json
import shutil
import subprocess
import unittest
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import time_machine
from django.test import LiveServerTestCase, override_settings, tag

from brands.access.tokens import issue_token
from brands.models import Scope
from budget_system.core.actors import Actor
from campaigns.models import Campaign
from campaigns.services import activate_campaign, change_campaign, pause_campaign
from delivery.models import Account, Delivery, Drift
from tests.access import Roles
from tests.project import FOLDER
from tests.support import ALICE

HERE: Final = Path(__file__).resolve().parent
NODE: Final = shutil.which("node")
LIMIT: Final = 60
"""Seconds that a run may take."""

Platform = dict[str, Any]


@tag("processes")
@unittest.skipUnless(NODE, "there is no node here to run the scripts of the platforms")
@override_settings(API_AUTH="closed")
class GoogleScriptTests(Roles, LiveServerTestCase):
    """At the platform are campaigns 42, which runs, and 43, of another kind, which is paused."""

    host = "127.0.0.1"
    platform = "google"
    script = "google_ads_script.js"

    def setUp(self) -> None:
        traveller = time_machine.travel(self.now, tick=True)
        self.clock = traveller.start()
        self.addCleanup(traveller.stop)
        super().setUp()
        self.other_kind = self.make_campaign("Performance")
        self.deliver(self.campaign, "42")
        self.deliver(self.other_kind, "43")
        self.secret = issue_token(
            user=self.manager, expires_at=None, only=Scope.DELIVERY, now=self.now, by=Actor.command("test")
        ).text
        self.there: Platform = {
            "42": {"kind": "campaigns", "paused": False},
            "43": {"kind": "performanceMaxCampaigns", "paused": True},
        }

    def deliver(self, campaign: Campaign, external_id: str) -> None:
        change_campaign(
            campaign_id=campaign.pk,
            values={"platform": self.platform, "external_id": external_id, "delivery_enabled": True},
            now=self.now,
            by=ALICE,
        )

    def later(self) -> None:
        self.now += timedelta(hours=1)
        self.clock.move_to(self.now)

    def pause(self) -> None:
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

    def run_script(self, *, fails: bool = False, **more: object) -> Any:
        """Run the script once; give what was written, logged and requested."""
        assert NODE is not None
        done = subprocess.run(
            [NODE, HERE / "platform.js", FOLDER / "docs" / "scripts" / self.script, self.live_server_url, self.secret],
            input=json.dumps({"platform": self.platform, "campaigns": self.there, **more}),
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
        if fails:
            self.assertNotEqual(done.returncode, 0)
            return done.stderr
        self.assertEqual(done.returncode, 0, done.stderr)
        told = json.loads(done.stdout)
        self.there = told["campaigns"]
        return told

    def delivery(self, campaign: Campaign | None = None) -> Delivery:
        return Delivery.objects.get(campaign=campaign or self.campaign)

    def test_it_sets_what_is_wanted_once_and_tells_so(self) -> None:
        self.pause()
        self.assertEqual(sorted(self.run_script()["writes"]), [["42", "pause"], ["43", "enable"]])
        self.assertTrue(self.delivery().is_settled)
        self.assertTrue(self.delivery(self.other_kind).is_settled)
        self.assertEqual(Account.objects.get().external_id, "1112223333")

        self.later()
        again = self.run_script()
        self.assertEqual((again["writes"], [method for method, _ in again["requests"]]), ([], ["get"]))

    def test_a_preview_writes_nothing_neither_there_nor_here(self) -> None:
        self.pause()
        told = self.run_script(preview=True)
        self.assertEqual((told["writes"], [method for method, _ in told["requests"]]), ([], ["get"]))
        self.assertEqual(told["log"][0], "Set 42 from ACTIVE to PAUSED")
        self.assertEqual(self.delivery().observed, "")

    def test_one_that_is_not_there_is_told_once_an_account_has_it(self) -> None:
        del self.there["43"]
        self.run_script()
        self.assertEqual(self.delivery(self.other_kind).observed, "")
        Delivery.objects.update(account=Account.objects.get())
        self.run_script()
        gone = self.delivery(self.other_kind)
        self.assertEqual((gone.observed, gone.drift), ("NOT_FOUND", Drift.MISSING))
        self.assertEqual([method for method, _ in self.run_script()["requests"]], ["get"])

    def test_an_id_that_is_none_there_hinders_no_other(self) -> None:
        self.deliver(self.other_kind, "no number")
        self.run_script()
        self.assertEqual((self.delivery().observed, self.delivery(self.other_kind).observed), ("ACTIVE", ""))

    def test_what_changed_while_it_ran_is_not_settled(self) -> None:
        self.run_script()
        self.pause()
        self.run_script()
        activate_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertFalse(self.delivery().is_settled)
        self.assertEqual(self.run_script()["writes"], [["42", "enable"]])
        self.assertTrue(self.delivery().is_settled)

    def test_a_change_made_there_by_hand_is_undone_twice_then_left_to_a_person(self) -> None:
        self.pause()
        self.run_script()
        for count, contested in ((1, False), (2, True)):
            self.later()
            self.there["42"]["paused"] = False
            self.assertEqual(self.run_script()["writes"], [["42", "pause"]])
            delivery = self.delivery()
            self.assertEqual((delivery.drift, delivery.reapplied), (Drift.CHANGED, count))
            self.assertEqual(delivery.is_contested, contested)
        self.later()
        self.there["42"]["paused"] = False
        self.assertEqual(self.run_script()["writes"], [])

    def test_what_could_not_be_set_is_not_settled(self) -> None:
        self.pause()
        self.run_script(stuck=True)
        self.assertEqual((self.delivery().observed, self.delivery().is_settled), ("ACTIVE", False))

    def test_a_refusal_is_shown(self) -> None:
        self.secret = "0" * 64
        self.assertIn("returned code 401", self.run_script(fails=True))


class MicrosoftScriptTests(GoogleScriptTests):
    platform = "microsoft"
    script = "microsoft_ads_script.js"
