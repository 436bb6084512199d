"""A purge destroys a brand with its ledger, all of it and nothing else, and leaves a record of what there was."""

import re
from decimal import Decimal
from io import StringIO
from unittest.mock import patch

from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models import Model
from django.test import SimpleTestCase, TestCase, tag

from brands import purging
from brands.access.memberships import BRAND_PATH
from brands.history.listing import changes_of
from brands.models import Brand, Change
from brands.purging import purge_brand
from brands.services import change_brand, remove_brand
from budget_system.core.actors import Actor
from budget_system.core.errors import Forbidden, NotFound
from campaigns.models import Campaign, StatusEvent
from campaigns.services import change_campaign, pause_campaign
from spending.enforcement.audit import check_totals
from spending.enforcement.resets import reset
from spending.models import DayResult, Import, ImportedDay, Period, Spend
from spending.recording.services import change_spend, remove_spend
from tests.access import Roles
from tests.support import ALICE

LEDGER_IS_THINNED_BY = {
    "brands/purging.py": "a purge, which is recorded",
    "spending/recording/services.py": "one entry, its values kept",
    "spending/recording/batches.py": "entries voided, their values kept",
}


class PurgeTestCase(Roles, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.window(8, 12)
        self.spend("60.00")
        self.spend("50.00", days=-3)
        remove_spend(spend_id=self.spend("1.00").pk, now=self.now, by=ALICE)
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        reset(periods=[Period.DAY], brand_ids=[self.brand.pk], now=self.now, by=ALICE)
        self.spend("7.00", self.theirs)

    def purge(self, *words: str) -> str:
        out = StringIO()
        call_command("purge_brand", *words, stdout=out)
        return out.getvalue()

    def rows_of(self, brand_id: object) -> dict[str, int]:
        """Count what belongs to a brand, by the way that every model names."""
        models: list[type[Model]] = [model for model in apps.get_models() if hasattr(model, BRAND_PATH)]
        counts = {m._meta.label: m._base_manager.filter(**{getattr(m, BRAND_PATH): brand_id}).count() for m in models}
        return {label: count for label, count in counts.items() if count}


@tag("both_databases")
class PurgeTests(PurgeTestCase):
    def test_nothing_of_the_brand_is_left_but_the_record_and_the_others_are_as_they_were(self) -> None:
        others = self.rows_of(self.other.pk)
        self.assertEqual(len(self.rows_of(self.brand.pk)), 12, self.rows_of(self.brand.pk))
        output = self.purge("acme", "--confirm", "Acme")

        self.assertEqual(self.rows_of(self.brand.pk), {"brands.Change": 1})
        self.assertEqual(self.rows_of(self.other.pk), others)
        record = Change.objects.get(brand_id=self.brand.pk)
        self.assertEqual((record.action, record.by, record.kind), ("PURGED", "command purge_brand", "brand"))
        self.assertEqual(
            record.before,
            {
                "name": "Acme",
                "archived": False,
                "spends": 2,
                "spent": {"USD": "110.00"},
                "first_date": "2026-03-08",
                "last_date": "2026-03-11",
                "campaigns": 1,
                "schedules": 1,
                "imports": 0,
                "resets": 1,
                "status_events": record.before["status_events"],
                "memberships": 5,
                "changes": record.before["changes"],
            },
        )
        self.assertIn("'spent': {'USD': '110.00'}", output)
        self.assertEqual(check_totals(now=self.now, by=ALICE)[0], [])

    def test_an_archived_brand_is_found_by_its_name_and_several_by_their_ids(self) -> None:
        remove_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        second = self.make_brand("Acme")
        self.spend("1.00", self.make_campaign("Again", second))
        remove_brand(brand_id=second.pk, now=self.now, by=ALICE)
        with self.assertRaisesRegex(CommandError, f"2 archived brands are named .*{second.pk}"):
            self.purge("Acme", "--confirm", "Acme")
        self.purge(str(second.pk), "--confirm", "Acme")
        self.purge("Acme", "--confirm", "Acme")

        self.assertEqual(list(Brand.everything.values_list("name", flat=True)), ["Other"])

    def test_it_shows_what_would_go_and_does_nothing_without_the_name(self) -> None:
        before = self.rows_of(self.brand.pk)
        self.assertIn("'spends': 2", self.purge("Acme", "--dry-run", "--confirm", "Acme"))
        for words in (("Acme",), ("Acme", "--confirm", "acme"), ("Acme", "--confirm", "Other")):
            with self.subTest(words=words), self.assertRaisesRegex(CommandError, "add --confirm Acme"):
                self.purge(*words)
        with self.assertRaisesRegex(CommandError, "No brand has the name or id"):
            self.purge("Nobody", "--confirm", "Nobody")

        self.assertEqual(self.rows_of(self.brand.pk), before)

    def test_where_it_fails_in_the_middle_nothing_has_gone(self) -> None:
        before = self.rows_of(self.brand.pk)
        with patch.object(purging, "_record", side_effect=RuntimeError), self.assertRaises(RuntimeError):
            purge_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)

        self.assertEqual(self.rows_of(self.brand.pk), before)

    def test_what_had_moved_to_another_brand_stays_there_with_its_history(self) -> None:
        spend = self.spend("5.00")
        report = Import.objects.create(
            brand=self.brand, platform="google", file_name="a.csv", sha256="0", unit="units", at=self.now, by="ana",
            rows=1, bad_lines=0, days=1, money_in="5.00", money_booked=Decimal(5), rounding="0.00",
        )  # fmt: skip
        ImportedDay.objects.create(
            report=report, campaign=self.campaign, day=self.now.date(), result=DayResult.CREATED, amount=Decimal(5)
        )
        Spend.objects.filter(pk=spend.pk).update(imported_by=report)
        change_spend(spend_id=spend.pk, values={"campaign_id": self.theirs.pk}, now=self.now, by=ALICE)
        empty = self.make_campaign("Empty")
        pause_campaign(campaign_id=empty.pk, now=self.now, by=ALICE)
        change_campaign(campaign_id=empty.pk, values={"brand_id": self.other.pk}, now=self.now, by=ALICE)
        events = StatusEvent.objects.filter(campaign=empty).count()
        self.purge("Acme", "--confirm", "Acme")

        spend.refresh_from_db()
        self.assertEqual((spend.campaign_id, spend.imported_by), (self.theirs.pk, None))
        self.assertEqual([change.action for change in changes_of(Spend, spend.pk)], ["CHANGED"])
        self.assertEqual(len(changes_of(Campaign, empty.pk)), 3)
        self.assertEqual(StatusEvent.objects.filter(campaign=empty, brand=self.other).count(), events)
        self.assertFalse(ImportedDay.objects.exists())

    def test_only_an_administrator_may_and_to_a_stranger_the_brand_is_not_there(self) -> None:
        for user, error in ((self.manager, Forbidden), (self.viewer, Forbidden), (self.stranger, NotFound)):
            with self.subTest(user=user), self.assertRaises(error):
                purge_brand(brand_id=self.brand.pk, now=self.now, by=self.acting(user))

        self.assertTrue(Brand.objects.filter(pk=self.brand.pk).exists())
        purge_brand(brand_id=self.brand.pk, now=self.now, by=self.acting(self.administrator))

    def test_the_record_is_the_brands_history_for_administrators(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"daily_budget": None}, now=self.now, by=ALICE)
        purge_brand(brand_id=self.brand.pk, now=self.now, by=Actor.command("purge_brand"))
        (change,) = self.client.get(f"/api/brands/{self.brand.pk}/history/").json()

        self.assertEqual((change["action"], change["before"]["spent"]), ("PURGED", {"USD": "110.00"}))


class OnlyWayTests(SimpleTestCase):
    def test_nothing_else_deletes_entries_of_the_ledger(self) -> None:
        found = set()
        for path in settings.BASE_DIR.glob("[a-z]*/**/*.py"):
            name = path.relative_to(settings.BASE_DIR).as_posix()
            if not re.match(r"venv|tests/|benchmarks/|.*/tests/|.*/migrations/", name):
                lines = path.read_text().splitlines()
                found |= {name for line in lines if re.search(r"\bSpend\b.*\.(delete|_raw_delete)\(", line)}

        self.assertEqual(found, set(LEDGER_IS_THINNED_BY))
