"""The admin's pages and actions are all classified, and behind the login.

They come from the URL configuration and the admin classes: one that nobody classified fails here.
"""

import re

from django.urls import reverse

from brands.access.memberships import belongs_to_a_brand
from brands.models import Token
from tests.access_admin import (
    ACTIONS,
    FOR_ADMINISTRATORS,
    IMPORTING,
    MONTHS,
    ORDERS,
    OWNED,
    PERSONAL,
    PERSONS,
    STOCK,
    AdminAccess,
    routes,
    stock_pages,
)
from tests.routes import admin_pages


class RouteTests(AdminAccess):
    def test_every_page_is_classified(self) -> None:
        known = {f"{prefix}_{page}" for prefix in stock_pages() for page in STOCK}
        known |= ORDERS | IMPORTING | MONTHS | PERSONAL
        unknown = {name for name, path in routes() if name and name not in known}
        self.assertEqual(unknown, set(), "classify these pages in tests/access_admin.py")
        self.assertEqual(known - {name for name, _ in routes()}, set(), "these are gone")
        nameless = {path for name, path in routes() if not name}
        self.assertEqual({path for path in nameless if not path.endswith(("<path:object_id>/", "(?P<url>.*)$"))}, set())

    def test_every_model_and_action_is_classified(self) -> None:
        models_known = {*OWNED, *PERSONS, *FOR_ADMINISTRATORS}
        self.assertEqual(set(admin_pages()), models_known)
        for model, found in admin_pages().items():
            self.assertEqual(belongs_to_a_brand(model) and model is not Token, model in OWNED, model)
            if model in OWNED:
                names = {one if isinstance(one, str) else one.__name__ for one in found.actions or ()}
                self.assertEqual(
                    names, ACTIONS[model], f"classify the actions of {model.__name__} in tests/access_admin.py"
                )

    def test_nobody_gets_further_than_the_login_without_one(self) -> None:
        for name, path in routes():
            if name == "login":
                continue
            url = "/" + re.sub(
                r"<[^>]+>", str(self.brand.pk), path.replace("^(?P<app_label>", "<").replace("(?P<", "<")
            )
            url = re.sub(r"<.*", "brands/", url) if "|" in url or "$" in url else url
            for method, sent in (("GET", None), ("POST", {"post": "yes", "confirmed": "yes"})):
                with self.subTest(url=url, method=method):
                    answer, shown, wrote = self.ask(None, method, url, sent)
                    self.assertEqual(answer.status_code, 302)
                    self.assertTrue(answer.headers["Location"].startswith(("/admin/login/", "/admin/")))
                    self.assertFalse(wrote)
                    self.assert_hidden(shown, url)

    def test_who_may_no_longer_log_in_is_nobody(self) -> None:
        self.assertEqual(self.ask(self.gone, "GET", reverse("admin:brands_brand_changelist"))[0].status_code, 302)
        answer = self.client.post(reverse("admin:login"), {"username": "gus", "password": "gus"})
        self.assertEqual(answer.status_code, 200)
