"""The part of a table that is walked every day has every kind of case in it; what a database lacks is skipped there."""

from pathlib import Path

from django.conf import settings
from django.test import SimpleTestCase

from tests.sampling import sample

WORDS = ("apple", "avocado", "banana", "cherry", "apricot", "blueberry", "almond")


class SampleTests(SimpleTestCase):
    def test_each_kind_is_there_and_always_with_the_same_cases(self) -> None:
        chosen = sample(WORDS, lambda word: word[0], soak=False)

        self.assertEqual(sorted(word[0] for word in chosen), ["a", "b", "c"])
        self.assertEqual(chosen, sample(WORDS, lambda word: word[0], soak=False))
        self.assertEqual(chosen, [word for word in WORDS if word in chosen])

    def test_more_of_a_kind_than_there_are_is_all_of_it(self) -> None:
        chosen = sample(WORDS, lambda word: word[0], each=3, soak=False)

        self.assertEqual(sorted(word[0] for word in chosen), ["a", "a", "a", "b", "b", "c"])

    def test_the_long_dose_is_everything(self) -> None:
        self.assertEqual(sample(WORDS, len, soak=True), list(WORDS))


class OnPostgresTests(SimpleTestCase):
    def test_what_needs_postgres_is_skipped_elsewhere(self) -> None:
        for path in Path(settings.BASE_DIR).glob("*/**/test_*.py"):
            if path.relative_to(settings.BASE_DIR).parts[0] != "venv":
                with self.subTest(str(path)):
                    self.assertNotRegex(
                        path.read_text(), r'@tag\([^)]*"postgres"', "say @on_postgres of tests/runner.py"
                    )
