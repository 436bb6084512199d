"""What is found without regard to case and accents; names stay as different as they were."""

from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import SimpleTestCase, TransactionTestCase, tag

from brands.models import Brand
from brands.services import change_brand
from budget_system.core.searching import search_key
from budget_system.core.text import MAX_MARKS
from campaigns.models import Campaign
from spending.models import Spend
from tests.browsing import AdminTestCase
from tests.support import ALICE

BEFORE = [("brands", "0007_currencies_without_decimals"), ("campaigns", "0003_campaign_indexes_by_what_holds_back")]


class SearchKeyTests(SimpleTestCase):
    def test_letters_with_accents_are_the_letters(self) -> None:
        for text, bare in (
            ("Möbel", "mobel"),
            ("MO\u0308BEL", "mobel"),
            ("Crème Brûlée", "creme brulee"),
            ("Łódź", "lodz"),
            ("Smørrebrød", "smorrebrod"),
            ("Straße", "strasse"),
            ("Æther", "aether"),
            ("ΕΛΛΆΣ", "ελλασ"),
            ("Ёлка", "елка"),
        ):
            with self.subTest(text=text):
                self.assertEqual(search_key(text), bare)

    def test_marks_that_make_other_letters_stay(self) -> None:
        self.assertNotEqual(search_key("が"), search_key("か"))
        self.assertNotEqual(search_key("की"), search_key("क"))

    def test_is_its_own_key(self) -> None:
        for text in ("Möbel", "ǅ", "İstanbul", "Ǆ", "ﬃ", "a" + "\u0301" * (MAX_MARKS + 1)):
            self.assertEqual(search_key(search_key(text)), search_key(text))

    def test_fits_its_column(self) -> None:
        growing = [sign for sign in map(chr, range(0x20, 0x20000)) if len(search_key(sign * 2)) > 2]
        self.assertGreater(len(growing), 100)
        self.assertLessEqual(max(len(search_key(sign * 255)) for sign in growing), 1024)


@tag("both_databases")
class SearchTests(AdminTestCase):
    def found(self, model: type[Any], text: str) -> list[str]:
        page = self.client.get(self.url(model, "changelist"), {"q": text})
        return sorted(str(row) for row in page.context["cl"].result_list)

    def test_the_admin_finds_names_without_their_accents_and_ids_as_they_are(self) -> None:
        moebel = self.make_brand("Möbel Huber")
        summer = self.make_campaign("Éte", brand=moebel)
        Campaign.objects.filter(pk=summer.pk).update(platform="google", external_id="ÄZ-17")
        self.spend("1.00", campaign=summer)
        Spend.objects.update(description="Café")
        for model, text, names in (
            (Brand, "mobel", ["Möbel Huber"]),
            (Brand, "MÖBEL", ["Möbel Huber"]),
            (Brand, "huber mobel", ["Möbel Huber"]),
            (Brand, '"bel hu"', ["Möbel Huber"]),
            (Brand, "%", []),
            (Campaign, "ete", ["Éte"]),
            (Campaign, "ÄZ-17", ["Éte"]),
            (Campaign, "z-17", ["Éte"]),
            (Campaign, "mobel", ["Éte"]),
        ):
            with self.subTest(model=model.__name__, text=text):
                self.assertEqual(self.found(model, text), names)
        self.assertEqual(len(self.found(Spend, "Café")), 1)
        self.assertEqual(len(self.found(Spend, "mobel")), 1)

    def test_a_name_with_and_one_without_accents_are_two_names(self) -> None:
        self.make_brand("Möbel")
        self.make_brand("Mobel")

        self.assertEqual(self.found(Brand, "mobel"), ["Mobel", "Möbel"])

    def test_a_new_name_is_found_and_the_old_one_is_not(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"name": "Ünal"}, now=self.now, by=ALICE)

        self.assertEqual((self.found(Brand, "unal"), self.found(Brand, "acme")), (["Ünal"], []))

    def test_the_api_finds_the_same(self) -> None:
        self.make_campaign("Éte", brand=self.make_brand("Möbel"))
        for path, name in (("brands/?search=mobel", "Möbel"), ("campaigns/?search=ete", "Éte")):
            self.assertEqual([row["name"] for row in self.client.get(f"/api/{path}").json()], [name])

    def test_fields_that_search_find_them_too(self) -> None:
        self.make_brand("Möbel")
        asked = {"app_label": "campaigns", "model_name": "campaign", "field_name": "brand", "term": "mobel"}

        answer = self.client.get("/admin/autocomplete/", asked)

        self.assertEqual([one["text"] for one in answer.json()["results"]], ["Möbel"])


@tag("both_databases", "slow")
class SearchKeyMigrationTests(TransactionTestCase):
    def setUp(self) -> None:
        self.addCleanup(call_command, "migrate", verbosity=0)

    def test_rows_that_are_there_are_found_afterwards(self) -> None:
        executor = MigrationExecutor(connection)
        executor.migrate(BEFORE)
        old = executor.loader.project_state(BEFORE).apps
        brands: Any = old.get_model("brands", "Brand")._base_manager
        campaigns: Any = old.get_model("campaigns", "Campaign")._base_manager
        for name in ("Möbel", "Acme"):
            campaigns.create(brand=brands.create(name=name), name=f"{name} 1", next_transition_at=None)

        call_command("migrate", verbosity=0)

        self.assertEqual(set(Brand.objects.values_list("search_key", flat=True)), {"mobel", "acme"})
        self.assertEqual(set(Campaign.objects.values_list("search_key", flat=True)), {"mobel 1", "acme 1"})
