"""The API's description of texts, beside what reads them: neither allows what the other refuses."""

import re

from django.core.exceptions import ValidationError
from django.test import SimpleTestCase

from alerts.api.subscription_json import OptionalNameField
from budget_system.api import json_schema
from budget_system.api.fields import CodeField, InputField, NameField, TextField

TEXTS = (
    *("", " ", "\u3000", "a", " a ", "a b", "Ø\u0142", "日本", "a\u200db", "👩\u200d👧"),
    *("a\tb", "a\nb", "a\rb", "a\n", "\t", "a\x00b", "a\x7f", "a\u2028b", "a\u2029", "a\u200eb", "\ufeffa", "a\u00ad"),
)


class TextTests(SimpleTestCase):
    def test_a_text_fits_the_description_where_it_is_accepted(self) -> None:
        fields: tuple[tuple[InputField[str], json_schema.Schema], ...] = (
            (NameField(), json_schema.NAME),
            (OptionalNameField(), json_schema.OPTIONAL_NAME),
            (TextField(), json_schema.TEXT),
            (CodeField(), json_schema.CODE),
        )
        for field, schema in fields:
            for text in TEXTS:
                with self.subTest(field=type(field).__name__, text=text):
                    self.assertEqual(self.fits(schema, text), self.is_accepted(field, text))

    def fits(self, schema: json_schema.Schema, text: str) -> bool:
        pattern = schema["pattern"].removeprefix("^").removesuffix("$")  # Python's $ lets a line feed follow
        long_enough = schema.get("minLength", 0) <= len(text) <= schema["maxLength"]
        return long_enough and re.fullmatch(pattern, text) is not None

    def is_accepted(self, field: InputField[str], text: str) -> bool:
        try:
            field.parse(text)
        except ValidationError:
            return False
        return True
