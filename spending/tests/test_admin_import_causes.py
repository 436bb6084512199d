"""The plan's page tells why lines are left out by cause, and creates campaigns that are not known beside it."""

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from budget_system.core.actors import Actor
from campaigns.models import Campaign
from spending.imports.plan.planning import planning
from spending.imports.plan_summary import PlanSummary
from spending.imports.requests import Request
from spending.models import Import, Spend
from spending.tests.test_admin_imports import ImportingTestCase

HEADER = "campaign_id,campaign_name,date,cost_micros\n"
DAYS = [date(2025, 12, 1) + timedelta(days=number) for number in range(100)]
UNKNOWN = HEADER + "".join(f"{key},Name {key},{day},1000000\n" for key in (21, 22, 23) for day in DAYS)


class CauseTests(ImportingTestCase):
    def summary(self, page: Any) -> PlanSummary:
        plan: PlanSummary = page.context["plan"]
        return plan

    def test_equal_causes_are_one_line_with_how_many_and_which(self) -> None:
        page = self.post(UNKNOWN + "11,Spring,2025-12-40,1\n11,Spring,2025-12-41,1\n")

        first, second = self.summary(page).groups
        self.assertEqual((first.lines, first.first_line, first.more_cells), (300, 2, 0))
        self.assertEqual([tuple(cell) for cell in first.cells], [("21", 100), ("22", 100), ("23", 100)])
        self.assertEqual((second.lines, [cell for cell, _ in second.cells]), (2, ["2025-12-40", "2025-12-41"]))
        self.assertContains(page, "300 lines, from 2 on")
        self.assertContains(page, "3 campaigns of the report are not known here")

    def test_the_button_beside_it_shows_the_plan_with_them_and_the_import_creates_them(self) -> None:
        page = self.post(UNKNOWN)
        self.assertContains(page, "Create these 3 campaigns")
        sent = {**dict(page.context["hidden"]), "digest": page.context["digest"], "step": "", "create_campaigns": "on"}

        plan = self.post(**sent)
        self.assertTemplateUsed(plan, "admin/budget/import_plan.html")
        self.assertNotContains(plan, "are not known here")
        self.assertContains(plan, "300 new")
        self.assertFalse(Spend.objects.exists() or Campaign.objects.filter(external_id="21").exists())

        form = {**dict(plan.context["hidden"]), "digest": plan.context["digest"], "force": "on"}
        self.go(form)
        self.assertEqual(
            sorted(Campaign.objects.filter(external_id__in=("21", "22", "23")).values_list("name", flat=True)),
            ["Name 21", "Name 22", "Name 23"],
        )
        self.assertEqual(Spend.objects.count(), 300)

    def test_one_campaign_is_one(self) -> None:
        page = self.post(HEADER + "21,One,2026-03-10,1000000\n")
        self.assertContains(page, "Create this campaign")
        self.assertContains(page, "1 campaign of the report is not known here")

    def test_what_no_campaign_can_be_created_of_is_not_counted(self) -> None:
        page = self.post(HEADER + "x y,Odd,2026-03-10,1000000\n21,Fine,2026-03-10,1000000\n2.1E+10,Cut,2026-03-10,1\n")
        self.assertEqual((self.summary(page).creatable, self.summary(page).creatable_lines), (1, 1))
        self.assertContains(page, "so no campaign is created of it")

    def test_names_are_counted_where_campaigns_are_matched_by_name(self) -> None:
        text = "Campaign,Day,Cost\nNew one,2026-03-10,1.00\nNew one,2026-03-09,1.00\nOther,2026-03-10,2.00\n"
        page = self.post(text, match_by="name", unit="units")
        self.assertEqual((self.summary(page).creatable, self.summary(page).creatable_lines), (2, 3))

    def test_with_campaigns_created_nothing_is_offered(self) -> None:
        page = self.post(UNKNOWN, create_campaigns="on")
        self.assertEqual((self.summary(page).creatable, list(self.summary(page).groups)), (0, []))

    def test_many_causes_and_cells_are_cut_and_said_to_be(self) -> None:
        text = HEADER + "".join(f"{key},Name,2026-03-10,1\n" for key in range(100, 130))
        (group,) = self.summary(self.post(text)).groups
        self.assertEqual((len(group.cells), group.more_cells, group.lines), (10, 20, 30))

    def test_the_result_tells_them_by_cause_too(self) -> None:
        self.go(self.plan(HEADER + "11,Spring,2026-03-10,1000000\n21,New,2026-03-09,1\n22,New,2026-03-10,1\n"))
        page = self.client.get(self.page_of(Import.objects.get()))
        self.assertContains(page, "lines 3, 4: “21”, “22”: “Acme” has no campaign with this id", count=1)

    def test_a_summary_that_was_kept_before_causes_were_is_still_shown(self) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "report.csv"
            path.write_text(UNKNOWN)
            asked = Request(path=path, brand_id=self.brand.pk, platform="google")
            with planning(asked, now=self.now, by=Actor.api()) as plan:
                self.assertEqual(plan.staged.bad.unknown_campaigns(), (3, 300))
        page = self.post(UNKNOWN)
        kept = self.summary(page).as_json()
        self.assertEqual(PlanSummary.of_json(kept).groups, list(self.summary(page).groups))
        for name in ("groups", "more_reasons", "creatable", "creatable_lines"):
            del kept[name]
        for line in kept["bad"]:
            del line["unknown"]
        self.assertEqual(PlanSummary.of_json(kept).creatable, 0)
