"""A role in a brand or in every brand, of a user or of a group: what it reaches, for how long, and at what price."""

from typing import Any

from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import TestCase, override_settings, tag
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient
from uuid_utils.compat import uuid7

from brands import services as brands
from brands.access.memberships import access_of, actor_of, visible_rows, writable_rows
from brands.models import Brand, Membership, Role
from budget_system.core.errors import NotFound
from campaigns.models import Campaign
from spending.recording.bulk import record_many
from tests.access import Roles
from tests.support import ALICE


@tag("both_databases")
class EffectiveRoleTests(Roles, TestCase):
    """The highest role of all that apply counts."""

    def sees(self, user: User) -> set[str]:
        """Name the brands that a query is narrowed to; and see that asking of each by itself says the same."""
        access = access_of(user)
        found = {brand.name for brand in visible_rows(Brand.everything.all(), access)}
        self.assertEqual({brand.name for brand in Brand.everything.all() if access.sees(brand.pk)}, found)
        return found

    def writes(self, user: User) -> set[str]:
        access = access_of(user)
        found = {brand.name for brand in writable_rows(Brand.everything.all(), access)}
        self.assertEqual({brand.name for brand in Brand.everything.all() if access.may_write(brand.pk)}, found)
        return found

    def test_every_way_to_a_role_reaches_what_it_says(self) -> None:
        acme, both, none = {"Acme"}, {"Acme", "Other"}, set[str]()
        for user, sees, writes in (
            (self.viewer, acme, none),
            (self.manager, acme, acme),
            (self.grouped, acme, acme),
            (self.every_viewer, both, none),
            (self.every_manager, both, both),
            (self.every_grouped, both, both),
            (self.removed, none, none),
        ):
            with self.subTest(user=user):
                self.assertEqual((self.sees(user), self.writes(user)), (sees, writes))

    def test_the_highest_of_all_that_apply_counts_whichever_way_it_comes(self) -> None:
        team = self.make_group("Readers", self.brand, Role.VIEWER)
        everywhere = self.make_group("All readers", None, Role.VIEWER)
        self.loner.groups.set([team, everywhere])
        self.assertEqual((self.sees(self.loner), self.writes(self.loner)), ({"Acme", "Other"}, set()))
        self.join(self.loner, self.other, Role.MANAGER)
        self.assertEqual((self.sees(self.loner), self.writes(self.loner)), ({"Acme", "Other"}, {"Other"}))
        everywhere.memberships.update(role=Role.MANAGER)
        self.assertEqual(self.writes(self.loner), {"Acme", "Other"})
        self.join(self.loner, self.brand, Role.VIEWER)  # a lower role of one's own takes nothing away
        self.assertEqual(self.writes(self.loner), {"Acme", "Other"})

    def test_a_role_in_every_brand_makes_no_administrator(self) -> None:
        for user in self.reach_every_brand:
            self.assertFalse(access_of(user).administrator)

    def test_a_brand_created_later_is_reached_at_once(self) -> None:
        self.make_brand("Later")
        for user in self.reach_every_brand:
            self.assertIn("Later", self.sees(user))
        self.assertNotIn("Later", self.sees(self.grouped))

    def test_an_archived_brand_is_not_there_and_a_restored_one_is(self) -> None:
        self.spend("1.00")
        brands.remove_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        for user in self.reach_every_brand:
            self.assertEqual(self.sees(user), {"Other"})
        self.assertEqual(self.sees(self.grouped), set())
        brands.restore_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        for user in (*self.reach_every_brand, self.grouped):
            self.assertIn("Acme", self.sees(user))

    def test_what_ends_a_role_ends_it_at_once(self) -> None:
        self.every_grouped.groups.clear()
        self.grouped.groups.get().delete()
        Membership.objects.filter(user=self.every_manager).delete()
        User.objects.filter(pk=self.every_viewer.pk).update(is_active=False)
        self.every_viewer.refresh_from_db()
        for user in self.reach_every_brand:
            self.assertEqual(self.sees(user), set())
        self.assertEqual((self.sees(self.grouped), self.writes(self.grouped)), ({"Acme"}, set()))

    def test_an_id_that_no_brand_has_is_not_reached(self) -> None:
        for user in self.reach_every_brand:
            access = access_of(user)
            for _ in range(3):
                self.assertFalse(access.sees(uuid7()) or access.may_write(uuid7()))

    def test_a_deleted_brands_history_is_not_there(self) -> None:
        client = APIClient()
        brands.remove_brand(brand_id=self.other.pk, now=self.now, by=ALICE)
        for user, status in ((self.every_manager, 404), (self.every_viewer, 404), (self.administrator, 200)):
            client.force_login(user)
            self.assertEqual(client.get(f"/api/brands/{self.other.pk}/history/").status_code, status)
        with self.assertRaises(NotFound):
            brands.hold_brand(brand_id=self.other.pk, now=self.now, by=actor_of(self.every_manager))


