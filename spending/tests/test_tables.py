"""Rows given to a statement as a table."""

from datetime import UTC, date, datetime

from django.db import connection
from django.test import TestCase, tag
from uuid_utils.compat import uuid7

from brands.history.recorder import ChangeRow
from brands.models import Brand, Change
from spending.ledger.bulk_inserts import load_rows
from spending.ledger.bulk_sql import table_of
from tests.runner import on_postgres

TEXTS = [
    "",
    "NULL",
    "null",
    " a b ",
    "a,b",
    "{a}",
    'say "so"',
    "C:\\new\\table",
    "\\",
    '\\"',
    "it's",
    "%s",
    "line\nbreak",
    "ü€",
]
WHEN = datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC)


@on_postgres
class TableTests(TestCase):
    def read(self, kind: str, values: list[object]) -> list[object]:
        """Return what the database makes of one column."""
        table, parameters = table_of([kind], [(value,) for value in values])
        with connection.cursor() as cursor:
            cursor.execute(table, parameters)
            return [row[0] for row in cursor.fetchall()]

    def test_texts_arrive_as_they_were_sent_whatever_stands_in_them(self) -> None:
        self.assertEqual(self.read("text", [*TEXTS, None]), [*TEXTS, None])

    def test_numbers_days_and_instants_arrive_too(self) -> None:
        self.assertEqual(self.read("bigint", [-(2**63), 0, None, 2**63 - 1]), [-(2**63), 0, None, 2**63 - 1])
        self.assertEqual(self.read("date", [date(2000, 1, 1), "2026-02-28"]), [date(2000, 1, 1), date(2026, 2, 28)])
        self.assertEqual(self.read("timestamptz", [WHEN, str(WHEN)]), [WHEN, WHEN])


@tag("both_databases")
class LoadRowsTests(TestCase):
    """Rows written in one go read back as Django reads them."""

    def test_every_kind_of_value_arrives_whatever_stands_in_it(self) -> None:
        brand = Brand.objects.create(
            name="Acme", day_ends_at=WHEN, today=date(2026, 2, 28), this_month=date(2026, 2, 1)
        )
        rows = [
            ChangeRow(uuid7(), WHEN, text, "spend", brand.pk, brand.pk, to_brand, "CHANGED", {}, {"a": [text, None]})
            for text in TEXTS
            for to_brand in (None, brand.pk)
        ]
        load_rows(Change, ChangeRow._fields, rows)
        stored = Change.objects.order_by("pk").values_list(*ChangeRow._fields)
        self.assertEqual(list(stored), [tuple(row) for row in rows])
