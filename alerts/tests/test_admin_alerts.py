"""Alerts in the admin."""

from alerts.models import Alert, AlertKind
from alerts.writing import resolve_alerts
from brands.models import Change
from brands.services import change_brand
from tests.browsing import AdminTestCase
from tests.support import ALICE


class AlertAdminTests(AdminTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.list = self.url(Alert, "changelist")

    def test_lists_what_is_open_and_what_has_ended_when_asked(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"alert_thresholds": [50, 80]}, now=self.now, by=ALICE)
        self.spend("85.00")
        eighty = Alert.objects.get(threshold=80)
        resolve_alerts([eighty.key], now=self.now)

        for query, shown, hidden in (
            ("", "spent 50 %", "spent 80 %"),
            ("?state=resolved", "spent 80 %", "spent 50 %"),
            ("?state=all", "spent 80 %", "spent 90 %"),
        ):
            with self.subTest(query=query):
                page = self.client.get(f"{self.list}{query}")
                self.assertContains(page, shown)
                self.assertNotContains(page, hidden)

    def test_shows_the_figures_of_budgets_and_no_codes(self) -> None:
        self.spend("101.00")
        for kind, figures in ((AlertKind.THRESHOLD, "spent 101.00, budget 100.00"), (AlertKind.PAUSED, "")):
            page = self.client.get(self.page_of(Alert.objects.filter(kind=kind).order_by("-threshold")[0]))
            self.assertContains(page, "daily budget")
            self.assertNotContains(page, "DAILY_BUDGET_EXCEEDED")
            self.assertContains(page, figures)

    def test_an_empty_list_says_what_will_stand_there(self) -> None:
        self.assertContains(self.client.get(self.list), "Alerts stand here once")

    def test_is_muted_with_a_note_on_its_page(self) -> None:
        self.spend("55.00")
        alert = Alert.objects.get()
        url = self.page_of(alert, "mute_one")
        self.assertContains(self.client.get(self.page_of(alert)), url)

        asked = self.client.get(url)
        self.assertContains(asked, "Mute “‘Acme’ has spent 50 % of its daily budget: 55.00 of 100.00 USD.”")
        answer = self.send(url, {"confirmed": "yes", "note": "we know"})

        self.assertRedirects(answer, self.page_of(alert))
        alert.refresh_from_db()
        self.assertEqual((alert.muted_by, alert.mute_note), ("user ana", "we know"))
        page = self.client.get(self.page_of(alert))
        self.assertContains(page, "by ana, Wed 11 Mar 2026, 12:00: we know")
        self.assertNotContains(page, url)
        history = self.client.get(self.url(Alert, "history", alert.pk))
        self.assertContains(history, "we know")
        self.assertContains(self.client.get(self.url(Change, "changelist")), "has spent 50 %")

    def test_is_unmuted_on_its_page(self) -> None:
        self.spend("55.00")
        alert = Alert.objects.get()
        url = self.page_of(alert, "unmute_one")
        self.assertNotContains(self.client.get(self.page_of(alert)), url)
        self.send(self.page_of(alert, "mute_one"), {"confirmed": "yes", "note": "we know"})
        self.assertContains(self.client.get(self.page_of(alert)), url)

        self.assertContains(self.client.get(url), "Unmute “‘Acme’ has spent 50 %")
        self.assertRedirects(self.send(url, {"confirmed": "yes", "note": "not yet"}), self.page_of(alert))

        alert.refresh_from_db()
        self.assertEqual((alert.muted_by, alert.muted_at), ("", None))
        page = self.client.get(self.page_of(alert))
        self.assertContains(page, "no longer: not yet")
        self.assertContains(page, self.page_of(alert, "mute_one"))

    def test_many_are_unmuted_at_once(self) -> None:
        self.spend("85.00")
        Alert.objects.update(muted_by="user ana", muted_at=self.now)
        form = {"action": "unmute", "_selected_action": [str(row.pk) for row in Alert.objects.all()]}
        asked = self.send(self.list, form)
        self.assertContains(asked, "Unmute 2 alerts?")
        self.assertContains(asked, '<td data-label="Then">no longer muted</td>', count=2)
        answer = self.send(self.list, {**form, "confirmed": "yes", "note": ""})
        self.assertIn("2 alerts: 2 no longer muted.", self.messages_in(answer))
        self.assertFalse(Alert.objects.exclude(muted_at=None).exists())

    def test_many_are_muted_at_once_and_what_has_ended_says_so(self) -> None:
        self.spend("85.00")
        ended = Alert.objects.get(threshold=50)
        resolve_alerts([ended.key], now=self.now)
        rows = list(Alert.objects.all())
        form = {"action": "mute", "_selected_action": [str(row.pk) for row in rows]}
        asked = self.send(f"{self.list}?state=all", form)
        for words in ("Mute 2 alerts?", "muted", "no change: it has ended"):
            self.assertContains(asked, words)

        answer = self.send(f"{self.list}?state=all", {**form, "confirmed": "yes", "note": ""})

        self.assertIn("2 alerts: 1 refused, 1 muted.", self.messages_in(answer))
        self.assertIn("has ended", self.messages_in(answer))

    def test_the_list_asks_the_database_as_often_for_many_as_for_few(self) -> None:
        self.spend("55.00")
        few = self.queries_of_list(Alert)
        for number in range(5):
            campaign = self.make_campaign(f"C{number}", daily="10.00")
            self.spend("6.00", campaign=campaign)
        self.assertLessEqual(self.queries_of_list(Alert), few)
