"""Reports in the admin: handed to the worker at once, told of on a page, and agreed to there."""

import time
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerFault

from brands.models import Membership, Role
from spending.imports import jobs
from spending.models import Import, JobKind, JobState, ReportJob, Spend, Upload
from spending.tests.test_admin_imports import ImportingTestCase
from tasks import waking
from tasks.budget_tasks import run_report_jobs_task

LONG = "campaign_id,date,cost_micros\n" + "".join(f"11,2026-03-{day:02d},{day}000000\n" for day in range(1, 11))
QUOTED = LONG + '11,2026-03-11,"1\n'


class JobPageTestCase(ImportingTestCase):
    """The worker begins only when the test says so."""

    def setUp(self) -> None:
        super().setUp()
        self.works = False

    def handed_over(self, answer: Any) -> str:
        """Return the address of the page to which a long report leads."""
        self.assertEqual(answer.status_code, 302)
        self.assertIn("/job/", answer["Location"])
        return str(answer["Location"])

    def answer_plan(self, page: Any, **more: str) -> Any:
        form = {**dict(page.context["hidden"]), "digest": page.context["digest"], "force": "on", **more}
        return self.client.post(page.context["action"], {**form, "step": "carry_out"})


class ReportPageTests(JobPageTestCase):
    def test_it_is_planned_agreed_to_and_imported_while_the_person_looks_on(self) -> None:
        url = self.handed_over(self.post(LONG))
        page = self.client.get(url)
        self.assertContains(page, "It waits for the worker")
        self.assertContains(page, '<meta http-equiv="refresh" content="1">')
        self.work()
        plan = self.client.get(url)
        self.assertTemplateUsed(plan, "admin/budget/import_plan.html")
        self.assertContains(plan, "10 new, 0 restated")
        self.assertFalse(Spend.objects.exists())

        url = self.handed_over(self.answer_plan(plan))
        self.assertContains(self.client.get(url), "It waits for the worker")
        self.work()
        report = Import.objects.get()
        self.assertRedirects(self.client.get(url), self.page_of(report))
        self.assertEqual((report.by, report.created, self.woken), ("user ana", 10, 2))
        self.assertFalse(Upload.objects.exists())

    def test_how_far_it_is_is_told(self) -> None:
        url = self.handed_over(self.post(LONG))
        for state, phase, done, total, words in (
            (JobState.RUNNING, "reading", 30, 120, "25 % of the report is read"),
            (JobState.RUNNING, "reading", 120, 120, "the worker works out what it would do"),
            (JobState.RUNNING, "booking", 2000, 45000, "2,000 of 45,000 days that change are booked"),
            (JobState.RUNNING, "putting back", 2000, 45000, "2,000 of 45,000 days are put back"),
            (JobState.WAITING, "booking", 2000, 45000, "its next turn"),
        ):
            ReportJob.objects.update(state=state, phase=phase, done=done, total=total)
            self.assertContains(self.client.get(url), words)

    def test_what_is_wrong_with_it_is_said_at_its_field_and_what_was_said_is_kept(self) -> None:
        url = self.handed_over(self.post(QUOTED, strict="on"))
        self.work()
        page = self.client.get(url)
        self.assertIn("quotes", self.faults(page)["file"][0])
        self.assertContains(page, "“day 10.csv” is kept")
        self.assertTrue(page.context["form"]["strict"].value())
        kept = page.context["form"]["kept"].value()
        Upload.objects.update(content=LONG.encode())
        url = self.handed_over(self.post(kept=kept))
        self.work()
        self.assertTemplateUsed(self.client.get(url), "admin/budget/import_plan.html")

    def test_an_answer_that_no_database_takes_is_none_and_leads_back_to_the_plan(self) -> None:
        url = self.handed_over(self.post(LONG))
        self.work()
        plan = self.client.get(url)
        for more in ({"digest": "\0"}, {"digest": "d" * 65}, {"digest": "\0", "force": "\0"}):
            url = self.handed_over(self.answer_plan(plan, **more))
            self.assertTrue({"\0", "d" * 65}.isdisjoint(ReportJob.objects.get().options.values()))
            self.work()
            self.assertContains(self.client.get(url), "has changed since you saw it")
        self.assertFalse(Import.objects.exists())

    def test_a_choice_about_other_entries_is_asked_for_and_goes_along(self) -> None:
        self.spend("3.00", days=-1)
        url = self.handed_over(self.post(LONG))
        self.work()
        plan = self.client.get(url)
        self.assertContains(plan, "Other entries stand on these days")
        url = self.handed_over(self.answer_plan(plan))
        self.work()
        again = self.client.get(url)
        self.assertContains(again, "Choose below what becomes of the other entries")
        url = self.handed_over(self.answer_plan(again, other_entries="replace"))
        self.work()
        self.assertRedirects(self.client.get(url), self.page_of(Import.objects.get()))
        self.assertEqual(Spend.objects.count(), 10)

    def test_it_is_cancelled_until_it_is_being_written(self) -> None:
        url = self.handed_over(self.post(LONG))
        self.assertRedirects(self.client.post(url), self.url(Import, "changelist"))
        self.assertFalse(Upload.objects.exists())
        self.assertEqual(self.client.get(url).status_code, 404)
        url = self.handed_over(self.post(LONG))
        ReportJob.objects.update(kind=JobKind.IMPORT, state=JobState.RUNNING, phase="booking")
        self.assertIn("cannot be cancelled", self.messages_in(self.client.post(url)))
        self.assertNotContains(self.client.get(url), "Cancel it")

    def test_what_one_has_handed_over_is_found_again_where_reports_are_imported(self) -> None:
        url = self.handed_over(self.post(LONG))
        self.assertContains(self.client.get(self.page), f'href="{url}"')
        self.client.force_login(User.objects.create_superuser("bob"))
        self.assertNotContains(self.client.get(self.page), url)

    def test_a_plan_whose_file_is_gone_is_offered_no_more(self) -> None:
        url = self.handed_over(self.post(LONG))
        self.work()
        self.assertContains(self.client.get(self.page), f'href="{url}"')
        Upload.objects.all().delete()
        self.assertNotContains(self.client.get(self.page), url)

    def test_a_file_sent_in_place_of_another_takes_its_place(self) -> None:
        url = self.handed_over(self.post(QUOTED))
        self.work()
        form = self.client.get(url).context["form"]
        self.handed_over(self.post(LONG, kept=form["kept"].value()))
        self.assertEqual((Upload.objects.count(), self.client.get(url).status_code), (1, 404))

    def test_what_was_refused_is_no_news_where_it_is_shown_and_is_told_of_elsewhere(self) -> None:
        url = self.handed_over(self.post(QUOTED))
        self.work()
        today = self.client.get(reverse("admin:index"))
        self.assertContains(today, "import failed")
        page = self.client.get(url)
        self.assertNotContains(page, f'href="{url}"')
        self.assertContains(self.client.get(self.page), f'href="{url}"')
        self.assertNotContains(self.client.get(reverse("admin:index")), "import failed")

    def test_what_was_refused_in_a_folder_is_told_to_who_may_import(self) -> None:
        jobs.record_refusal(
            brand_id=self.brand.pk, platform="meta", file_name="day.csv", reason="No costs.", now=timezone.now()
        )
        today = self.client.get(reverse("admin:index"))
        self.assertContains(today, "No costs. It lay in the folder of reports.")
        self.assertContains(today, "put the report there again")
        self.assertNotContains(self.client.get(self.page), "day.csv")

    def test_too_many_are_refused_in_a_sentence(self) -> None:
        for _ in range(jobs.MAX_WAITING):
            self.handed_over(self.post(LONG))
        self.assertIn("wait for the worker already", self.faults(self.post(LONG))["__all__"][0])

    def test_the_largest_file_is_handed_over_within_two_seconds(self) -> None:
        text = "campaign_id,date,cost_micros\n" + "".join(f"{number},2026-03-10,1\n" for number in range(900_000))
        begun = time.process_time()
        self.handed_over(self.post(text))
        self.assertLess(time.process_time() - begun, 2)


