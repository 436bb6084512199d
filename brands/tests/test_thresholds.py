"""The thresholds of a brand's alerts: over REST, in the admin, in the history."""

from decimal import Decimal

import time_machine
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import SimpleTestCase

from alerts.models import Alert
from alerts.thresholds import read_thresholds, thresholds_text
from brands.models import Brand, Change, Membership, Role
from tests.browsing import AdminTestCase
from tests.support import AgencyTestCase


class ReadTests(SimpleTestCase):
    def test_reads_percents_as_people_type_them(self) -> None:
        for text in ("50, 80, 100", "100 50 80", "50%,80 %, 100", "50;80;100", " 80 , 50, 100, ", "100%  80% 50%"):
            with self.subTest(text=text):
                self.assertEqual(read_thresholds(text), [50, 80, 100])
        self.assertEqual((read_thresholds(" "), thresholds_text([50, 120])), ([], "50, 120"))

    def test_refuses_what_is_no_whole_percent(self) -> None:
        for text in ("5 0 %%", "50.5", "half", "-5", "0", "201", "1000"):
            with self.subTest(text=text), self.assertRaises(ValidationError):
                read_thresholds(text)


class ThresholdApiTests(AgencyTestCase):
    def setUp(self) -> None:
        super().setUp()
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)
        self.path = f"/api/brands/{self.brand.pk}/"

    def patch(self, thresholds: object) -> object:
        answer = self.client.patch(self.path, {"alert_thresholds": thresholds}, "application/json")
        self.assertEqual(answer.status_code, 200, answer.content)
        return answer.json()["alert_thresholds"]

    def test_are_kept_in_ascending_order(self) -> None:
        self.assertEqual(self.client.get(self.path).json()["alert_thresholds"], [50, 80, 100])
        self.assertEqual(self.patch([120, 90]), [90, 120])
        self.assertEqual(self.patch([]), [])
        created = self.client.post(
            "/api/brands/",
            {"name": "New", "daily_budget": None, "monthly_budget": None, "alert_thresholds": [200, 1]},
            "application/json",
        )
        self.assertEqual(created.json()["alert_thresholds"], [1, 200])

    def test_what_was_read_can_be_sent_back(self) -> None:
        self.patch([90])
        read = self.client.get(self.path)
        changes = Change.objects.count()

        again = self.client.put(self.path, read.json(), "application/json", headers={"If-Match": read["ETag"]})

        self.assertEqual((again.status_code, again.json(), again["ETag"]), (200, read.json(), read["ETag"]))
        self.assertEqual(Change.objects.count(), changes)

    def test_a_new_threshold_that_is_reached_alerts_at_once(self) -> None:
        self.spend("45.00")
        self.assertFalse(Alert.objects.exists())

        self.patch([40])
        self.assertEqual(Alert.objects.open().get().threshold, 40)

        self.patch([60])
        self.assertFalse(Alert.objects.open().exists())


class ThresholdFormTests(AdminTestCase):
    def test_are_typed_with_commas(self) -> None:
        form = self.open(self.page_of(self.brand), "brand")
        self.assertEqual(form["alert_thresholds"], "50, 80, 100")

        self.change(self.brand, alert_thresholds="120 %, 90")
        self.brand.refresh_from_db()
        self.assertEqual(self.brand.alert_thresholds, [90, 120])
        self.change(self.brand, alert_thresholds="")
        self.brand.refresh_from_db()
        self.assertEqual(self.brand.alert_thresholds, [])

    def test_are_left_alone_where_nobody_touched_them(self) -> None:
        self.change(self.brand, daily_budget="90.00")
        self.brand.refresh_from_db()

        self.assertEqual((self.brand.daily_budget, self.brand.alert_thresholds), (Decimal("90.00"), [50, 80, 100]))
        self.assertEqual(Change.objects.latest("at").after, {"daily_budget": "90.00"})

    def test_a_refusal_stands_at_the_field(self) -> None:
        errors = self.errors(self.change(self.brand, alert_thresholds="50, 500"))
        self.assertIn("whole percent from 1 to 200", errors["alert_thresholds"][0])

    def test_the_history_page_says_them_as_they_are_typed(self) -> None:
        self.change(self.brand, alert_thresholds="90, 120")
        self.change(self.brand, alert_thresholds="")
        page = self.client.get(self.url(Brand, "history", self.brand.pk))
        self.assertContains(page, "50, 80, 100 → 90, 120")
        self.assertContains(page, "90, 120 → none")

    def test_who_may_only_read_reads_them_so_too(self) -> None:
        viewer = User.objects.create_user("vi", is_staff=True)
        Membership.objects.create(user=viewer, brand=self.brand, role=Role.VIEWER)
        self.client.force_login(viewer)
        page = self.client.get(self.page_of(self.brand))
        self.assertContains(page, "50, 80, 100")
        self.assertNotContains(page, "[50, 80, 100]")
