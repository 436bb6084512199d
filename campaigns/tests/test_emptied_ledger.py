"""What the ledger no longer holds forbids nothing: a spend that was deleted, voided or moved away."""

from decimal import Decimal

from django.core.exceptions import ValidationError

from brands.models import Brand
from brands.services import change_brand, remove_brand
from campaigns.models import StatusEvent
from campaigns.services import change_campaign, pause_campaign
from spending.recording.services import record, remove_spend
from tests.support import ALICE, AgencyTestCase


class EmptiedLedgerTests(AgencyTestCase):
    def move_to(self, brand_name: str) -> None:
        brand = self.make_brand(brand_name)
        change_campaign(campaign_id=self.campaign.pk, values={"brand_id": brand.pk}, now=self.now, by=ALICE)

    def use_euros(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"currency": "EUR"}, now=self.now, by=ALICE)

    def test_a_campaign_moves_again_when_its_spends_are_gone(self) -> None:
        spend = self.spend("5.00")
        with self.assertRaises(ValidationError):
            self.move_to("Refused")

        remove_spend(spend_id=spend.pk, now=self.now, by=ALICE)
        self.move_to("Taken")

        self.campaign.refresh_from_db()
        self.assertEqual(self.campaign.brand.name, "Taken")

    def test_a_brand_is_removed_with_a_campaign_that_once_spent_elsewhere(self) -> None:
        remove_spend(spend_id=self.spend("5.00").pk, now=self.now, by=ALICE)
        self.move_to("Taken")
        brand = Brand.objects.get(name="Taken")

        remove_brand(brand_id=brand.pk, now=self.now, by=ALICE)

        self.assertFalse(Brand.objects.filter(name="Taken").exists())

    def test_what_happened_to_a_campaign_outlives_the_brand_it_left(self) -> None:
        pause_campaign(campaign_id=self.campaign.pk, note="summer", now=self.now, by=ALICE)
        self.move_to("Taken")

        remove_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)

        event = StatusEvent.objects.get(campaign=self.campaign, note="summer")
        self.assertEqual(event.brand.name, "Taken")

    def test_a_brand_changes_its_currency_again_when_its_spends_are_gone(self) -> None:
        self.spend("5.00", external_id="a")
        with self.assertRaises(ValidationError):
            self.use_euros()

        self.void("a")
        self.use_euros()

        self.brand.refresh_from_db()
        self.assertEqual(self.brand.currency, "EUR")

    def void(self, external_id: str) -> None:
        """Void an entry as a platform does."""
        record(campaign_id=self.campaign.pk, amount=Decimal("0.00"), external_id=external_id, now=self.now, by=ALICE)
