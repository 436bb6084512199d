"""In the admin every row has a history, and all changes stand in one list, to be read."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.urls import reverse

from brands.models import Brand, Change
from brands.services import change_brand
from campaigns.services import change_campaign
from spending.models import Spend
from spending.recording.services import change_spend, remove_spend
from tests.browsing import AdminTestCase
from tests.support import ALICE


class HistoryPageTests(AdminTestCase):
    def read(self, address: str) -> str:
        answer = self.client.get(address)
        self.assertEqual(answer.status_code, 200)
        return answer.content.decode()

    def test_a_change_made_over_rest_stands_on_the_rows_page(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"daily_budget": Decimal(80)}, now=self.now, by=ALICE)
        page = self.read(self.page_of(self.brand, "history"))

        self.assertIn("<b>daily budget</b> 100.00 → 80.00", page)
        self.assertIn("<b>name</b> Acme", page)
        self.assertIn(self.page_of(self.brand, "history"), self.read(self.page_of(self.brand)))

    def test_a_spend_tells_of_its_booking_and_keeps_its_page_when_it_is_deleted(self) -> None:
        spend = self.spend("5.00")
        change_spend(spend_id=spend.pk, values={"amount": Decimal(6)}, now=self.now, by=ALICE)
        self.assertIn("<b>campaign</b> Spring sale", self.read(self.page_of(spend, "history")))
        remove_spend(spend_id=spend.pk, now=self.now, by=ALICE)
        page = self.read(self.page_of(spend, "history"))

        self.assertIn("History of what was deleted", page)
        for words in ("<b>amount</b> 5.00 → 6.00", "created", "changed", "deleted"):
            self.assertIn(words, page)

    def test_an_id_that_nobody_has_leads_back_to_the_list(self) -> None:
        for object_id in (self.campaign.pk, "nonsense"):
            answer = self.client.get(self.url(Brand, "history", object_id))
            self.assertRedirects(answer, self.url(Brand, "changelist"))

    def test_a_long_history_has_pages(self) -> None:
        for number in range(60):
            later = self.now + timedelta(minutes=number)
            change_brand(brand_id=self.brand.pk, values={"daily_budget": Decimal(number)}, now=later, by=ALICE)
        address = self.page_of(self.brand, "history")

        self.assertIn('href="?p=2"', self.read(address))
        self.assertIn("<b>name</b> Acme", self.read(f"{address}?p=2"))
        self.assertRedirects(self.client.get(f"{address}?p=3"), self.url(Brand, "changelist"))

    def test_all_changes_stand_in_one_list_found_by_brand_and_person(self) -> None:
        other = self.make_brand("Other")
        change_campaign(campaign_id=self.campaign.pk, values={"name": "Autumn"}, now=self.now, by=ALICE)
        address = self.url(Change, "changelist")
        self.assertIn("<b>name</b> Spring sale → Autumn", self.read(address))
        self.assertIn(self.page_of(self.campaign, "history"), self.read(address))
        found = self.read(f"{address}?q=oTHer")
        self.assertNotIn("Autumn", found)
        self.assertIn(self.page_of(other, "history"), found)
        self.assertIn("Autumn", self.read(f"{address}?kind=campaign&q=api"))
        self.assertNotIn("Autumn", self.read(f"{address}?kind=brand"))
        self.assertIn("Autumn", self.read(self.page_of(Change.objects.get(action="CHANGED"))))
        self.assertEqual(self.client.post(self.url(Change, "add")).status_code, 403)

    def test_the_list_keeps_the_days_asked_for_both_included(self) -> None:
        for days in (1, 2, 3):
            at = datetime(2026, 1, days, 23, 59, 59, tzinfo=UTC)
            change_brand(brand_id=self.brand.pk, values={"daily_budget": Decimal(days)}, now=at, by=ALICE)
        address = self.url(Change, "changelist")
        self.assertIn("By day (UTC)", " ".join(self.read(address).split()))
        for query, expected in (
            ("at_from=2026-01-02&at_to=2026-01-02", [2]),
            ("at_to=2026-01-02", [1, 2]),
            ("at_from=2026-01-03&at_to=2026-01-31", [3]),
            ("at_from=2026-13-01", [1, 2, 3]),
        ):
            rows = self.client.get(f"{address}?{query}&action__exact=CHANGED").context["cl"].result_list
            self.assertEqual(sorted(row.at.day for row in rows), expected, query)

    def test_the_list_costs_the_same_for_many_changes_as_for_few(self) -> None:
        few = self.queries_of_list(Change)
        for number in range(20):
            self.make_campaign(f"Campaign {number}")

        self.assertEqual(self.queries_of_list(Change), few)

    def test_the_list_costs_the_same_for_many_spends_as_for_few(self) -> None:
        def change(*spends: Spend) -> int:
            for spend in spends:
                change_spend(spend_id=spend.pk, values={"amount": Decimal(6)}, now=self.now, by=ALICE)
            return self.queries_of_list(Change)

        self.assertEqual(change(self.spend("5.00")), change(*(self.spend("5.00") for _ in range(9))))

    def test_a_purged_brand_is_told_of(self) -> None:
        self.spend("5.00")
        self.assertTrue(Spend.objects.exists())
        from_history = reverse("admin:brands_brand_history", args=[self.brand.pk])
        Change.objects.create(
            at=self.now, by="command purge_brand", kind="brand", object_id=self.brand.pk, brand_id=self.brand.pk,
            action="PURGED", before={"name": "Acme", "spends": 1, "spent": {"USD": "5.00"}},
        )  # fmt: skip
        Brand.everything.filter(pk=self.brand.pk).update(archived_at=None)
        page = self.read(from_history)

        self.assertIn("<b>spent</b> 5.00 USD", page)
