"""What browsers are told: no inline script runs, and what is private is not kept."""

from re import findall

from django.contrib import admin
from django.test import Client, override_settings, tag

from tests.browsing import AdminTestCase


class BrowserHeaderTests(AdminTestCase):
    def policy(self, path: str) -> dict[str, str]:
        header = self.client.get(path).headers["Content-Security-Policy"]
        return {name: rest for name, _, rest in (part.strip().partition(" ") for part in header.split(";"))}

    def test_every_page_has_a_policy_that_runs_no_inline_script(self) -> None:
        for path in ("/admin/", "/admin/login/", "/api/", "/api/docs/", "/api/nothing/", "/health/", "/nothing", "/"):
            with self.subTest(path):
                policy = self.policy(path)
                scripts = "'self' 'unsafe-eval'" if path.startswith("/admin/") else "'self'"
                self.assertEqual(policy["script-src"], scripts)
                self.assertEqual(policy["default-src"], "'self'")
                for name in ("frame-ancestors", "object-src", "base-uri"):
                    self.assertEqual(policy[name], "'none'")

    @tag("slow")
    def test_no_page_has_a_script_that_the_policy_would_stop(self) -> None:
        self.spend("5.00")
        self.window(9, 12)
        paths = [
            "/admin/",
            "/admin/login/",
            "/admin/password_change/",
            "/admin/second_factor/",
            "/api/",
            "/api/brands/",
        ]
        paths += ["/api/docs/"]
        for model in admin.site._registry:
            paths += [self.url(model, "changelist"), self.url(model, "add")]
            if (row := model._base_manager.first()) is not None:
                paths += [self.url(row, page, row.pk) for page in ("change", "delete", "history")]
        for path in paths:
            with self.subTest(path):
                page = self.client.get(path, HTTP_ACCEPT="text/html").content.decode()
                inline = [one for one in findall(r"<script([^>]*)>", page) if "src=" not in one]
                self.assertEqual([one for one in inline if "application/json" not in one], [])
                self.assertEqual(findall(r"<[^>]*\son(?:click|load|error|change|submit)=", page), [])

    def test_what_is_private_is_not_kept(self) -> None:
        for path in ("/admin/", "/admin/brands/brand/", "/api/brands/", "/api/spends/?format=csv", "/api/nothing/"):
            with self.subTest(path):
                self.assertIn("no-store", self.client.get(path).headers["Cache-Control"])

    @override_settings(API_AUTH="closed")
    def test_a_refusal_is_not_kept_either(self) -> None:
        answer = Client().get("/api/brands/")
        self.assertEqual((answer.status_code, answer.headers["Cache-Control"]), (401, "no-store"))
