"""What a plan says: which days and campaigns would change, and whether it is still the plan that was seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from unittest.mock import patch

from django.contrib.auth.models import User
from django.test import tag
from openpyxl import Workbook

from brands.services import change_brand
from budget_system.core.errors import NotFound
from campaigns.models import Campaign, StatusEvent
from spending.imports import uploads
from spending.imports.apply.apply import carry_out
from spending.imports.apply.status_preview import preview_statuses
from spending.imports.files.workbooks import ARCHIVE
from spending.imports.plan.plan import Plan
from spending.imports.plan.planning import planning
from spending.imports.platforms import Unit
from spending.imports.requests import Request
from spending.imports.uploads import MAX_PER_USER, RETENTION, find_upload, is_long, purge_uploads, store_upload
from spending.ledger.entries import SpendValues
from spending.models import BrandTotal, Import, Spend, Upload
from spending.recording.services import change_spend
from spending.tests.test_import_basics import ImportTestCase
from tests.access import Roles
from tests.support import ALICE


class PlanTestCase(ImportTestCase):
    def request(self, text: str) -> Request:
        return Request(self.file(text), self.brand.pk, "google")

    @contextmanager
    def plan(self, request: Request) -> Iterator[Plan]:
        with planning(request, now=self.now, by=ALICE) as plan:
            yield plan


@tag("both_databases")
class ForesightTests(PlanTestCase):
    def turns(self, text: str, *, create_campaigns: bool = False) -> list[str]:
        request = replace(self.request(text), create_campaigns=create_campaigns)
        before = [list(model._base_manager.values()) for model in (Campaign, Spend, BrandTotal, StatusEvent, Import)]
        with self.plan(request) as plan:
            turns = [str(turn) for turn in preview_statuses(plan, now=self.now, by=ALICE)]
        after = [list(model._base_manager.values()) for model in (Campaign, Spend, BrandTotal, StatusEvent, Import)]
        self.assertEqual(before, after)
        return turns

    def test_tells_which_campaigns_pause_and_which_wake(self) -> None:
        full = self.rows("11,2026-03-11,100000000")
        self.assertEqual(self.turns(full), ["“Spring sale” pauses: daily budget used up"])
        self.load(full)
        self.assertEqual(self.turns(full), [])
        self.assertEqual(self.turns(self.rows("11,2026-03-11,99000000")), ["“Spring sale” wakes"])

    def test_counts_campaigns_that_would_be_created(self) -> None:
        text = self.rows("12,2026-03-11,100000000")
        self.assertEqual(
            self.turns(text, create_campaigns=True),
            [
                "“Google Ads 12” pauses: daily budget used up",
                "“Spring sale” pauses: daily budget used up",
            ],
        )

    def test_a_day_of_an_earlier_month_turns_nothing(self) -> None:
        self.assertEqual(self.turns(self.rows("11,2026-02-11,9000000000")), [])

    def test_a_dry_run_tells_them(self) -> None:
        out = self.load(self.rows("11,2026-03-11,100000000"), "--dry-run")
        self.assertIn("“Spring sale” pauses: daily budget used up", out)


@tag("both_databases")
class DigestTests(PlanTestCase):
    TEXT = "campaign_id,date,cost_micros\n11,2026-03-10,20000000\n12,2026-03-10,1\n"

    def digest(self, request: Request) -> str:
        with self.plan(request) as plan:
            return plan.digest

    def test_the_first_days_that_change_are_shown(self) -> None:
        self.load(self.rows("11,2026-03-10,5000000", "11,2026-03-09,5000000"))
        with self.plan(self.request(self.rows("11,2026-03-10,4000000", "11,2026-03-09,5000000"))) as plan:
            changes = [(str(one.day.day), one.before, one.after) for one in plan.first_changes]
        self.assertEqual(changes, [("2026-03-10", Decimal("5.00"), Decimal("4.00"))])

    def test_a_plan_is_known_again_and_told_from_others(self) -> None:
        request = self.request(self.TEXT)
        seen = self.digest(request)
        self.assertEqual(self.digest(replace(request, path=self.file(self.TEXT, "again.csv"), force=True)), seen)
        for other in (
            replace(request, strict=True),
            replace(request, create_campaigns=True),
            replace(request, unit=Unit.UNITS),
            replace(request, path=self.file(f"{self.TEXT}\n", "other.csv")),
        ):
            self.assertNotEqual(self.digest(other), seen)
        self.known("12", self.make_campaign("Other"))
        self.assertNotEqual(self.digest(request), seen)

    def test_only_days_that_change_go_to_the_gate(self) -> None:
        self.load(self.rows("11,2026-03-10,5000000", "11,2026-03-11,6000000"))
        with self.plan(self.request(self.rows("11,2026-03-10,5000000", "11,2026-03-11,7000000"))) as plan:
            self.assertEqual([str(day.day) for batch in plan.staged.batches(9) for day in batch], ["2026-03-11"])
            corrected = Spend.objects.get(spend_date="2026-03-10").pk
            change_spend(spend_id=corrected, values=SpendValues(amount=Decimal("9.00")), now=self.now, by=ALICE)
            carry_out(plan, clock=lambda: self.now, by=ALICE)

        amounts = Spend.objects.order_by("spend_date").values_list("amount", flat=True)
        self.assertEqual(list(amounts), [Decimal("9.00"), Decimal("7.00")])

    def test_what_the_ledger_holds_meanwhile_is_another_plan(self) -> None:
        request = self.request(self.TEXT)
        seen = self.digest(request)
        self.load(self.rows("11,2026-03-10,30000000"))
        self.assertNotEqual(self.digest(request), seen)

    def test_what_a_budget_makes_worth_a_look_is_another_plan(self) -> None:
        request = self.request(self.TEXT)
        seen = self.digest(request)
        change_brand(brand_id=self.brand.pk, values={"daily_budget": Decimal("5.00")}, now=self.now, by=ALICE)
        self.assertNotEqual(self.digest(request), seen)


class ReachTests(Roles, PlanTestCase):
    def test_anothers_brand_is_planned_as_one_that_does_not_exist(self) -> None:
        request = self.request(self.rows("11,2026-03-10,1"))
        refusals = []
        for brand_id in (self.brand.pk, self.campaign.pk):
            asked, by = replace(request, brand_id=brand_id), self.acting(self.stranger)
            with self.assertRaises(NotFound) as caught, planning(asked, now=self.now, by=by):
                pass
            refusals.append(str(caught.exception).replace(str(brand_id), ""))
        self.assertEqual(refusals[0], refusals[1])


class UploadTests(PlanTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.owner = User.objects.create_user("ana")

    def keep(self, name: str = "a.csv") -> Upload:
        return store_upload(content=b"x", file_name=name, owner=self.owner, now=self.now)

    def test_is_found_by_its_owner_alone_and_not_for_long(self) -> None:
        upload = self.keep()
        self.assertEqual(find_upload(upload.pk, owner=self.owner, now=self.now), upload)
        for owner, now in ((User.objects.create_user("bob"), self.now), (self.owner, self.now + RETENTION)):
            with self.assertRaises(NotFound):
                find_upload(upload.pk, owner=owner, now=now)

    def test_what_is_abandoned_is_purged(self) -> None:
        self.keep()
        purge_uploads(now=self.now + RETENTION - timedelta(seconds=1))
        self.assertTrue(Upload.objects.exists())
        purge_uploads(now=self.now + RETENTION)
        self.assertFalse(Upload.objects.exists())

    def test_one_person_keeps_few(self) -> None:
        for number in range(MAX_PER_USER + 2):
            store_upload(
                content=b"x", file_name=f"{number}", owner=self.owner, now=self.now + timedelta(seconds=number)
            )
        self.assertEqual(set(Upload.objects.values_list("file_name", flat=True)), {"2", "3", "4", "5", "6"})

    def test_is_long_by_its_lines_or_its_size_and_a_workbook_by_what_it_unpacks_to(self) -> None:
        book = Workbook()
        for number in range(300):
            book.worksheets[0].append([str(number), "2026-03-10", "1"])
        written = BytesIO()
        book.save(written)
        for name, limit, content, long in (
            ("MAX_SHORT_LINES", 5, b"x\n" * 5, False),
            ("MAX_SHORT_LINES", 5, b"x\n" * 6, True),
            ("MAX_SHORT_LINES", 5, b"x\r" * 6, True),
            ("MAX_SHORT_SIZE", 20, b"x" * 20, False),
            ("MAX_SHORT_SIZE", 20, b"x" * 21, True),
            ("MAX_SHORT_SIZE", 20_000, written.getvalue(), True),
            ("MAX_SHORT_SIZE", 200_000, written.getvalue(), False),
            ("MAX_SHORT_LINES", 0, written.getvalue(), False),
            ("MAX_SHORT_SIZE", 0, ARCHIVE + b"damaged", False),
        ):
            with self.subTest(name, limit=limit, begins=content[:4]), patch.object(uploads, name, limit):
                self.assertEqual(is_long(Upload(content=content)), long)
