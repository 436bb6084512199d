"""How texts are compared where somebody searches: without regard to case and accents; pure."""

import unicodedata
from typing import Final

from budget_system.core.text import excess_marks_start, fold

_ACCENTS: Final = dict.fromkeys(range(0x0300, 0x0370))
"""The marks of Latin, Greek and Cyrillic letters; those of other scripts are letters to who reads them."""

_LETTERS: Final = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t", "ı": "i"}
)
"""Letters that are no other letter with a mark, as keyboards without them write them."""


def search_key(text: str) -> str:
    """Return a text without regard to case and accents: `Mobel` is found in `Möbel`, and the other way round.

    For searching only: names are the same where `fold` says so. A text that no name may be is only folded.
    """
    folded = fold(text)
    if folded.isascii() or excess_marks_start(text) is not None:
        return folded
    bare = unicodedata.normalize("NFD", folded).translate(_ACCENTS).translate(_LETTERS)
    return unicodedata.normalize("NFC", bare)
