"""Reports in the admin: the plan first, then the import, by the same service as the command; and taking one back."""

from decimal import Decimal
from typing import Any
from unittest.mock import patch

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from brands.models import Membership, Role
from brands.services import change_brand
from campaigns.models import Campaign, PauseReason
from spending.imports import plan_summary, uploads
from spending.models import Import, Spend, Upload
from spending.recording.services import change_spend
from spending.tests.test_import_undo import UndoTestCase
from tests.browsing import AdminTestCase
from tests.support import ALICE
from tests.worker import WorkerTestCase

TEXT = "campaign_id,date,cost_micros\n11,2026-03-10,20000000\n12,2026-03-10,1\n11,2026-03-09,-1\n"


class ImportingTestCase(WorkerTestCase, AdminTestCase, UndoTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.page = reverse("admin:spending_import_import_report")

    def post(self, text: str | bytes | None = None, **options: str) -> Any:
        form: dict[str, Any] = {"brand": str(self.brand.pk), "platform": "google", "step": "plan", **options}
        if text is not None:
            content = text.encode() if isinstance(text, str) else text
            form["file"] = SimpleUploadedFile("day 10.csv", content)
        sent = {name: value for name, value in form.items() if value is not None}
        return self.client.post(self.page, sent, follow=self.works)

    def plan(self, text: str = TEXT, **options: str) -> dict[str, str]:
        """Send a report, and give what the plan's form would send back."""
        answer = self.post(text, **options)
        self.assertTemplateUsed(answer, "admin/budget/import_plan.html")
        return {**dict(answer.context["hidden"]), "digest": answer.context["digest"]}

    def go(self, form: dict[str, str], **options: str) -> Any:
        return self.post(**{**form, "step": "carry_out", **options})

    def faults(self, answer: Any) -> dict[str, list[str]]:
        self.assertTemplateUsed(answer, "admin/budget/import_form.html")
        return {name: list(texts) for name, texts in answer.context["form"].errors.items()}


class ImportingTests(ImportingTestCase):
    def test_the_empty_list_says_where_to_begin(self) -> None:
        self.assertContains(self.client.get(self.url(Import, "changelist")), "“Import a report” first shows")

    def test_shows_the_plan_first_and_writes_nothing(self) -> None:
        page = self.post(TEXT)

        for words in (
            "1 new, 0 restated",
            "3, 2 of them bad",
            "20.000000 in the report = 20.00 USD booked + 0.000000 rounding",
            "has no campaign with this id on Google Ads",
            "comes to less than nothing",
            "Tue 10 Mar 2026",
        ):
            self.assertContains(page, words)
        self.assertFalse(Spend.objects.exists() or Import.objects.exists())

    def test_then_carries_it_out_and_shows_what_it_came_to(self) -> None:
        page = self.go(self.plan())
        report = Import.objects.get()

        self.assertRedirects(page, self.page_of(report))
        self.assertEqual((report.file_name, report.by, report.created), ("day 10.csv", "user ana", 1))
        self.assertEqual(self.ledger(), [("2026-03-10", "20.00", "report:google:2026-03-10")])
        self.assertContains(page, "has no campaign with this id")
        self.assertFalse(Upload.objects.exists())
        self.assertClean()

    def test_a_report_of_which_no_line_can_be_booked_is_not_taken_for_one_that_changes_nothing(self) -> None:
        page = self.post("campaign_id,date,cost_micros\n12,2026-03-11,1000000\n")
        self.assertContains(page, "None of its lines can be booked")
        self.assertNotContains(page, "the ledger says the same")
        self.assertNotContains(page, 'value="carry_out"')

    def test_tells_which_campaigns_pause(self) -> None:
        page = self.post("campaign_id,date,cost_micros\n11,2026-03-11,100000000\n")
        self.assertContains(page, "“Spring sale” pauses: daily budget used up")
        self.assertRuns()

    def test_does_what_the_options_say(self) -> None:
        text = "Campaign,Tag,Kosten\n13,2026-03-10,5.005\n11,2026-03-10,x\n"
        options = {"campaign_column": "Campaign", "date_column": "Tag", "cost_column": "Kosten", "unit": "units"}
        strict = self.post(text, **options, strict="on")
        self.assertContains(strict, "2 lines are bad, and you asked that nothing is booked then.")
        self.assertNotContains(strict, 'value="carry_out"')

        self.go(self.plan(text, **options, create_campaigns="on"))
        self.assertEqual(Campaign.objects.get(external_id="13").name, "13")
        self.assertEqual(Spend.objects.get().amount, Decimal("5.01"))

    def test_what_is_wrong_is_said_in_one_sentence_at_its_field_and_the_file_is_kept(self) -> None:
        for text, field, words in (
            (
                "campaign_id,date,spend\n11,2026-03-10,1500000\n",
                "unit",
                "1.500000 as micros; say which is right in “Unit”",
            ),
            ("campaign_id,date,price\n11,2026-03-10,1\n", "cost_column", "name the right one in “Cost column”"),
            ("PK\x03\x04", "file", "zip archive"),
            ('campaign_id,date,cost\n11,2026-03-10,"1\n', "file", "quotes"),
        ):
            with self.subTest(words):
                answer = self.post(text)
                faults = self.faults(answer)
                self.assertEqual(list(faults), [field])
                self.assertIn(words, faults[field][0])
                self.assertContains(answer, "“day 10.csv” is kept")
        self.assertFalse(Import.objects.exists())

    def test_a_kept_file_need_not_be_sent_again(self) -> None:
        answer = self.post("campaign_id,date,spend\n11,2026-03-10,1500000\n")
        kept = answer.context["form"]["kept"].value()
        page = self.post(kept=kept, unit="micros")
        self.assertContains(page, "1.50 USD booked")
        self.assertEqual(Upload.objects.count(), 1)

    def test_a_form_that_says_too_little_or_nonsense_is_shown_again(self) -> None:
        for options, field in (
            ({"brand": ""}, "brand"),
            ({"brand": "x"}, "brand"),
            ({"brand": str(self.campaign.pk)}, "brand"),
            ({"platform": "orkut"}, "platform"),
            ({"unit": "pence"}, "unit"),
            ({"kept": "x"}, "kept"),
            ({"kept": str(self.brand.pk)}, "file"),
        ):
            with self.subTest(options):
                self.assertIn(field, self.faults(self.post(None if "kept" in options else TEXT, **options)))
        self.assertIn("file", self.faults(self.post()))
        self.assertIn("file", self.faults(self.post("")))

    def test_a_plan_that_has_changed_is_shown_again_and_not_carried_out(self) -> None:
        form = self.plan()
        self.known("12", self.make_campaign("Other"))
        again = self.go(form)

        self.assertContains(again, plan_summary.CHANGED)
        self.assertFalse(Import.objects.exists())
        self.go({**form, "digest": again.context["digest"]})
        self.assertTrue(Import.objects.exists())

    def test_another_file_or_another_brand_than_was_seen_is_not_carried_out(self) -> None:
        form, other = self.plan(), self.plan(TEXT.replace("20000000", "30000000"))
        Upload.objects.filter(pk=form["kept"]).update(content=TEXT.replace("2000", "3000").encode())
        for wrong in (
            form,
            {**other, "digest": form["digest"]},
            {**other, "brand": str(self.make_brand("Another").pk)},
            {**other, "strict": "on"},
            {**other, "digest": ""},
        ):
            self.assertContains(self.go(wrong), plan_summary.CHANGED)
        self.assertFalse(Import.objects.exists())

    def test_what_needs_a_look_needs_a_tick(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"daily_budget": Decimal("5.00")}, now=self.now, by=ALICE)
        form = self.plan()
        page = self.go(form)

        self.assertContains(page, "above 3 × the tightest daily budget")
        self.assertContains(page, plan_summary.LOOK)
        self.assertFalse(Import.objects.exists())
        self.go(form, force="on")
        self.assertTrue(Import.objects.exists())

    def test_the_same_answer_twice_imports_once(self) -> None:
        form = self.plan()
        self.go(form)
        again = self.go(form)
        self.assertEqual(self.faults(again), {"file": [uploads.GONE]})
        self.assertEqual(Import.objects.count(), 1)

    def test_changing_ones_mind_keeps_what_was_said_and_cancelling_removes_the_file(self) -> None:
        form = self.plan(strict="on", platform="google")
        page = self.post(**{**form, "step": "change"})
        shown = page.context["form"]
        self.assertEqual((shown["platform"].value(), shown["strict"].value()), ("google", True))
        self.assertEqual(shown.errors, {})
        self.assertContains(page, "“day 10.csv” is kept")

        self.assertRedirects(self.post(**{**form, "step": "drop"}), self.url(Import, "changelist"))
        self.assertFalse(Upload.objects.exists())

    def test_a_file_that_is_too_large_is_refused_whether_it_says_so_or_not(self) -> None:
        with patch.dict("budget_system.web.body_limits.LARGE_BODY_PATHS", {self.page: 10}):
            answer = self.post(TEXT)
            self.assertContains(answer, "This file is too large", status_code=413)
            self.assertContains(answer, f'href="{self.page}"', status_code=413)
        with patch("spending.admin.import_form.MAX_FILE", 10):
            self.assertIn("too large", self.faults(self.post(TEXT))["file"][0])
        self.assertFalse(Upload.objects.exists())

    def test_a_form_without_its_token_is_refused(self) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(self.admin)
        form = {"brand": str(self.brand.pk), "platform": "google"}
        file = SimpleUploadedFile("a.csv", TEXT.encode())
        self.assertEqual(browser.post(self.page, {**form, "file": file}).status_code, 403)
        token = browser.get(self.page).cookies["csrftoken"].value
        file.seek(0)
        page = browser.post(self.page, {**form, "file": file, "csrfmiddlewaretoken": token}, follow=True)
        self.assertTemplateUsed(page, "admin/budget/import_plan.html")

    def test_another_persons_file_is_not_there(self) -> None:
        form = self.plan()
        other = type(self.admin).objects.create_superuser("bob", password="bob")
        self.client.force_login(other)
        self.assertEqual(self.faults(self.go(form)), {"file": [uploads.GONE]})

    def test_leads_there_from_the_list_and_from_a_brand(self) -> None:
        self.assertContains(self.client.get(self.url(Import, "changelist")), self.page)
        self.assertContains(self.client.get(self.page_of(self.brand)), "Import a report")
        answer = self.client.get(reverse("admin:brands_brand_import_report", args=[self.brand.pk]))
        page = self.client.get(answer["Location"])
        self.assertContains(page, f'value="{self.brand.pk}" selected')


