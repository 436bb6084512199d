"""Every way into the ledger says who booked the entry."""

import json
from decimal import Decimal
from io import StringIO

from django.core.management import call_command
from django.test import Client, tag

from brands.models import Change
from spending.models import Spend
from spending.recording.services import change_spend
from spending.tests.test_import_basics import TODAY, ImportTestCase
from tests.support import ALICE


@tag("both_databases")
class CreatedByTests(ImportTestCase):
    def booked_by(self) -> list[str]:
        return list(Spend.objects.order_by("amount").values_list("created_by", flat=True))

    def test_one_many_and_an_imported_one_say_who_booked_them(self) -> None:
        self.spend("1.00")
        rows = [{"campaign": str(self.campaign.pk), "amount": "2.00"}]
        Client().post("/api/spends/bulk/", json.dumps(rows), content_type="application/json")
        self.load(self.rows(f"11,{TODAY},3000000"), "--other-entries", "add")

        self.assertEqual(self.booked_by(), ["api", "api", "command import_spends"])

    def test_a_correction_a_restatement_and_an_undoing_leave_who_booked_it(self) -> None:
        self.load(self.rows(f"11,{TODAY},3000000"))
        change_spend(spend_id=Spend.objects.get().pk, values={"amount": Decimal(4)}, now=self.now, by=ALICE)
        self.assertEqual(self.booked_by(), ["command import_spends"])
        Spend.objects.update(created_by="user ana")
        self.load(self.rows(f"11,{TODAY},0"), "--force")
        self.assertEqual(self.booked_by(), [])
        newest = self.last()
        call_command("import_spends", "--undo", str(newest.pk), stdout=StringIO())

        self.assertEqual(self.booked_by(), ["user ana"])
        kept = Change.objects.filter(kind="spend").order_by("id").values_list("action", "by")
        self.assertEqual(
            list(kept),
            [("CHANGED", "api"), ("DELETED", "command import_spends"), ("RESTORED", "command import_spends")],
        )

    def test_a_campaign_that_an_import_creates_says_so(self) -> None:
        self.load(self.rows(f"12,{TODAY},3000000"), "--create-campaigns")
        kept = Change.objects.get(kind="campaign", action="CREATED", by="command import_spends")

        self.assertEqual((kept.after["external_id"], kept.after["brand"]), ("12", str(self.brand.pk)))
