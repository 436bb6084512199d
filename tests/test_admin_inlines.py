"""An inline row's id belongs to the form's parent, or does not exist; every inline of the admin is asked."""

from itertools import product
from typing import Any
from unittest import mock
from uuid import uuid4

from django.contrib.auth.models import Group, User
from django.db import models
from django.test import tag
from django_celery_beat.admin import PeriodicTaskInline

from brands.admin.memberships import GroupBrandsInline, MembersInline, UserBrandsInline
from brands.models import Membership, Role
from budget_system.admin.inlines import DUPLICATE_ROW, ROW_GONE
from tests.browsing import AdminTestCase, Form
from tests.routes import admin_pages
from tests.sampling import SOAK, sample

LYING_COUNTS = (
    {"INITIAL_FORMS": "0"},
    {"INITIAL_FORMS": "0", "TOTAL_FORMS": "99999999"},
    {"INITIAL_FORMS": "0", "TOTAL_FORMS": "0"},
    {"INITIAL_FORMS": "9", "TOTAL_FORMS": "9"},
    {"INITIAL_FORMS": "9"},
    {"INITIAL_FORMS": "-1"},
    {"TOTAL_FORMS": "-1"},
    {"TOTAL_FORMS": "x"},
    {"INITIAL_FORMS": "9" * 5000},
)