class WhoSeesItTests(JobPageTestCase):
    def test_others_get_the_page_of_a_job_as_one_that_does_not_exist(self) -> None:
        url = self.handed_over(self.post(LONG))
        people = [User.objects.create_superuser("bob")]
        for name, role in (("mia", Role.MANAGER), ("vic", Role.VIEWER)):
            people.append(User.objects.create_user(name, is_staff=True))
            Membership.objects.create(user=people[-1], brand=self.brand, role=role)
        for person in people:
            self.client.force_login(person)
            for method in (self.client.get, self.client.post):
                answers = [method(one) for one in (url, reverse("admin:spending_import_report_job", args=[uuid4()]))]
                self.assertEqual([answer.status_code for answer in answers], [404, 404])
        self.assertTrue(ReportJob.objects.exists())

    def test_who_has_lost_the_brand_has_lost_the_page(self) -> None:
        mia = User.objects.create_user("mia", is_staff=True)
        membership = Membership.objects.create(user=mia, brand=self.brand, role=Role.MANAGER)
        self.client.force_login(mia)
        url = self.handed_over(self.post(LONG))
        self.assertEqual(self.client.get(url).status_code, 200)
        membership.delete()
        self.assertEqual(self.client.get(url).status_code, 404)


class UndoPageTests(JobPageTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.load(LONG, "--force")
        self.undo_page = reverse("admin:spending_import_undo_one", args=[self.last().pk])

    def test_it_is_looked_at_agreed_to_and_undone_while_the_person_looks_on(self) -> None:
        url = self.handed_over(self.client.get(self.undo_page))
        self.assertContains(self.client.get(url), "It waits for the worker")
        self.work()
        question = self.client.get(url)
        self.assertContains(question, "10 days lose their entry")
        self.assertContains(question, "55.00 USD become 0.00 USD")
        self.assertContains(question, f'action="{self.undo_page}"')
        self.assertEqual(Spend.objects.count(), 10)

        url = self.handed_over(self.send(self.undo_page, {"confirmed": "yes"}))
        self.work()
        self.assertRedirects(self.client.get(url), self.page_of(self.last()))
        self.assertEqual((self.last().state, Spend.objects.count()), ("undone", 0))

    def test_a_refusal_is_said_on_the_imports_page(self) -> None:
        url = self.handed_over(self.client.get(self.undo_page))
        Spend.objects.filter(spend_date="2026-03-02").update(amount="9.99")
        self.work()
        answer = self.client.get(url)
        self.assertIn("was corrected after the import", self.messages_in(answer))
        self.assertRedirects(answer, self.page_of(self.last()))
        url = self.handed_over(self.send(self.undo_page, {"confirmed": "yes"}))
        self.work()
        self.assertIn("was corrected after the import", self.messages_in(self.client.get(url)))

    @patch("spending.imports.undo.reversals.MAX_DAYS_AT_ONCE", 5)
    def test_several_of_which_one_is_long_are_undone_in_their_order(self) -> None:
        first = self.last()
        self.load(self.rows("11,2026-03-10,99000000"), "--force")
        page = self.act("undo_imports", first, self.last())
        self.assertContains(page, "10 days: the worker looks at them")
        self.assertContains(page, "1 day: the worker looks at them")
        self.assertIn("at the worker", self.messages_in(self.act("undo_imports", first, self.last(), confirmed="yes")))
        self.work()
        self.assertEqual([report.state for report in Import.objects.all()], ["undone", "undone"])


class WakingTests(JobPageTestCase):
    def test_a_broker_that_is_away_is_a_warning_and_the_report_waits(self) -> None:
        with (
            patch.object(run_report_jobs_task, "delay", side_effect=BrokerFault),
            self.assertLogs("tasks.waking", "WARNING"),
        ):
            waking._send()
