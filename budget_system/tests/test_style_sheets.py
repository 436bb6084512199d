"""The style sheets of ours: a rule says a thing once, so that none undoes in silence what another says."""

import re
from collections import Counter
from pathlib import Path
from typing import Final

from django.test import SimpleTestCase

SHEETS: Final = Path(__file__).resolve().parent.parent / "static" / "budget"
_COMMENT, _AT_RULE = re.compile(r"/\*.*?\*/", re.S), re.compile(r"@[^{}]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def said_twice(sheet: str) -> list[str]:
    """Return what a sheet says twice of the same elements, outside of its conditions for media."""
    rules = _RULE.findall(_AT_RULE.sub("", _COMMENT.sub("", sheet)))
    said = Counter(
        f"{' '.join(selector.split())}: {line.split(':')[0].strip()}"
        for selector, body in rules
        for line in body.split(";")
        if ":" in line
    )
    return [what for what, times in said.items() if times > 1]


class StyleSheetsTests(SimpleTestCase):
    def test_nothing_is_said_twice(self) -> None:
        for path in sorted(SHEETS.glob("*.css")):
            with self.subTest(path.name):
                self.assertEqual(said_twice(path.read_text()), [])
