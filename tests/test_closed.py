"""A closed system answers nobody whom it does not know, and shows people the way in."""

from django.test import TestCase, override_settings

from tests.access import Roles

PAGES = ("/api/", "/api/brands/", "/api/schema/", "/api/docs/", "/api/nowhere/", "/api/brands/x/")


@override_settings(API_AUTH="closed")
class ClosedTests(Roles, TestCase):
    def test_a_program_is_told_in_json_how_to_authenticate(self) -> None:
        for path in PAGES:
            for headers in ({}, {"Accept": "application/json"}, {"Accept": "*/*"}):
                if path == "/api/docs/" and headers.get("Accept") == "application/json":
                    continue  # a page is all that there is
                answer = self.client.get(path, headers=headers)
                self.assertEqual((answer.status_code, answer["WWW-Authenticate"]), (401, "Token"), path)
                if answer["Content-Type"] == "application/json":
                    self.assertEqual(list(answer.json()), ["detail"])

    def test_a_person_is_shown_where_to_log_in_and_comes_back(self) -> None:
        for path in ("/api/", "/api/brands/", "/api/docs/"):
            answer = self.client.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
            self.assertContains(answer, f'href="/admin/login/?next={path}"', status_code=401)
            self.assertNotContains(answer, "Acme", status_code=401)

    def test_who_has_logged_in_reads_the_docs_and_browses(self) -> None:
        self.client.force_login(self.viewer)
        for path in ("/api/", "/api/brands/", "/api/docs/", "/api/schema/"):
            answer = self.client.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
            self.assertEqual(answer.status_code, 200, path)

    def test_the_schema_says_how_to_log_in_and_what_is_answered_else(self) -> None:
        self.client.force_login(self.viewer)
        schema = self.client.get("/api/schema/?format=json").json()

        self.assertEqual(set(schema["components"]["securitySchemes"]), {"token", "session"})
        for path, operations in schema["paths"].items():
            for method, operation in operations.items():
                with self.subTest(path=path, method=method):
                    self.assertEqual(operation["security"], [{"token": []}, {"session": []}])
                    self.assertLessEqual({"401", "403", "429"}, set(operation["responses"]))
        with override_settings(API_AUTH="open"):
            schema = self.client.get("/api/schema/?format=json").json()
        self.assertIn({}, schema["paths"]["/api/brands/"]["get"]["security"])