class ReachTests(ImportingTestCase):
    def member(self, role: Role) -> None:
        user = type(self.admin).objects.create_user("mia", password="mia", is_staff=True)
        Membership.objects.create(user=user, brand=self.brand, role=role)
        self.client.force_login(user)

    def test_a_manager_imports_into_his_brands_alone(self) -> None:
        theirs = self.make_brand("Theirs")
        self.member(Role.MANAGER)
        answers = [self.faults(self.post(TEXT, brand=str(pk))) for pk in (theirs.pk, self.campaign.pk)]
        self.assertEqual(answers[0], answers[1])
        self.go(self.plan())
        self.assertEqual(Import.objects.get().by, "user mia")

    def test_who_may_change_no_brand_imports_nothing(self) -> None:
        self.member(Role.VIEWER)
        self.assertEqual(self.client.get(self.page).status_code, 403)
        self.assertEqual(self.post(TEXT).status_code, 403)


class UndoingTests(ImportingTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.load(self.rows("11,2026-03-10,20000000"))
        self.first = self.last()
        self.load(self.rows("11,2026-03-10,30000000", "11,2026-03-11,100000000"), "--force")

    def undo_page(self, report: Import) -> str:
        return reverse("admin:spending_import_undo_one", args=[report.pk])

    def test_asks_first_and_shows_what_it_would_do(self) -> None:
        page = self.client.get(self.undo_page(self.last()), follow=True)
        for words in (
            "1 days lose their entry, 1 get their former amount",
            "130.00 USD become 20.00 USD",
            "Spring sale",
        ):
            self.assertContains(page, words)
        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED)

        answer = self.client.post(self.undo_page(self.last()), {"confirmed": "yes"}, follow=True)
        self.assertRedirects(answer, self.page_of(self.last()))
        self.assertEqual(self.ledger(), [("2026-03-10", "20.00", "report:google:2026-03-10")])
        self.assertEqual((self.last().state, self.last().undone_by), ("undone", "user ana"))
        self.assertRuns()
        page = self.client.get(self.page_of(self.last()))
        self.assertContains(page, ">ana<")
        self.assertNotContains(page, "user ana")
        self.assertNotContains(page, self.undo_page(self.last()))

    def test_refuses_with_the_services_sentence(self) -> None:
        for answer in (
            self.client.get(self.undo_page(self.first), follow=True),
            self.client.post(self.undo_page(self.first), {"confirmed": "yes"}, follow=True),
        ):
            self.assertIn(
                "A later import has changed “Spring sale” on 2026-03-10; undo that one", self.messages_in(answer)
            )
        self.assertEqual(self.first.state, "done")

    def test_several_from_the_list_go_the_latest_first(self) -> None:
        page = self.act("undo_imports", self.first, self.last())
        self.assertContains(page, "A later import has changed")
        self.assertContains(page, "130.00 USD become 20.00 USD")
        self.act("undo_imports", self.first, self.last(), confirmed="yes")
        self.assertEqual(self.ledger(), [])

    def test_the_list_says_what_is_half_undone(self) -> None:
        Import.objects.filter(pk=self.first.pk).update(undo_began_at=self.now)
        self.assertContains(self.client.get(self.url(Import, "changelist")), "half undone")

    def test_a_days_entry_that_a_person_corrected_is_named(self) -> None:
        entry = Spend.objects.get(spend_date="2026-03-11")
        change_spend(spend_id=entry.pk, values={"amount": Decimal("7.00")}, now=self.now, by=ALICE)
        answer = self.client.get(self.undo_page(self.last()), follow=True)
        self.assertIn("“Spring sale” on 2026-03-11 was corrected after the import", self.messages_in(answer))
