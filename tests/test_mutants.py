"""The broken variants fit the code as it is; a patch that no longer does is named, and nothing is changed."""

import io
import shutil
import tempfile
import unittest
from contextlib import redirect_stdout
from pathlib import Path

from django.test import SimpleTestCase, tag

from tests.mutants.__main__ import FOLDER, Mutant, check

PATCH = """A bug.
Tests: tests.test_days

--- a/rates.py
+++ b/rates.py
@@ -1,2 +1,2 @@
 def rate():
-    return {}
+    return 3
"""

STALE = (
    "The code that these patches change has changed. Put the same bug, as the head of each says it, into the code as\n"
    "it is now, write the difference into the patch, and see it caught: python -m tests.mutants NAME"
)

needs_git = unittest.skipUnless(shutil.which("git"), "needs git, which puts the patches in")


@needs_git
class PatchTests(SimpleTestCase):
    """Not tagged `processes`: git needs some milliseconds for a patch, and whoever changes code should hear of it."""

    def test_every_patch_applies(self) -> None:
        with redirect_stdout(io.StringIO()) as printed:
            status = check(sorted(FOLDER.glob("*.patch")))

        self.assertEqual(status, 0, f"{STALE}\n{printed.getvalue()}")

    def test_the_tests_that_must_catch_them_exist(self) -> None:
        for path in sorted(FOLDER.glob("*.patch")):
            for label in Mutant.read(path).tests:
                with self.subTest(path.name, label=label):
                    loader = unittest.TestLoader()
                    self.assertGreater(loader.loadTestsFromName(label).countTestCases(), 0)
                    self.assertEqual(loader.errors, [], f"Name in {path.name} where the test is now.")


@needs_git
@tag("processes")
class CheckTests(SimpleTestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.project = Path(scratch.name) / "project"
        self.project.mkdir()
        (self.project / "rates.py").write_text("def rate():\n    return 2\n")

    def patch(self, name: str, text: str) -> Path:
        path = self.project.parent / name
        path.write_text(text)
        return path

    def checked(self, *patches: Path) -> tuple[int, str]:
        with redirect_stdout(io.StringIO()) as printed:
            status = check(patches, self.project)
        return status, printed.getvalue()

    def test_a_patch_that_applies_is_counted_and_leaves_the_code_as_it_is(self) -> None:
        fits = self.patch("01-fits.patch", PATCH.format(2))

        self.assertEqual(self.checked(fits), (0, "1 of 1 patches apply\n"))
        self.assertEqual((self.project / "rates.py").read_text(), "def rate():\n    return 2\n")

    def test_a_line_that_is_no_neighbour_of_the_bug_may_have_changed(self) -> None:
        fits = self.patch(
            "01-fits.patch", PATCH.format(2).replace("@@ -1,2 +1,2 @@", "@@ -1,3 +1,3 @@\n # Rates of today.")
        )
        (self.project / "rates.py").write_text("# Rates of each day.\ndef rate():\n    return 2\n")

        self.assertEqual(self.checked(fits), (0, "1 of 1 patches apply\n"))

    def test_a_patch_of_code_that_has_changed_or_is_gone_is_named(self) -> None:
        fits, changed = self.patch("01-fits.patch", PATCH.format(2)), self.patch("02-changed.patch", PATCH.format(1))
        gone = self.patch("03-gone.patch", PATCH.format(2).replace("rates.py", "prices.py"))

        status, printed = self.checked(fits, changed, gone)

        self.assertEqual(status, 1)
        self.assertRegex(printed, r"\A02-changed\.patch: .*rates\.py.*\n(.*\n)*03-gone\.patch: .*prices\.py")
        self.assertTrue(printed.endswith("1 of 3 patches apply\n"), printed)

    def test_no_patch_at_all_is_no_success(self) -> None:
        self.assertEqual(self.checked(), (1, "0 of 0 patches apply\n"))
