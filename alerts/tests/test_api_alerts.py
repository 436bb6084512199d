"""Alerts over REST: what is listed to whom, and muting."""

from datetime import timedelta
from typing import Any

import time_machine
from django.test import TestCase, override_settings, tag

from alerts.models import Alert, AlertKind
from alerts.services.muting import mute_alert
from alerts.writing import resolve_alerts
from brands.models import Change
from tests.access import Roles
from tests.support import ALICE, AgencyTestCase


@tag("both_databases")
class AlertListTests(AgencyTestCase):
    def setUp(self) -> None:
        super().setUp()
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)

    def read(self, query: str = "") -> list[dict[str, Any]]:
        answer = self.client.get(f"/api/alerts/{query}")
        self.assertEqual(answer.status_code, 200, answer.content)
        rows: list[dict[str, Any]] = answer.json()
        return rows

    def test_shows_what_it_is_about(self) -> None:
        self.spend("85.00")
        newest, before = self.read()
        alert = Alert.objects.get(threshold=80)
        self.assertEqual({newest["threshold"], before["threshold"]}, {50, 80})
        self.assertEqual(
            next(row for row in (newest, before) if row["threshold"] == 80),
            {
                "id": str(alert.pk),
                "kind": "budget.threshold",
                "brand": str(self.brand.pk),
                "campaign": None,
                "period": "day",
                "start": "2026-03-11",
                "threshold": 80,
                "state": "open",
                "at": "2026-03-11T12:00:00Z",
                "resolved_at": None,
                "figures": {"spent": "85.00", "budget": "100.00", "currency": "USD"},
                "message": "“Acme” has spent 80 % of its daily budget: 85.00 of 100.00 USD.",
                "muted_until_change": False,
            },
        )

    def test_is_filtered(self) -> None:
        capped = self.make_campaign("Capped", monthly="100.00")
        self.spend("60.00", external_id="a")
        self.spend("55.00", campaign=capped)
        self.spend("1.00", external_id="a")  # the brand's day falls from 115 % to 56 %
        thresholds = [(row["campaign"], row["period"], row["threshold"], row["state"]) for row in self.read()
                      if row["kind"] == "budget.threshold"]  # fmt: skip
        self.assertEqual(
            sorted(thresholds, key=str),
            sorted(
                [
                    (str(capped.pk), "month", 50, "open"),
                    (None, "day", 50, "open"),
                    (None, "day", 80, "resolved"),
                    (None, "day", 100, "resolved"),
                ],
                key=str,
            ),
        )
        for query, expected in (
            (f"?campaign={capped.pk}&kind=budget.threshold", 1),
            ("?kind=budget.threshold&state=open", 2),
            ("?kind=budget.threshold&state=resolved", 2),
            (f"?brand={self.brand.pk}&kind=budget.threshold", 4),
            (f"?brand={self.campaign.pk}", 0),
            ("?kind=totals.drift", 0),
            ("?after=2026-03-11T12:00:00Z&kind=budget.threshold", 4),
            ("?after=2026-03-11T12:00:01Z", 0),
            ("?before=2026-03-11T11:59:59Z", 0),
        ):
            with self.subTest(query=query):
                self.assertEqual(len(self.read(query)), expected)

    def test_newest_first_in_pages(self) -> None:
        for number in range(5):
            Alert.objects.create(
                kind=AlertKind.SILENT,
                brand=self.brand,
                key=str(number),
                at=self.now + timedelta(minutes=number),
                message=str(number),
            )
        self.assertEqual([row["message"] for row in self.read("?page_size=2")], ["4", "3"])
        self.assertEqual([row["message"] for row in self.read("?page_size=2&page=3")], ["0"])
        self.assertEqual([row["message"] for row in self.read("?ordering=at&page_size=1")], ["0"])

    def test_of_an_archived_brand_nothing_is_listed(self) -> None:
        self.spend("85.00")
        self.client.delete(f"/api/brands/{self.brand.pk}/")
        alert = Alert.objects.latest("at")

        self.assertEqual(self.read(), [])
        self.assertEqual(self.client.get(f"/api/alerts/{alert.pk}/").status_code, 404)
        self.assertEqual(self.client.post(f"/api/alerts/{alert.pk}/mute/", {}, "application/json").status_code, 404)

    def test_muting_is_a_persons_and_is_kept_in_the_history(self) -> None:
        self.spend("85.00")
        path = f"/api/alerts/{Alert.objects.get(threshold=80).pk}/"
        before = self.client.get(path)

        answer = self.client.post(f"{path}mute/", {"note": "we know"}, "application/json")
        again = self.client.post(f"{path}mute/", {"note": "twice"}, "application/json")

        self.assertEqual((answer.status_code, answer.json()["muted_until_change"]), (200, True))
        self.assertEqual((again.status_code, again.json(), again["ETag"]), (200, answer.json(), answer["ETag"]))
        self.assertNotEqual(answer["ETag"], before["ETag"])
        entry = {"by": "api", "at": "2026-03-11T12:00:00Z", "action": "CHANGED"}
        self.assertEqual(
            self.client.get(f"{path}history/").json(),
            [
                {
                    **entry,
                    "before": {"muted_by": "", "mute_note": ""},
                    "after": {"muted_by": "api", "mute_note": "we know"},
                }
            ],
        )
        stale = self.client.post(f"{path}mute/", {}, "application/json", headers={"If-Match": before["ETag"]})
        self.assertEqual(stale.status_code, 412)

    def test_unmuting_takes_it_back_and_is_kept_too(self) -> None:
        self.spend("85.00")
        path = f"/api/alerts/{Alert.objects.get(threshold=80).pk}/"
        self.client.post(f"{path}mute/", {"note": "we know"}, "application/json")

        answer = self.client.post(f"{path}unmute/", {"note": "not yet"}, "application/json")
        again = self.client.post(f"{path}unmute/", {}, "application/json")

        self.assertEqual((answer.status_code, answer.json()["muted_until_change"]), (200, False))
        self.assertEqual((again.status_code, again.json()), (200, answer.json()))
        last, _ = self.client.get(f"{path}history/").json()
        self.assertEqual(
            (last["before"], last["after"]),
            ({"muted_by": "api", "mute_note": "we know"}, {"muted_by": "", "mute_note": "not yet"}),
        )

    def test_what_has_ended_is_not_muted_and_what_comes_back_is_not_either(self) -> None:
        self.spend("85.00", external_id="a")
        first = Alert.objects.get(threshold=80)
        mute_alert(alert_id=first.pk, now=self.now, by=ALICE)
        resolve_alerts([first.key], now=self.now)
        first.refresh_from_db()
        self.assertFalse(first.muted_until_change)

        refused = self.client.post(f"/api/alerts/{first.pk}/mute/", {}, "application/json")
        self.assertEqual((refused.status_code, list(refused.json())), (409, ["detail"]))
        refused = self.client.post(f"/api/alerts/{first.pk}/unmute/", {}, "application/json")
        self.assertEqual((refused.status_code, list(refused.json())), (409, ["detail"]))

        self.spend("10.00", external_id="a")
        self.spend("85.00", external_id="a")
        self.assertFalse(Alert.objects.open().get(threshold=80).muted_until_change)


@override_settings(API_AUTH="closed")
class MutingAccessTests(Roles, TestCase):
    def test_is_recorded_with_a_name(self) -> None:
        alert = Alert.objects.create(
            kind=AlertKind.SILENT, brand=self.brand, campaign=self.campaign, key="k", at=self.now, message="Silent."
        )
        self.client.force_login(self.manager)

        self.assertEqual(self.client.post(f"/api/alerts/{alert.pk}/mute/", {}, "application/json").status_code, 200)

        alert.refresh_from_db()
        change = Change.objects.latest("at")
        self.assertEqual((alert.muted_by, change.by, change.kind), ("user mona", "user mona", "alert"))
