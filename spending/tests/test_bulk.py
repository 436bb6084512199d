"""Many spends in one call: the outcome of one after the other, booked as a whole, all or nothing."""

import json
from datetime import date, timedelta
from decimal import Decimal

import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client, tag
from django.test.utils import CaptureQueriesContext

from brands.models import Change
from brands.services import remove_brand
from campaigns.models import PauseReason, StatusEvent
from campaigns.services import remove_campaign
from spending.enforcement.audit import check_totals
from spending.enforcement.resets import reset
from spending.models import CampaignTotal, Period, Spend
from tests.support import ALICE, AgencyTestCase


@tag("both_databases")
class BulkTests(AgencyTestCase):
    def setUp(self) -> None:
        traveller = time_machine.travel(self.now, tick=False)
        traveller.start()
        self.addCleanup(traveller.stop)
        super().setUp()

    def send(self, *rows: object) -> HttpResponse:
        response = Client().post("/api/spends/bulk/", json.dumps(rows), content_type="application/json")
        assert isinstance(response, HttpResponse)
        return response

    def row(self, amount: str, external_id: str = "", **more: object) -> dict[str, object]:
        return {"campaign": str(self.campaign.pk), "amount": amount, "external_id": external_id, **more}

    def assertClean(self) -> None:  # noqa: N802  # unittest's way
        drifts, _ = check_totals(now=self.now, by=ALICE)
        self.assertEqual([str(drift) for drift in drifts], [])

    def test_each_row_says_what_became_of_it_in_the_order_sent(self) -> None:
        self.spend("5.00", external_id="known")
        response = self.send(
            self.row("1.00"),
            self.row("2.00", "new"),
            self.row("2.00", "new"),
            self.row("3.00", "new"),
            self.row("0.00", "known"),
            self.row("4.00", "known"),
        )

        self.assertEqual(response.status_code, 200, response.content)
        answers = [(one["result"], one["spend"]["amount"]) for one in json.loads(response.content)]
        self.assertEqual(
            answers,
            [
                ("created", "1.00"),
                ("created", "2.00"),
                ("unchanged", "2.00"),
                ("replaced", "3.00"),
                ("voided", "0.00"),
                ("created", "4.00"),
            ],
        )
        self.assertEqual(sorted(Spend.objects.values_list("amount", flat=True)), [Decimal(1), Decimal(3), Decimal(4)])
        self.assertEqual(Change.objects.filter(kind="spend").count(), 2)
        self.assertClean()

    def test_one_bad_row_and_nothing_is_booked(self) -> None:
        tomorrow_but_one = (self.now + timedelta(days=2)).date().isoformat()
        for bad, field in (
            (self.row("-1"), "amount"),
            (self.row("0.00", "unknown"), "amount"),
            (self.row("1.00", spend_date=tomorrow_but_one), "spend_date"),
            ({**self.row("1.00"), "campaign": "01a20416-9bcf-700d-bcfd-69b071b0d197"}, "campaign"),
            (self.row("1.00", amont="1.00"), "amont"),
            ("no row", "non_field_errors"),
        ):
            with self.subTest(bad):
                response = self.send(self.row("1.00"), bad)
                self.assertEqual(response.status_code, 400)
                self.assertEqual(list(json.loads(response.content)), ["1"])
                self.assertIn(field, json.loads(response.content)["1"])
                self.assertFalse(Spend.objects.exists())

    def test_what_cannot_be_read_and_what_may_not_be_booked_is_told_at_once(self) -> None:
        response = self.send(
            self.row("x"),
            self.row("5.00"),
            self.row("0.00"),
            self.row("5.00", spend_date="2031-01-01"),
            {**self.row("5.00"), "campaign": "01a20416-9bcf-700d-bcfd-69b071b0d197"},
        )

        self.assertEqual(response.status_code, 400)
        self.assertEqual(
            {place: list(faults) for place, faults in json.loads(response.content).items()},
            {"0": ["amount"], "2": ["amount"], "3": ["spend_date"], "4": ["campaign"]},
        )
        self.assertFalse(Spend.objects.exists())

    def test_a_budget_crossed_and_uncrossed_within_one_call_changes_no_status(self) -> None:
        response = self.send(self.row("500.00", "a"), self.row("50.00", "a"))

        self.assertEqual(response.status_code, 200)
        self.assertRuns()
        self.assertFalse(StatusEvent.objects.exists())

    def test_the_brands_of_a_call_are_each_decided_once(self) -> None:
        there = self.make_campaign("There", self.make_brand("Globex"))
        self.send(self.row("60.00"), self.row("60.00"), {"campaign": str(there.pk), "amount": "100.00"})

        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED)
        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED, campaign=there)
        self.assertEqual(StatusEvent.objects.count(), 2)
        self.assertClean()

    def test_an_archived_campaign_takes_corrections_and_nothing_new(self) -> None:
        self.spend("5.00", external_id="a")
        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

        self.assertEqual(self.send(self.row("6.00", "a")).status_code, 200)
        self.assertEqual(list(json.loads(self.send(self.row("6.00", "b")).content)), ["0"])

    def test_of_an_archived_brand_nothing_is_found(self) -> None:
        self.spend("5.00", external_id="a")
        remove_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)

        refused = json.loads(self.send(self.row("6.00", "a"), self.row("0.00", "a")).content)
        self.assertEqual(list(refused), ["0", "1"])
        self.assertEqual(refused["0"], {"campaign": [f"No campaign has the id “{self.campaign.pk}”."]})
        self.assertEqual(Spend.objects.get().amount, Decimal("5.00"))

    def test_an_entry_that_moves_to_another_month_leaves_the_old_one(self) -> None:
        self.spend("100.00", external_id="a")
        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED)

        self.send(self.row("90.00", "a", spend_date="2026-02-28"), self.row("5.00", "b", spend_type="MONTHLY"))

        self.assertRuns()
        counters = CampaignTotal.objects.exclude(amount=0).values_list("period", "start", "amount")
        self.assertEqual(
            set(counters),
            {
                ("D", date(2026, 2, 28), Decimal("90.00")),
                ("M", date(2026, 2, 1), Decimal("90.00")),
                ("M", date(2026, 3, 1), Decimal("5.00")),
            },
        )
        self.assertClean()

    def test_what_a_reset_cleared_is_not_given_back_by_a_void_that_is_sent_again(self) -> None:
        self.spend("40.00", external_id="a")
        reset(periods=[Period.DAY], brand_ids=None, now=self.now, by=ALICE)

        self.send(self.row("0.00", "a"), self.row("40.00", "a"))  # as a whole no difference: the counter stays clear

        self.assertEqual(Client().get(f"/api/brands/{self.brand.pk}/").json()["daily_spend"], "0.00")
        self.assertClean()

    def test_the_number_of_statements_does_not_grow_with_the_rows(self) -> None:
        counts = []
        for size in (2, 1000):
            self.send(*[self.row("0.01", f"{size}-{i}") for i in range(size)])
            rows = [self.row("0.02", f"{size}-{i}") for i in range(size // 2)]
            rows += [self.row("0.01", f"{size}-new-{i}") for i in range(size // 2)]
            with CaptureQueriesContext(connection) as queries:
                self.assertEqual(self.send(*rows).status_code, 200)
            counts.append(len(queries))

        self.assertEqual(counts[0], counts[1])
        self.assertClean()

    def test_how_many_rows_and_bytes_are_taken(self) -> None:
        self.assertEqual(self.send().status_code, 400)
        self.assertEqual(self.send(*[self.row("0.01")] * 1001).status_code, 400)
        self.assertEqual(
            Client().post("/api/spends/bulk/", {"amount": "1"}, content_type="application/json").status_code, 400
        )
        padded = json.dumps([self.row("0.01")]) + " " * 2_000_000
        answer = Client().post("/api/spends/bulk/", padded, content_type="application/json")
        self.assertEqual(answer.status_code, 200)
        too_long = padded + " " * 20_000_000
        answer = Client().post("/api/spends/bulk/", too_long, content_type="application/json")
        self.assertEqual(answer.status_code, 413)
