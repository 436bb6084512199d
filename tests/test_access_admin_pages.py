"""Who may do what on each page of the admin, by both methods, with rows that are theirs and rows that are not.

Whether a page that writes did write is asked of the tables, not of the answer.
"""

from collections.abc import Iterator
from itertools import product
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import models
from django.urls import reverse

from brands.models import Brand, Role
from tests.access_admin import ORDERS, OWNED, STOCK, WRITABLE, AdminAccess, stock_pages
from tests.worker import WorkerTestCase

ALLOWED = {"undo_one": 302}
"""What answers who may ask, where it is no page: the worker looks at it first."""


class PageTests(WorkerTestCase, AdminAccess):
    """Every page about the rows of a brand."""

    def allowed(self, model: type[models.Model], page: str, role: str) -> bool:
        """Return who may do what, in the words of the rules."""
        if page in ("changelist", "history", "change"):
            return True
        if page in ("add", "delete"):
            return model in WRITABLE and role != "viewer" or (model is Brand and role == "administrator")
        return role != "viewer"  # orders

    def pages(self) -> Iterator[tuple[type[models.Model], str, str]]:
        for prefix, model in stock_pages().items():
            if model in OWNED:
                for page in STOCK:
                    yield model, page, f"{prefix}_{page}"
                for name in ORDERS:
                    if name.startswith(f"{prefix}_"):
                        yield model, name.removeprefix(f"{prefix}_"), name

    def check(self, role: str, person: User) -> None:
        for model, page, name in self.pages():
            needs_row = page not in ("changelist", "add")
            for method in ("GET", "POST"):
                with self.subTest(page=name, method=method, role=role):
                    url = reverse(f"admin:{name}", args=[self.mine[model].pk] if needs_row else [])
                    sent = self.body(page, model, self.mine) if method == "POST" else None
                    answer, shown, wrote = self.ask(person, method, url, sent)
                    allowed = self.allowed(model, page, role)
                    writes = self.allowed(model, "add", role) or (model is Brand and role == "manager")
                    if method == "POST" and page == "change":
                        allowed = writes
                    if page in ("hold_one", "pause_one", "release_one") and method == "POST" and allowed:
                        self.assertEqual(answer.status_code, 302)  # it is paused already: nothing to write
                    elif method == "POST" and page in (
                        "add",
                        "change",
                        "delete",
                        "activate_one",
                        "undo_one",
                        "mute_one",
                        "again_one",
                    ):
                        self.assertEqual(wrote, allowed, shown if wrote != allowed else "")
                    if not (allowed and method == "POST"):
                        self.assertEqual(answer.status_code, ALLOWED.get(page, 200) if allowed else 403)
                    if method == "GET" or not allowed:
                        self.assertFalse(wrote)
                    if role != "administrator":
                        self.assert_hidden(shown, url, person)
                if needs_row and role != "administrator":
                    self.check_foreign(person, model, page, name, method)

    def check_foreign(self, person: User, model: type[models.Model], page: str, name: str, method: str) -> None:
        """See that another brand's row is answered as one that is not there, and stays as it is."""
        answers = []
        rows = self.foreign_to(person)
        for pk in (rows[model].pk, uuid4()):
            url = reverse(f"admin:{name}", args=[pk])
            sent = self.body(page, model, rows) if method == "POST" else None
            answer, shown, wrote = self.ask(person, method, url, sent)
            self.assertFalse(wrote)
            self.assertIn(answer.status_code, (302, 403))
            self.assert_hidden(shown, url, person)
            page_messages = [str(message) for message in answer.wsgi_request._messages]  # type: ignore[attr-defined]
            answers.append(
                (answer.status_code, shown.replace(str(pk), "?"), [one.replace(str(pk), "?") for one in page_messages])
            )
        with self.subTest(page=name, method=method, foreign=True):
            self.assertEqual(answers[0], answers[1])

    def test_a_viewer(self) -> None:
        self.check("viewer", self.viewer)

    def test_a_manager(self) -> None:
        self.check("manager", self.manager)

    def test_a_viewer_of_every_brand(self) -> None:
        self.check("viewer", self.every_viewer)

    def test_a_manager_of_every_brand(self) -> None:
        self.check("manager", self.every_manager)

    def test_a_manager_by_a_group(self) -> None:
        self.check("manager", self.grouped)

    def test_a_manager_of_every_brand_by_a_group(self) -> None:
        self.check("manager", self.every_grouped)

    def test_who_was_in_a_group_until_now(self) -> None:
        for model, page, name in self.pages():
            for method in ("GET", "POST"):
                if page in ("changelist", "add"):
                    url = reverse(f"admin:{name}")
                    sent = self.body(page, model, self.mine) if method == "POST" else None
                    answer, shown, wrote = self.ask(self.removed, method, url, sent)
                    self.assertEqual((answer.status_code, wrote), (200 if page == "changelist" else 403, False), name)
                    self.assert_hidden(shown, url, self.removed)
                else:
                    self.check_foreign(self.removed, model, page, name, method)

    def test_an_administrator(self) -> None:
        self.check("administrator", self.administrator)

    def test_what_a_manager_may_write_he_may_not_write_into_another_brand(self) -> None:
        for model, person in product(WRITABLE, self.managers):
            foreign = self.foreign_to(person)
            with self.subTest(model=model.__name__, person=person):
                url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
                answer, shown, wrote = self.ask(person, "POST", url, self.body("add", model, foreign))
                self.assertFalse(wrote)
                self.assertEqual(answer.status_code, 200)
                self.assert_hidden(shown, url, person)
                url = reverse(
                    f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[self.mine[model].pk]
                )
                _, shown, wrote = self.ask(person, "POST", url, self.body("change", model, foreign))
                self.assertFalse(wrote)
                self.assert_hidden(shown, url, person)

    def test_a_manager_here_who_only_looks_on_there_writes_here_alone(self) -> None:
        self.join(self.manager, self.other, Role.VIEWER)
        self.join(self.every_viewer, self.brand, Role.MANAGER)
        self.grouped.groups.add(self.make_group("Readers", None, Role.VIEWER))
        for model, person in product((Brand, *WRITABLE), (self.manager, self.every_viewer, self.grouped)):
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            url = reverse(f"{name}_change", args=[self.mine[model].pk])
            self.assertTrue(self.ask(person, "POST", url, self.body("change", model, self.mine))[2])
            for page in ("change", "delete"):
                with self.subTest(page=f"{name}_{page}", person=person):
                    url = reverse(f"{name}_{page}", args=[self.others[model].pk])
                    answer, _, wrote = self.ask(person, "POST", url, self.body(page, model, self.others))
                    self.assertEqual((answer.status_code, wrote), (403, False))
