"""Ids that begin with the time at which they were made."""

from datetime import timedelta
from uuid import RFC_4122

from django.test import SimpleTestCase
from django.utils import timezone
from uuid_utils.compat import uuid7

from budget_system.core.identifiers import first_uuid7
from tests.support import NOON
from tests.system.slow import wait_until


class FirstIdTests(SimpleTestCase):
    def test_it_is_the_instant_with_zeros_after_it(self) -> None:
        first = first_uuid7(NOON)

        self.assertEqual((first.version, first.variant), (7, RFC_4122))
        self.assertEqual(first.int >> 80, int(NOON.timestamp()) * 1000)
        self.assertTrue(str(first).endswith("-7000-8000-000000000000"))

    def test_one_of_a_later_millisecond_is_larger(self) -> None:
        self.assertLess(first_uuid7(NOON), first_uuid7(NOON + timedelta(milliseconds=1)))

    def test_an_id_made_later_is_not_smaller_and_one_made_before_is(self) -> None:
        before = uuid7()
        wait_until(lambda: uuid7().int >> 80 > before.int >> 80, within=1)  # the next millisecond
        at = timezone.now()
        wait_until(lambda: timezone.now() > at + timedelta(milliseconds=1), within=1)
        self.assertLess(before, first_uuid7(at))
        self.assertLessEqual(first_uuid7(at), uuid7())
