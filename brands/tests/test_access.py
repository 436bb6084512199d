"""What somebody reaches, and that the gate and the services hold everybody to it."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from itertools import product
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import SimpleTestCase, TestCase, override_settings, tag
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from brands import services as brands
from brands.access.memberships import BRAND_PATH, access_of, actor_of, visible_rows
from brands.models import Brand, Role
from budget_system.core.actors import FULL_ACCESS, NO_ACCESS, Actor, BrandAccess
from budget_system.core.errors import Forbidden, NotFound, ServiceError
from campaigns import services as campaigns
from campaigns.models import Campaign
from campaigns.orders import StatusOrder
from campaigns.status import CampaignStatus
from scheduling import services as scheduling
from spending.enforcement.recounts import recount_budgets
from spending.enforcement.resets import reset
from spending.enforcement.transactions import enforcing_campaigns
from spending.imports.undo.undo import undo
from spending.ledger.entries import SpendValues
from spending.models import Import, Period, Spend
from spending.recording import services as spending
from spending.recording.bulk import RowsRefused, record_many
from tests.access import Roles

OURS = {"brands", "campaigns", "scheduling", "spending", "tasks"}
OF_NO_BRAND = {
    *("brands.Token", "brands.TokenScope", "spending.Upload", "spending.Visit", "spending.PutAway"),
    *("tasks.Heartbeat", "tasks.IdempotencyKey", "tasks.IdempotencyUsage"),
}


class ModelTests(SimpleTestCase):
    def test_every_model_says_whose_its_rows_are_or_is_known_to_be_nobodys(self) -> None:
        for model in apps.get_models():
            if model._meta.app_label in OURS:
                with self.subTest(model=model._meta.label):
                    self.assertEqual(hasattr(model, BRAND_PATH), model._meta.label not in OF_NO_BRAND)

    def test_every_model_can_be_narrowed(self) -> None:
        for model in apps.get_models():
            if hasattr(model, BRAND_PATH):
                with self.subTest(model=model._meta.label):
                    rows = visible_rows(model._base_manager.all(), BrandAccess(frozenset({uuid7()}), frozenset()))
                    self.assertIn("WHERE", str(rows.query))


class ReachTests(Roles, TestCase):
    def test_a_member_sees_the_brand_and_a_manager_writes_it(self) -> None:
        acme: frozenset[UUID] = frozenset({self.brand.pk})
        nothing: frozenset[UUID] = frozenset()

        self.assertEqual(access_of(self.viewer), BrandAccess(acme, nothing))
        self.assertEqual(access_of(self.manager), BrandAccess(acme, acme))
        self.assertEqual(access_of(self.loner), BrandAccess(nothing, nothing))
        self.assertEqual(access_of(self.administrator), FULL_ACCESS)

    def test_who_may_no_longer_log_in_reaches_nothing(self) -> None:
        self.assertEqual(access_of(self.gone), NO_ACCESS)

    def test_nobody_reaches_everything_where_the_system_is_open_and_nothing_where_it_is_closed(self) -> None:
        self.assertEqual(access_of(AnonymousUser()), FULL_ACCESS)
        with override_settings(API_AUTH="closed"):
            self.assertEqual(access_of(AnonymousUser()), NO_ACCESS)

    def test_an_archived_brand_is_not_there_for_its_members(self) -> None:
        self.spend("1.00")
        brands.remove_brand(brand_id=self.brand.pk, now=self.now, by=Actor.api())

        self.assertEqual(access_of(self.manager), BrandAccess(frozenset(), frozenset()))

    def test_it_costs_one_query_and_an_administrators_none(self) -> None:
        with self.assertNumQueries(1):
            access_of(self.manager)
        with self.assertNumQueries(0):
            access_of(self.administrator)


@tag("both_databases")
class GateTests(Roles, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.booked = self.spend("5.00", external_id="a")
        self.opens = self.window(8, 20)

    def writes(self, by: Actor) -> dict[str, Callable[[], object]]:
        """Name every way to write what belongs to Acme."""
        brand, campaign, now = self.brand.pk, self.campaign.pk, self.now
        return {
            "change brand": lambda: brands.change_brand(
                brand_id=brand, values={"daily_budget": Decimal(1)}, now=now, by=by
            ),
            "hold": lambda: brands.hold_brand(brand_id=brand, now=now, by=by),
            "release": lambda: brands.release_brand(brand_id=brand, note="n", now=now, by=by),
            "create campaign": lambda: campaigns.create_campaign(
                values={"brand_id": brand, "name": "New"}, now=now, by=by
            ),
            "change campaign": lambda: campaigns.change_campaign(
                campaign_id=campaign, values={"name": "Newer"}, now=now, by=by
            ),
            "order": lambda: campaigns.change_campaign(
                campaign_id=campaign, values={}, order=StatusOrder(CampaignStatus.PAUSED), now=now, by=by
            ),
            "pause": lambda: campaigns.pause_campaign(campaign_id=campaign, now=now, by=by),
            "activate": lambda: campaigns.activate_campaign(campaign_id=campaign, note="n", now=now, by=by),
            "remove campaign": lambda: campaigns.remove_campaign(campaign_id=campaign, now=now, by=by),
            "create schedule": lambda: scheduling.create_schedule(
                values={
                    "campaign_id": campaign,
                    "day_of_week": 6,
                    "start_time": self.opens.start_time,
                    "end_time": self.opens.end_time,
                },
                now=now,
                by=by,
            ),
            "change schedule": lambda: scheduling.change_schedule(
                schedule_id=self.opens.pk, values={"is_active": False}, now=now, by=by
            ),
            "remove schedule": lambda: scheduling.remove_schedule(schedule_id=self.opens.pk, now=now, by=by),
            "record": lambda: spending.record(campaign_id=campaign, amount=Decimal(1), now=now, by=by),
            "restate": lambda: spending.record(
                campaign_id=campaign, amount=Decimal(1), external_id="a", now=now, by=by
            ),
            "record many": lambda: record_many(rows=[{"campaign_id": campaign, "amount": Decimal(1)}], now=now, by=by),
            "change spend": lambda: spending.change_spend(
                spend_id=self.booked.pk, values={"amount": Decimal(1)}, now=now, by=by
            ),
            "remove spend": lambda: spending.remove_spend(spend_id=self.booked.pk, now=now, by=by),
            "reset": lambda: reset(periods=[Period.DAY], brand_ids=[brand], now=now, by=by),
            "recount": lambda: recount_budgets(now=now, by=by, brand_ids=[brand]),
        }

    def test_a_viewers_write_is_forbidden_before_anything_is_locked_or_written(self) -> None:
        for user, name in product(self.viewers, self.writes(actor_of(self.viewer))):
            write = self.writes(actor_of(user))[name]
            with self.subTest(name, user=user), CaptureQueriesContext(connection) as queries:
                with self.assertRaises(Forbidden):
                    write()
                for query in queries:
                    self.assertRegex(query["sql"], r"^(BEGIN|SELECT|SAVEPOINT|ROLLBACK TO|RELEASE)")

    def test_a_strangers_write_is_answered_as_one_to_what_does_not_exist(self) -> None:
        for user in self.outsiders:
            self.check_missing(user)

    def test_what_is_archived_does_not_exist_for_those_of_every_brand(self) -> None:
        brands.remove_brand(brand_id=self.brand.pk, now=self.now, by=Actor.api())
        for user in self.reach_every_brand:
            self.check_missing(user)

    def check_missing(self, user: User) -> None:
        nobody = uuid7()
        for name, write in self.writes(actor_of(user)).items():
            if name in {"reset", "recount"}:
                continue  # they take what they are given, as a list does its filter
            missing_too = (NotFound, ValidationError, RowsRefused)
            with self.subTest(name, user=user), self.assertRaises(missing_too) as refused:
                write()
            message = str(getattr(refused.exception, "errors", refused.exception))
            mine, self.brand.pk, self.campaign.pk = (self.brand.pk, self.campaign.pk), nobody, nobody
            self.booked.pk, kept = nobody, self.booked.pk
            self.opens.pk, window = nobody, self.opens.pk
            with self.subTest(name, user=user), self.assertRaises(type(refused.exception)) as missing:
                self.writes(actor_of(user))[name]()
            self.brand.pk, self.campaign.pk = mine
            self.booked.pk, self.opens.pk = kept, window
            wanted = str(getattr(missing.exception, "errors", missing.exception))
            for pk in (*mine, kept, window):
                message = message.replace(str(pk), str(nobody))
            self.assertEqual(message, wanted)

    def test_a_stranger_resets_and_recounts_nothing(self) -> None:
        for user in self.outsiders:
            by = actor_of(user)
            counts = reset(periods=[Period.DAY], brand_ids=[self.brand.pk], now=self.now, by=by)

            self.assertEqual((counts.daily_reset, counts.errors), (0, 0))
            self.assertEqual(recount_budgets(now=self.now, by=by, brand_ids=[self.brand.pk]).checked, 0)

    def test_a_managers_write_goes_through(self) -> None:
        for user in self.managers:
            for name, write in self.writes(actor_of(user)).items():
                if not name.startswith("remove"):
                    with self.subTest(name, user=user), transaction.atomic():
                        write()
                        transaction.set_rollback(True)

    def test_only_administrators_create_delete_and_restore_brands_and_reset_all(self) -> None:
        values: brands.BrandValues = {"name": "New", "daily_budget": None, "monthly_budget": None}
        for user in (*self.managers, *self.viewers):
            by = actor_of(user)
            acts: dict[str, Callable[[], object]] = {
                "create": partial(brands.create_brand, values=values, now=self.now, by=by),
                "remove": partial(brands.remove_brand, brand_id=self.brand.pk, now=self.now, by=by),
                "restore": partial(brands.restore_brand, brand_id=self.brand.pk, now=self.now, by=by),
                "reset": partial(reset, periods=[Period.DAY], now=self.now, by=by),
            }
            for name, act in acts.items():
                with self.subTest(name, user=user.username), self.assertRaises(Forbidden):
                    act()
        by = actor_of(self.administrator)
        brands.remove_brand(brand_id=self.brand.pk, now=self.now, by=by)
        brands.restore_brand(brand_id=self.brand.pk, now=self.now, by=by)
        brands.create_brand(values=values, now=self.now, by=by)
        reset(periods=[Period.DAY], now=self.now, by=by)

    def test_to_a_stranger_a_brand_that_is_to_be_deleted_is_not_there(self) -> None:
        for service in (brands.remove_brand, brands.restore_brand):
            with self.assertRaisesMessage(NotFound, f"No brand has the id “{self.brand.pk}”."):
                service(brand_id=self.brand.pk, now=self.now, by=actor_of(self.stranger))
        self.assertTrue(Brand.objects.filter(pk=self.brand.pk).exists())

    def test_a_campaign_moves_into_another_brand_only_for_one_who_manages_both(self) -> None:
        campaign = self.make_campaign("Fresh")

        def move(to: Brand) -> Campaign:
            by = actor_of(self.manager)
            return campaigns.change_campaign(campaign_id=campaign.pk, values={"brand_id": to.pk}, now=self.now, by=by)

        with self.assertRaises(ValidationError) as refused:
            move(self.other)
        self.assertEqual(refused.exception.message_dict, {"brand": [f"No brand has the id “{self.other.pk}”."]})
        self.join(self.manager, self.other, Role.VIEWER)
        with self.assertRaises(Forbidden):
            move(self.other)
        self.join(self.manager, self.other, Role.MANAGER)
        self.assertEqual(move(self.other).brand, self.other)

    def test_a_spend_moves_to_anothers_campaign_as_to_one_that_does_not_exist(self) -> None:
        for target in (self.theirs.pk, uuid7()):
            with self.assertRaises(ValidationError) as refused:
                spending.change_spend(
                    spend_id=self.booked.pk,
                    values={"campaign_id": target},
                    now=self.now,
                    by=actor_of(self.manager),
                )
            self.assertEqual(refused.exception.message_dict, {"campaign": [f"No campaign has the id “{target}”."]})

    def test_many_rows_name_anothers_campaign_as_an_unknown_one_and_a_viewers_is_forbidden(self) -> None:
        rows: list[SpendValues] = [
            {"campaign_id": self.campaign.pk, "amount": Decimal(1)},
            {"campaign_id": self.theirs.pk, "amount": Decimal(1)},
        ]
        with self.assertRaises(RowsRefused) as refused:
            record_many(rows=rows, now=self.now, by=actor_of(self.manager))
        self.assertEqual(refused.exception.errors, {1: {"campaign": [f"No campaign has the id “{self.theirs.pk}”."]}})
        self.join(self.manager, self.other, Role.VIEWER)
        with self.assertRaises(Forbidden):
            record_many(rows=rows, now=self.now, by=actor_of(self.manager))
        self.assertEqual(Spend.objects.count(), 1)

    def test_nothing_is_locked_that_may_not_be_written(self) -> None:
        gate = enforcing_campaigns(self.theirs.pk, now=self.now, by=actor_of(self.manager))
        sent: list[tuple[str, Sequence[object]]] = []

        def note(
            execute: Callable[..., object], sql: str, params: Sequence[object], many: bool, context: dict[str, object]
        ) -> object:
            sent.append((sql, params))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note), self.assertRaises(ServiceError), gate:
            self.fail("the gate let a stranger in")
        if connection.vendor == "postgresql":
            sql, parameters = next(one for one in sent if "FOR NO KEY UPDATE" in one[0])
            self.assertIn('"brand_id" IN (%s)', sql)
            self.assertEqual(list(parameters), [self.theirs.pk, self.brand.pk])

    def test_an_import_is_undone_by_its_brands_managers_alone(self) -> None:
        report = Import.objects.create(
            brand=self.brand, platform="meta", at=self.now, rows=0, bad_lines=0, days=0, money_booked=0
        )
        with self.assertRaises(Forbidden):
            undo(import_id=report.pk, clock=lambda: self.now, by=actor_of(self.viewer))
        with self.assertRaisesMessage(NotFound, f"No import has the id “{report.pk}”."):
            undo(import_id=report.pk, clock=lambda: self.now, by=actor_of(self.stranger))
        undo(import_id=report.pk, clock=lambda: self.now, by=actor_of(self.manager))
