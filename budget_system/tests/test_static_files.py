"""Static files in production: kept for ever by names that change with them; no fault where none were collected."""

import re
import tempfile
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urljoin

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import Client, TestCase, override_settings

from budget_system.web.static_files import NOT_COLLECTED, warn_where_not_collected

LINKS = re.compile(r"(?:href|src)=\"(/static/[^\"?]*)")
HASHED = re.compile(r"\.[0-9a-f]{12}(\.|$)")
LOG = "budget_system.web.static_files"


class StaticFilesCase(TestCase):
    """The settings of production, with a folder that holds what was collected."""

    folder: ClassVar[str]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="budget-static-"))
        production = {**settings.STORAGES, "staticfiles": {"BACKEND": "budget_system.web.static_files.Storage"}}
        cls.enterClassContext(
            override_settings(STORAGES=production, STATIC_ROOT=cls.folder, WHITENOISE_USE_FINDERS=True)
        )

    def setUp(self) -> None:
        super().setUp()
        self.client = Client()  # whose middleware looks at the folder anew
        self.client.force_login(User.objects.create_superuser("ada"))

    def links(self) -> dict[str, Any]:
        """Return what the pages ask for, and how it is answered."""
        pages = [self.client.get(path) for path in ("/admin/", "/admin/brands/brand/", "/admin/brands/brand/add/")]
        pages += [Client().get("/admin/login/"), self.client.get("/api/docs/")]
        pages += [self.client.get("/api/brands/", headers={"Accept": "text/html"})]
        self.assertEqual({page.status_code for page in pages}, {200})
        found = {link for page in pages for link in LINKS.findall(page.content.decode())}
        self.assertGreater(len(found), 30)
        return {link: self.client.get(link, headers={"Accept-Encoding": "gzip"}) for link in sorted(found)}


class CollectedTests(StaticFilesCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        call_command("collectstatic", interactive=False, verbosity=0)

    def test_every_file_of_every_library_has_such_a_name(self) -> None:
        names = [name for finder in get_finders() for name, _ in finder.list([])]

        self.assertGreater(len(names), 100)
        self.assertEqual([name for name in names if not HASHED.search(staticfiles_storage.url(name))], [])

    def test_pages_ask_for_these_and_browsers_keep_them_for_ever(self) -> None:
        for link, answer in self.links().items():
            with self.subTest(link):
                self.assertRegex(link, HASHED)
                self.assertEqual(answer.status_code, 200)
                self.assertIn("immutable", answer.headers["Cache-Control"])
                if link.endswith((".css", ".js")) and len(answer.getvalue()) > 1000:
                    self.assertEqual(answer.headers.get("Content-Encoding"), "gzip")

    def test_what_style_sheets_ask_for_is_there_too(self) -> None:
        for link in [link for link in self.links() if link.endswith(".css")]:
            style = self.client.get(link).getvalue().decode()
            for target in re.findall(r"url\([\"']?([^\"')#?]+)", style):
                if not target.startswith("data:"):
                    self.assertEqual(self.client.get(urljoin(link, target)).status_code, 200, (link, target))

    def test_nothing_is_to_be_told(self) -> None:
        with self.assertNoLogs(LOG):
            warn_where_not_collected()


class NotCollectedTests(StaticFilesCase):
    def assert_served_from_packages(self) -> None:
        for link, answer in self.links().items():
            with self.subTest(link):
                self.assertNotRegex(link, HASHED)
                self.assertEqual((answer.status_code, answer.headers["Cache-Control"]), (200, "max-age=60, public"))

    def test_pages_are_served_all_the_same_and_a_sentence_says_what_to_do(self) -> None:
        self.assert_served_from_packages()
        with self.assertLogs(LOG, "WARNING") as logs:
            warn_where_not_collected()
        self.assertEqual([record.getMessage() for record in logs.records], [NOT_COLLECTED])

    def test_a_list_that_is_not_whole_is_none(self) -> None:
        manifest = Path(self.folder) / "staticfiles.json"
        manifest.write_text('{"paths": {"budget/adm')
        self.addCleanup(manifest.unlink)
        with override_settings(STATIC_ROOT=self.folder):
            self.assert_served_from_packages()
            with self.assertLogs(LOG, "WARNING"):
                warn_where_not_collected()

    def test_with_debug_nothing_is_to_be_collected(self) -> None:
        with override_settings(DEBUG=True), self.assertNoLogs(LOG):
            warn_where_not_collected()
