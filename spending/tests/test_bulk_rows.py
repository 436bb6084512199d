"""A row of many is read and shown exactly as a single one is."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from uuid import UUID

from django.test import SimpleTestCase

from budget_system.api.bulk import rows_of
from budget_system.api.fields import AmountField, TextField
from budget_system.api.serializers import StrictSerializer
from spending.api.spends import SpendSerializer
from spending.ledger.entries import SpendRow

CAMPAIGN = "01a20416-9bcf-700d-bcfd-69b071b0d197"
GOOD: dict[str, object] = {"campaign": CAMPAIGN, "amount": "1.50"}
STRANGE: list[object] = [
    *(None, True, False, 0, 1, -1, 10**30, Decimal("1.50"), Decimal("1.505"), Decimal("1E+2"), [], {}, ["1.50"]),
    *("", " ", "1.50", "1.5", "01.50", "-1.00", "1,50", "1e2", "١", "0.00", "NaN", "99999999999999.00"),
    *("DAILY", "daily", "MONTHLY", "2026-03-31", "2026-3-31", "1999-12-31", "2026-02-30", "2026-03-31T00:00:00"),
    *(CAMPAIGN, CAMPAIGN.upper(), CAMPAIGN.replace("-", ""), f"{{{CAMPAIGN}}}", "x" * 256, "x" * 5001, "a\u0301"),
    *("two\r\nlines", "a\u202eb", "a\tb", "a\u200db", "\x00"),
]


class ReadingTests(SimpleTestCase):
    def test_every_value_of_every_field_is_read_as_in_a_single_spend(self) -> None:
        fields = [*SpendSerializer().fields, "amont", "", "x" * 80]
        for field, value in product(fields, STRANGE):
            with self.subTest(field=field, value=value):
                self.assert_same({**GOOD, field: value})

    def test_what_is_left_out_what_is_no_object_and_what_is_known_by_another_name(self) -> None:
        rows: list[object] = [
            *STRANGE,
            {},
            {"campaign": CAMPAIGN},
            {"amount": "1.50"},
            {**GOOD, "campaign_id": CAMPAIGN},
        ]
        for row in rows:
            with self.subTest(row):
                self.assert_same(row)

    def test_a_bad_row_is_told_by_its_place_and_the_good_ones_around_it_are_not(self) -> None:
        sent = [GOOD, {**GOOD, "amount": "x"}, GOOD, {**GOOD, "amont": "1"}, "row"]
        taken, faults = rows_of(SpendSerializer).read(sent)

        self.assertEqual([place for place, row in enumerate(taken) if row is None], [1, 3, 4])
        self.assertEqual(list(faults), [1, 3, 4])
        self.assertIn("This is no object; send the fields in one", str(faults[4]))

    def assert_same(self, row: object) -> None:
        single = SpendSerializer(data=row)
        # Twice, because what was read once is remembered.
        taken, faults = rows_of(SpendSerializer).read([row, row])
        if single.is_valid():
            self.assertEqual(faults, {})
            for read in taken:
                assert read is not None
                self.assertEqual(read, dict(single.validated_data))
                self.assertEqual(list(map(type, read.values())), list(map(type, single.validated_data.values())))
        else:
            self.assertEqual((taken, faults), ([None, None], {0: single.errors, 1: single.errors}))

    def test_a_serializer_that_checks_more_than_its_fields_is_refused(self) -> None:
        class Pair(StrictSerializer):
            amount = AmountField()

            def validate_amount(self, value: Decimal) -> Decimal:
                return value

        class Whole(StrictSerializer):
            note = TextField()

            def validate(self, attrs: dict[str, object]) -> dict[str, object]:
                return attrs

        class Filled(StrictSerializer):
            note = TextField(default="none")

        for serializer_class in (Pair, Whole, Filled):
            with self.subTest(serializer_class), self.assertRaises(TypeError):
                rows_of(serializer_class)


class ShowingTests(SimpleTestCase):
    def test_rows_are_shown_as_single_ones(self) -> None:
        at = datetime(2026, 3, 31, 22, 0, 0, 123456, tzinfo=UTC)
        row = SpendRow(
            id=UUID(CAMPAIGN),
            campaign_id=UUID(CAMPAIGN),
            amount=Decimal("1.50"),
            spend_date=date(2026, 3, 31),
            spend_type="MONTHLY",
            description="two\nlines",
            external_id="",
            imported_by_id=None,
            created_by="user ana",
            created_at=at,
            updated_at=at.replace(microsecond=0),
        )
        rows = [row, row._replace(amount=Decimal("0.00")), row._replace(spend_type="DAILY", description="")]

        self.assertEqual(
            rows_of(SpendSerializer).show(rows), [SpendSerializer().to_representation(row) for row in rows]
        )
        self.assertEqual(rows_of(SpendSerializer).show([]), [])
