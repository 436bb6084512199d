"""What is for administrators alone in the admin: users, tokens, memberships and the schedule."""

from typing import Any

from django.contrib.auth.models import Group, User
from django.db import models, transaction
from django.urls import reverse

from brands.models import Brand, Membership, Role
from tests.access_admin import OWNED, PERSONS, STOCK, AdminAccess, stock_pages

OF_USERS = ("auth_user_password_change", "auth_user_reset_second_factor")
"""Pages about one user, beside the stock ones."""


class AdministrationTests(AdminAccess):
    """Users, tokens and periodic tasks are for administrators, whatever Django's own tables say."""

    def test_members_reach_none_of_their_pages(self) -> None:
        from_tables = User.objects.get(pk=self.manager.pk)
        from_tables.is_staff = True
        from_tables.save()
        from_tables.user_permissions.set(from_tables.user_permissions.model.objects.all())
        for prefix, model in stock_pages().items():
            if model in (*OWNED, *PERSONS):
                continue
            row = self.administrative.get(model)
            for page in sorted(STOCK):
                needs_row = page not in ("changelist", "add")
                if needs_row and row is None:
                    continue
                url = reverse(f"admin:{prefix}_{page}", args=[row.pk] if needs_row and row else [])
                for method, sent in (("GET", None), ("POST", self.body(page, model, self.mine))):
                    with self.subTest(page=f"{prefix}_{page}", method=method):
                        answer, shown, wrote = self.ask(from_tables, method, url, sent)
                        self.assertEqual((answer.status_code, wrote), (403, False))
                        self.assert_hidden(shown, url)
                        answer, _, wrote = self.ask(self.administrator, "GET", url)
                        self.assertIn(answer.status_code, (200, 302, 403))
        for page in OF_USERS:
            url = reverse(f"admin:{page}", args=[self.administrator.pk])
            for method, sent in (("GET", None), ("POST", {"confirmed": "yes"})):
                answer, _, wrote = self.ask(from_tables, method, url, sent)
                self.assertEqual((answer.status_code, wrote), (403, False), page)

    def test_a_member_does_not_learn_which_of_them_exist(self) -> None:
        for prefix, model in stock_pages().items():
            if model in OWNED or (row := self.administrative.get(model)) is None:
                continue
            pages = [f"{prefix}_{page}" for page in sorted(STOCK - {"changelist", "add"})]
            for page in [*pages, *(OF_USERS if model is User else [])]:
                for method in ("GET", "POST"):
                    answers = []
                    for pk in (row.pk, self.unknown(row)):
                        url = reverse(f"admin:{page}", args=[pk])
                        answer, shown, wrote = self.ask(self.manager, method, url, {} if method == "POST" else None)
                        self.assertFalse(wrote)
                        answers.append((answer.status_code, answer.get("Location"), shown))
                    with self.subTest(page=page, method=method):
                        self.assertEqual(answers[0], answers[1])

    def unknown(self, row: models.Model) -> object:
        """Return an id that no row has, of the kind that this one's is."""
        return 987654321 if isinstance(row.pk, int) else "f" * len(str(row.pk))

    def test_memberships_are_given_in_the_forms_of_user_and_brand(self) -> None:
        forms = {f"memberships-{name}": "0" for name in ("MIN_NUM_FORMS",)}
        forms |= {"memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0", "memberships-0-role": "MANAGER"}
        brand = {**self.body("change", Brand, self.mine), "memberships-0-user": str(self.loner.pk)}
        for name, row, sent in (
            ("brands_brand", self.brand, brand),
            (
                "auth_user",
                self.loner,
                {"username": "lola", "is_active": "on", "memberships-0-brand": str(self.brand.pk)},
            ),
        ):
            with self.subTest(name):
                url = reverse(f"admin:{name}_change", args=[row.pk])
                self.assertContains(self.client_of(self.administrator).get(url), "memberships-TOTAL_FORMS")
                with transaction.atomic():
                    self.assertEqual(self.client.post(url, {**sent, **forms}).status_code, 302)
                    made = Membership.objects.get(user=self.loner)
                    self.assertEqual((made.brand_id, made.role), (self.brand.pk, Role.MANAGER))
                    transaction.set_rollback(True)

    def test_a_manager_gives_no_memberships(self) -> None:
        url = reverse("admin:brands_brand_change", args=[self.brand.pk])
        self.assertNotContains(self.client_of(self.manager).get(url), "memberships-TOTAL_FORMS")
        sent = {**self.body("change", Brand, self.mine), "memberships-TOTAL_FORMS": "1"}
        sent |= {"memberships-0-user": str(self.loner.pk), "memberships-0-role": "MANAGER"}
        self.client.post(url, sent)
        self.assertFalse(Membership.objects.filter(user=self.loner).exists())

    def test_the_forms_of_users_and_groups_know_neither_staff_nor_permissions(self) -> None:
        for row in (self.loner, self.administrative[Group]):
            url = reverse(f"admin:auth_{row._meta.model_name}_change", args=[row.pk])
            page = self.client_of(self.administrator).get(url)
            for field in ("is_staff", "user_permissions", "permissions"):
                self.assertNotContains(page, f'name="{field}"')

    def client_of(self, person: User) -> Any:
        self.client.force_login(person)
        return self.client