@tag("both_databases")
class ConstraintTests(Roles, TestCase):
    """What contradicts itself, or repeats what is there, is in no table."""

    def assert_refused(self, constraint: str, **values: Any) -> None:
        with self.subTest(constraint), self.assertRaises(IntegrityError) as refused, transaction.atomic():
            Membership.objects.create(**values)
        if connection.vendor == "postgresql":
            self.assertIn(constraint, str(refused.exception))
        with self.assertRaises(ValidationError):
            Membership(**values).full_clean()

    def test_it_is_of_a_user_or_of_a_group(self) -> None:
        group = Group.objects.create(name="Nobody's")
        self.assert_refused("membership_of_user_or_group", brand=self.brand)
        self.assert_refused("membership_of_user_or_group", brand=self.brand, user=self.loner, group=group)
        self.assert_refused("membership_of_user_or_group", user=self.loner, group=group)

    def test_none_is_there_twice(self) -> None:
        group = self.make_group("Both", self.brand)
        Membership.objects.create(group=group)
        self.assert_refused("membership_unique", user=self.viewer, brand=self.brand, role=Role.MANAGER)
        self.assert_refused("membership_in_every_brand_unique", user=self.every_viewer, role=Role.MANAGER)
        self.assert_refused("membership_of_group_unique", group=group, brand=self.brand)
        self.assert_refused("membership_of_group_in_every_brand_unique", group=group)


@override_settings(API_AUTH="closed")
class PriceTests(Roles, TestCase):
    """However many brands, groups and memberships there are, as many queries."""

    def grow(self) -> None:
        for number in range(12):
            self.make_campaign(f"Sale {number}", self.make_brand(f"Brand {number}"))
            for user in (self.every_grouped, self.grouped):
                user.groups.add(self.make_group(f"{user} {number}", Brand.objects.get(name=f"Brand {number}")))

    def count(self, user: User) -> list[int]:
        client, counts = APIClient(), []
        client.force_login(user)
        campaigns = list(visible_rows(Campaign.objects.all(), access_of(user)))
        for path in (
            *("/api/brands/", "/api/campaigns/", "/api/spends/", "/api/brands/months/"),
            *("/admin/brands/brand/", "/admin/campaigns/campaign/", "/admin/campaigns/statusevent/"),
            f"/admin/campaigns/campaign/{self.campaign.pk}/change/",
        ):
            client.get(path)  # what is asked once in a process has been asked
            with CaptureQueriesContext(connection) as queries:
                self.assertEqual(client.get(path).status_code, 200, path)
            counts.append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            by = actor_of(user)
            seen = [by.access.sees(one.brand_id) and by.access.may_write(one.brand_id) for one in campaigns]
        self.assertEqual(all(seen), user != self.every_viewer)
        return [*counts, len(queries)]

    def test_a_role_costs_one_query_and_one_in_every_brand_two_more_at_most(self) -> None:
        for user in (self.manager, self.grouped, *self.reach_every_brand):
            with self.assertNumQueries(1):
                access_of(user)
        access = access_of(self.every_manager)
        with self.assertNumQueries(1):
            self.assertTrue(access.sees(self.brand.pk) and access.may_write(self.brand.pk))
        with self.assertNumQueries(1):
            self.assertTrue(access.sees(self.other.pk) and access.may_write(self.brand.pk))

    @tag("slow")
    def test_the_number_of_queries_does_not_grow(self) -> None:
        before = {user: self.count(user) for user in (self.grouped, *self.reach_every_brand)}
        self.grow()
        for user, counts in before.items():
            with self.subTest(user=user):
                grown = self.count(user)
                self.assertEqual(grown[:-1], counts[:-1])
                self.assertLessEqual(grown[-1], 3)

    def test_many_rows_of_many_brands_cost_as_many_queries_as_those_of_two(self) -> None:
        counts = []
        for grow in (self.grow, lambda: None):
            rows = [{"campaign_id": pk, "amount": 1} for pk in Campaign.objects.values_list("pk", flat=True)]
            with CaptureQueriesContext(connection) as queries, transaction.atomic():
                record_many(rows=rows, now=self.now, by=actor_of(self.every_manager))  # type: ignore[arg-type]
                transaction.set_rollback(True)
            counts.append(len(queries))
            grow()
        self.assertEqual(*counts)