class InlineTests(AdminTestCase):
    def setUp(self) -> None:
        super().setUp()
        ben, cleo = (User.objects.create_user(name) for name in ("ben", "cleo"))
        other = self.make_brand("Globex")
        here = Membership.objects.create(user=ben, brand=self.brand, role=Role.VIEWER)
        planners = Group.objects.create(name="Planners")
        theirs = Membership.objects.create(group=planners, brand=self.brand, role=Role.VIEWER)
        self.second = Membership.objects.create(user=cleo, brand=self.brand, role=Role.VIEWER)
        self.cases: list[tuple[models.Model, str, models.Model, models.Model, str, str]] = [
            (
                self.brand,
                "memberships",
                here,
                Membership.objects.create(user=cleo, brand=other, role=Role.VIEWER),
                "role",
                "MANAGER",
            ),
            (ben, "memberships", here, Membership.objects.get(user=cleo, brand=other), "role", "MANAGER"),
            (planners, "memberships", theirs, Membership.objects.get(user=cleo, brand=other), "role", "MANAGER"),
        ]

    def stored(self) -> list[Any]:
        return list(Membership.objects.order_by("pk").values())

    def typed(self, parent: models.Model, prefix: str, row: models.Model, name: str, value: str) -> tuple[Form, str]:
        form = self.open(self.page_of(parent), str(parent._meta.model_name))
        place = next(key for key, held in form.items() if key.endswith("-id") and held == str(row.pk))
        return form | {f"{place.removesuffix('-id')}-{name}": value}, place.removesuffix("-id")

    def refused(self, parent: models.Model, form: Form, says: str = "") -> None:
        before = self.stored()
        answer = self.send(self.page_of(parent), form)
        self.assertEqual(self.stored(), before)
        self.assertContains(answer, says)
        self.assertTrue(answer.context["inline_admin_formsets"][0].formset.non_form_errors())

    def test_every_inline_is_asked_here(self) -> None:
        inlines = {inline for one in admin_pages().values() for inline in one.inlines}
        self.assertEqual(inlines - {PeriodicTaskInline}, {MembersInline, UserBrandsInline, GroupBrandsInline})
        self.assertEqual(set(PeriodicTaskInline.fields), set(PeriodicTaskInline.readonly_fields))  # nothing to send

    def test_the_form_as_it_is_goes_through(self) -> None:
        for parent, prefix, row, _, name, value in self.cases:
            with self.subTest(parent=parent):
                form, _ = self.typed(parent, prefix, row, name, value)
                self.assertEqual(self.send(self.page_of(parent), form).status_code, 302)
                row.refresh_from_db()
                self.assertEqual(str(getattr(row, name)), value)
                type(row)._base_manager.filter(pk=row.pk).update(**{name: "VIEWER"})

    @tag("both_databases")  # what is no id is told by the database's driver
    def test_anothers_id_an_unknown_one_and_none_are_one_that_does_not_exist(self) -> None:
        for parent, prefix, row, foreign, name, value in self.cases:
            form, place = self.typed(parent, prefix, row, name, value)
            for pk in (str(foreign.pk), str(uuid4()), "", "x", "\0"):
                with self.subTest(parent=parent, pk=pk):
                    self.refused(parent, form | {f"{place}-id": pk}, ROW_GONE)
            with self.subTest(parent=parent, pk=None):
                self.refused(parent, {key: held for key, held in form.items() if key != f"{place}-id"}, ROW_GONE)

    def test_the_id_of_a_row_deleted_meanwhile(self) -> None:
        for parent, prefix, row, _, name, value in self.cases[1:]:
            with self.subTest(parent=parent):
                form, _ = self.typed(parent, prefix, row, name, value)
                type(row)._base_manager.filter(pk=row.pk).delete()
                self.refused(parent, form, ROW_GONE)

    def test_removing_anothers_row_removes_nothing(self) -> None:
        for parent, prefix, row, foreign, name, value in self.cases:
            with self.subTest(parent=parent):
                form, place = self.typed(parent, prefix, row, name, value)
                before = self.stored()
                self.send(self.page_of(parent), form | {f"{place}-id": str(foreign.pk), f"{place}-DELETE": "on"})
                self.assertEqual(self.stored(), before)

    def test_the_same_id_twice(self) -> None:
        form, place = self.typed(self.brand, "memberships", self.second, "role", "MANAGER")
        self.refused(self.brand, form | {f"{place}-id": str(self.cases[0][2].pk)}, DUPLICATE_ROW)
        for parent, prefix, row, _, name, value in self.cases:
            form, place = self.typed(parent, prefix, row, name, value)
            copied = {key.replace(place, f"{prefix}-9"): held for key, held in form.items() if key.startswith(place)}
            with self.subTest(parent=parent):
                counts = {f"{prefix}-INITIAL_FORMS": "10", f"{prefix}-TOTAL_FORMS": "10"}
                self.refused(parent, form | copied | counts, ROW_GONE)

    def test_counts_that_lie(self) -> None:
        if not SOAK:
            # Django shows two thousand rows again at most, in ten seconds: forty show the same.
            fewer = mock.patch("django.forms.formsets.DEFAULT_MAX_NUM", 20)
            fewer.start()
            self.addCleanup(fewer.stop)
        lies = product(range(len(self.cases)), LYING_COUNTS)
        chosen = sample(lies, lambda lie: tuple(lie[1].items()))
        for number, (parent, prefix, row, foreign, name, value) in enumerate(self.cases):
            form, place = self.typed(parent, prefix, row, name, value)
            for counts in (counts for case, counts in chosen if case == number):
                with self.subTest(parent=parent, counts=counts):
                    self.refused(parent, form | {f"{prefix}-{key}": held for key, held in counts.items()})
            with self.subTest(parent=parent, foreign_as_new=True):
                lying = {f"{prefix}-INITIAL_FORMS": "0", f"{place}-id": str(foreign.pk)}
                self.refused(parent, form | lying, ROW_GONE)

    def test_a_new_parent_takes_no_row_of_another(self) -> None:
        url = self.url(Group, "add")
        row = {"id": str(self.cases[2][2].pk), "brand": str(self.brand.pk), "role": "MANAGER"}
        counts = {"memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "1"}
        before = self.stored()
        form = self.open(url, "group") | {"name": "New"} | counts
        answer = self.send(url, form | {f"memberships-0-{key}": held for key, held in row.items()})
        self.assertContains(answer, ROW_GONE)
        self.assertEqual(self.stored(), before)
        self.assertFalse(Group.objects.filter(name="New").exists())
