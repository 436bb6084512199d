"""Reading in chunks, as it is done directly and behind a pooler."""

from itertools import islice
from unittest.mock import patch

from django.contrib.auth.models import User
from django.db import connection
from django.test import TransactionTestCase, tag

from budget_system.core.chunks import read_in_chunks
from tests.runner import on_postgres

NAMES = [f"user {number}" for number in range(7)]


class ChunksTestCase(TransactionTestCase):
    def setUp(self) -> None:
        User.objects.bulk_create(User(username=name) for name in NAMES)
        self.users = User.objects.order_by("username")
        pooled = patch.dict(connection.settings_dict, DISABLE_SERVER_SIDE_CURSORS=True)
        pooled.start()
        self.addCleanup(pooled.stop)


@tag("both_databases")
class ChunksTests(ChunksTestCase):
    def test_all_rows_come_in_order_whatever_the_size(self) -> None:
        for size in (1, 3, 7, 100):
            with self.subTest(size):
                self.assertEqual([user.username for user in read_in_chunks(self.users, size)], NAMES)
                self.assertEqual([*read_in_chunks(self.users.values_list("username", flat=True), size)], NAMES)
        self.assertEqual([*read_in_chunks(self.users.none(), 3)], [])

    def test_what_is_done_between_two_rows_is_no_part_of_the_reading(self) -> None:
        rows = read_in_chunks(self.users, 2)
        list(islice(rows, 3))
        self.assertFalse(connection.in_atomic_block)
        User.objects.create(username="between")
        rows.close()  # type: ignore[attr-defined]  # it is a generator

        self.assertTrue(User.objects.filter(username="between").exists())


@on_postgres
class CursorTests(ChunksTestCase):
    def test_behind_a_pooler_a_cursor_of_the_transaction_reads(self) -> None:
        with patch.object(connection, "chunked_cursor", wraps=connection.chunked_cursor) as opened:
            self.assertEqual(len(list(read_in_chunks(self.users, 2))), len(NAMES))
            self.assertEqual(opened.call_count, 1)
            self.assertEqual(len(list(self.users.iterator(chunk_size=2))), len(NAMES))
            self.assertEqual(opened.call_count, 1)
