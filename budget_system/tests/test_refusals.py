"""Whatever is refused or fails outside of the API is told on a page that says what to do, and leads on."""

from unittest.mock import patch

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.test import Client, TestCase, override_settings

ROWS = "brands.admin.brands.BrandAdmin.get_queryset"
LIST = "/admin/brands/brand/"


class RefusalTests(TestCase):
    def setUp(self) -> None:
        self.client = Client(raise_request_exception=False)
        self.client.force_login(User.objects.create_superuser("ana", password="ana"))

    def assert_told(self, path: str, status: int, title: str, *words: str, method: str = "get") -> None:
        answer = getattr(self.client, method)(path)
        self.assertContains(answer, f"<h1>{title}</h1>", status_code=status)
        for word in words:
            self.assertContains(answer, word, status_code=status)
        self.assertIn("no-store", answer["Cache-Control"])

    def test_what_is_not_there_leads_to_what_is(self) -> None:
        for path in ("/nowhere/", "/admin/nowhere/", "/<b>/"):
            self.assert_told(path, 404, "Page not found", 'href="/admin/"')
        self.assertNotContains(self.client.get("/<b>/"), "<b>", status_code=404)

    def test_the_bare_address_leads_to_the_start_page_and_takes_nothing(self) -> None:
        for client in (self.client, Client()):
            for method in ("get", "head"):
                answer = getattr(client, method)("/")
                self.assertRedirects(answer, "/admin/", fetch_redirect_response=False)
            for method in ("post", "put", "patch", "delete", "options", "trace"):
                self.assertEqual(getattr(client, method)("/").status_code, 405, method)

    def test_who_may_not_is_told_why_and_who_can_help(self) -> None:
        self.client.force_login(User.objects.create_user("vera"))
        self.assert_told("/admin/auth/user/", 403, "Not allowed", "Your role does not allow this.", "An administrator")
        with patch(ROWS, side_effect=PermissionDenied("Ask an administrator for it.")):
            self.assert_told(LIST, 403, "Not allowed", "Ask an administrator for it.", 'href="/admin/"')

    def test_a_form_from_before_a_login_is_to_be_opened_again(self) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.assert_told("/admin/login/?next=/admin/", 403, "This form is out of date", "next=/admin/", method="post")

    def test_a_fault_says_whose_it_is_and_nothing_of_the_inside(self) -> None:
        with patch(ROWS, side_effect=RuntimeError("the inside")), self.assertLogs("django.request"):
            self.assert_told(LIST, 500, "Something went wrong here", 'href="/admin/"')
            self.assertNotContains(self.client.get(LIST), "the inside", status_code=500)

    def test_a_fault_of_the_api_is_told_in_json(self) -> None:
        with (
            patch("brands.api.brands.BrandViewSet.list", side_effect=RuntimeError("the inside")),
            self.assertLogs("django.request"),
        ):
            answer = self.client.get("/api/brands/")

        self.assertEqual((answer.status_code, list(answer.json())), (500, ["detail"]))
        self.assertNotIn("the inside", answer.content.decode())

    @override_settings(API_AUTH="closed", ALLOWED_HOSTS=["budget.example"])
    def test_a_host_that_is_not_ours_is_not_understood(self) -> None:
        with self.assertLogs("django.security.DisallowedHost"):
            self.assert_told("/admin/", 400, "This request is not understood")
