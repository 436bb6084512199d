"""The test runner of `manage.py test`, and what the tags mean.

Every test runs on SQLite. What differs between the databases is tagged `both_databases` and runs on PostgreSQL too;
what makes sense on PostgreSQL only (row locks, races) is a `@on_postgres` class, which is skipped elsewhere.
Whatever starts processes, a server or a command, is tagged `processes`, and what takes more than four seconds `slow`:
`run_tests.sh --fast` leaves them out.
`run_tests.sh` runs these selections with pytest, which turns the tags into marks.
"""

import re
from collections.abc import Sequence
from typing import Any, TypeVar
from unittest import TestSuite, TextTestResult, skipUnless

from django.conf import settings
from django.test import tag
from django.test.runner import DiscoverRunner
from django.test.utils import iter_test_cases  # type: ignore[attr-defined]  # the stubs leave it out

from tests.sampling import IS_POSTGRES

NOT_FOUND = re.compile(r"No module named '([\w.]+)'")

_C = TypeVar("_C", bound=type)


def on_postgres(case: _C) -> _C:
    """Mark a test class that makes sense on PostgreSQL only."""
    needed = skipUnless(IS_POSTGRES, "needs PostgreSQL: set TEST_DATABASE_URL, or run ./run_tests.sh without a label")
    return tag("postgres")(needed(case))


class Runner(DiscoverRunner):
    """Fails where no test ran: a label that matches nothing must not look like a success."""

    def build_suite(self, test_labels: Sequence[str] | None = None, **kwargs: Any) -> TestSuite:
        """Find the tests; raises `ModuleNotFoundError` where a library is missing that they need."""
        suite = super().build_suite(list(test_labels or ()), **kwargs)
        for test in iter_test_cases(suite):
            # What unittest puts in the place of a module that cannot be imported, to fail with its whole traceback.
            if found := NOT_FOUND.search(str(getattr(test, "_exception", ""))):
                name = found[1].partition(".")[0]
                if not any((settings.BASE_DIR / place).exists() for place in (name, f"{name}.py")):
                    raise ModuleNotFoundError(found[0], name=name)
        return suite

    def suite_result(self, suite: Any, result: TextTestResult, **kwargs: Any) -> int:
        """Count failures, and a run in which nothing ran as one."""
        failures: int = super().suite_result(suite, result, **kwargs)
        if result.testsRun - len(result.skipped) > 0 or failures:
            return failures
        self.log("No test ran: nothing matches, or all that does was skipped.")
        return 1

    def run_tests(self, test_labels: Sequence[str], **kwargs: Any) -> int:
        """Run the tests named, all without a name."""
        return int(super().run_tests(list(test_labels), **kwargs))
