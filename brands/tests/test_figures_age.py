"""How old a brand lets figures be: over REST, in the admin, in the history."""

from brands.models import Brand, Change
from tests.browsing import AdminTestCase
from tests.support import AgencyTestCase


class FiguresAgeApiTests(AgencyTestCase):
    def test_is_three_hours_unless_a_brand_says_others(self) -> None:
        path = f"/api/brands/{self.brand.pk}/"
        self.assertEqual(self.client.get(path).json()["figures_max_age_hours"], 3)
        for hours in (1, 168):
            answer = self.client.patch(path, {"figures_max_age_hours": hours}, "application/json")
            self.assertEqual((answer.status_code, answer.json()["figures_max_age_hours"]), (200, hours))
        self.assertEqual(Change.objects.latest("at").after, {"figures_max_age_hours": 168})
        new = {"name": "New", "daily_budget": None, "monthly_budget": None, "figures_max_age_hours": 24}
        self.assertEqual(self.client.post("/api/brands/", new, "application/json").json()["figures_max_age_hours"], 24)


class FiguresAgeFormTests(AdminTestCase):
    def test_is_typed_as_a_number(self) -> None:
        self.assertEqual(self.open(self.page_of(self.brand), "brand")["figures_max_age_hours"], "3")
        self.change(self.brand, figures_max_age_hours=" 12 ")
        self.brand.refresh_from_db()
        self.assertEqual(self.brand.figures_max_age_hours, 12)
        self.assertContains(self.client.get(self.url(Brand, "history", self.brand.pk)), "3 → 12")
        errors = self.errors(self.change(self.brand, figures_max_age_hours="169"))
        self.assertIn("from 1 to 168", errors["figures_max_age_hours"][0])
