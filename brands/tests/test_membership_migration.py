"""Memberships of before stay as they are; on the way back, whom a group or “every brand” gave a role keeps it."""

from typing import Any

from django.apps.registry import Apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import TransactionTestCase, tag

BEFORE = ("brands", "0004_token")
AFTER = ("brands", "0006_spell_memberships_out_on_the_way_back")


@tag("both_databases", "slow")
class MembershipMigrationTests(TransactionTestCase):
    def setUp(self) -> None:
        self.addCleanup(call_command, "migrate", verbosity=0)

    def go(self, state: tuple[str, str]) -> Apps:
        executor = MigrationExecutor(connection)
        executor.migrate([state])
        return executor.loader.project_state([state, ("auth", "0012_alter_user_first_name_max_length")]).apps

    def roles(self, apps: Apps) -> set[tuple[str, str, str]]:
        memberships: Any = apps.get_model("brands", "Membership")._base_manager
        return set(memberships.values_list("user__username", "brand__name", "role"))

    def test_forward_keeps_what_there_is_and_back_spells_out_what_is_new(self) -> None:
        old = self.go(BEFORE)
        user, brand = old.get_model("auth", "User"), old.get_model("brands", "Brand")
        vera, mona, gina = (user._base_manager.create(username=name) for name in ("vera", "mona", "gina"))
        acme = brand._base_manager.create(name="Acme")
        other = brand._base_manager.create(name="Other")
        memberships: Any = old.get_model("brands", "Membership")._base_manager
        memberships.create(user=vera, brand=acme, role="VIEWER")
        memberships.create(user=mona, brand=acme, role="MANAGER")
        first = {("vera", "Acme", "VIEWER"), ("mona", "Acme", "MANAGER")}

        new = self.go(AFTER)
        self.assertEqual(self.roles(new), first)
        memberships = new.get_model("brands", "Membership")._base_manager
        group = new.get_model("auth", "Group")._base_manager.create(name="Team")
        for user_id in (vera.pk, gina.pk):
            new.get_model("auth", "User")._base_manager.get(pk=user_id).groups.add(group)
        memberships.create(group=group, brand_id=acme.pk, role="MANAGER")
        memberships.create(group=group, role="VIEWER")
        memberships.create(user_id=mona.pk, role="VIEWER")

        spelled_out = {(name, "Acme", "MANAGER") for name in ("vera", "mona", "gina")}
        spelled_out |= {(name, "Other", "VIEWER") for name in ("vera", "mona", "gina")}
        self.assertEqual(self.roles(self.go(BEFORE)), spelled_out)
        self.assertEqual(self.roles(self.go(AFTER)), spelled_out)
        self.assertEqual(brand._base_manager.filter(pk=other.pk).count(), 1)
