"""Both runners find the same tests, so that none runs in one place only."""

import os
import subprocess
import sys
import unittest
from collections.abc import Iterator
from pathlib import Path

from django.test import SimpleTestCase, tag
from django.test.runner import DiscoverRunner

FOLDER = Path(__file__).resolve().parent.parent


def names(suite: unittest.TestSuite) -> Iterator[str]:
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from names(test)
        elif isinstance(test, unittest.TestCase):
            yield test.id()


@tag("processes")
class DiscoveryTests(SimpleTestCase):
    def test_manage_py_test_and_pytest_find_the_same(self) -> None:
        found = set(names(DiscoverRunner(verbosity=0).build_suite([str(FOLDER)])))

        collected = subprocess.run(
            [sys.executable, "-m", "pytest", "--collect-only", "-q"],
            cwd=FOLDER,
            env={**os.environ, "TEST_DATABASE_URL": ""},
            capture_output=True,
            text=True,
            check=True,
        )

        by_pytest = {
            line.replace(".py::", ".").replace("::", ".").replace("/", ".")
            for line in collected.stdout.splitlines()
            if "::" in line
        }
        self.assertEqual(by_pytest, found)
        self.assertGreater(len(found), 100)
