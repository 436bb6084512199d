"""Texts as people write them, in any script: one normal form, without invisible characters.

Everything here is pure; a refusal is Django's `ValidationError`.
"""

import unicodedata
from datetime import date
from typing import Final

from django.core.exceptions import ValidationError

NAME_LENGTH: Final = 255
TEXT_LENGTH: Final = 5_000
MAX_MARKS: Final = 30
"""Combining marks on one letter; no language has more than a few:
https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format
"""
_JOINERS = "\u200c\u200d"
_UNSEEN = {"Cc": "a control character", "Cf": "an invisible format character", "Cs": "half of a surrogate pair"}
_BREAKS = {"Zl": "a line separator", "Zp": "a paragraph separator"}


def excerpt(value: object) -> str:
    """Return a value as a message can show it: short, and without what cannot be seen or encoded."""
    text = str(value)
    text = text if len(text) <= 60 else f"{text[:60]}…"
    return "".join(char if char.isprintable() else "�" for char in text)


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun: "1 line", "2,630 lines"."""
    return f"{number:,} {one if number == 1 else many}"


def date_text(day: date) -> str:
    """Return a date, as every page writes it: `Mon 30 Nov 2026`; the settings of Django's own say the same."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def clean_name(value: object, *, max_length: int = NAME_LENGTH) -> str:
    """Return a name in its normal form: NFC, no spaces around it, nothing invisible in it."""
    text = _normal(value, max_length=max_length)
    start, end = 0, len(text)
    while start < end and unicodedata.category(text[start]) == "Zs":
        start += 1
    while end > start and unicodedata.category(text[end - 1]) == "Zs":
        end -= 1
    text = text[start:end]
    if not text:
        raise ValidationError("This may not be blank; give it at least one character.", code="blank")
    _refuse_unseen(text, allowed="")
    return _at_most(text, max_length)


def clean_text(value: object, *, max_length: int = TEXT_LENGTH) -> str:
    """Return a description or note in its normal form: NFC, every line break a line feed; it may be empty."""
    text = _normal(value, max_length=max_length).replace("\r\n", "\n").replace("\r", "\n")
    _refuse_unseen(text, allowed="\n\t")
    return _at_most(text, max_length)


def clean_code(value: object, *, max_length: int = NAME_LENGTH, blank: bool = False) -> str:
    """Return an id as sent; refuse invisible characters, and one that is too long."""
    text = as_text(value)
    if not text and not blank:
        raise ValidationError("This may not be blank.", code="blank")
    _at_most(text, max_length)
    _refuse_unseen(text, allowed="", joiners=False)
    return text


def fold(name: str) -> str:
    """Return a name without regard to case, in any script; two names are the same where their folds are equal.

    A text that `clean_name` would refuse for its marks is no name, and equals only itself.
    """
    if excess_marks_start(name) is not None:
        return name
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def as_text(value: object) -> str:
    """Return a text; refuse every other type."""
    if not isinstance(value, str):
        raise ValidationError(f"“{excerpt(value)}” is not a text; put it in quotes.", code="invalid")
    return value


def _normal(value: object, *, max_length: int) -> str:
    text = as_text(value)
    # Composing shortens a text to a quarter at most. What is longer is refused unread: the work grows with its square.
    if len(text) > 4 * max_length:
        _at_most(text, max_length)
    if (place := excess_marks_start(text)) is not None:
        raise ValidationError(
            f"Character {place + 1} begins more than {MAX_MARKS} marks upon one letter; remove them.",
            code="invalid_character",
        )
    return unicodedata.normalize("NFC", text)


def excess_marks_start(text: str) -> int | None:
    """Return where too many marks on one letter begin; sorting them would take quadratic time."""
    if text.isascii():
        return None
    run = 0
    for place, char in enumerate(text):
        run = run + 1 if unicodedata.category(char)[0] == "M" else 0
        if run > MAX_MARKS:
            return place - MAX_MARKS
    return None


def _at_most(text: str, max_length: int) -> str:
    if len(text) > max_length:
        raise ValidationError(f"This has {len(text)} characters; at most {max_length} are allowed.", code="max_length")
    return text


def _refuse_unseen(text: str, *, allowed: str, joiners: bool = True) -> None:
    if text.isascii() and text.isprintable():
        return
    for place, char in enumerate(text):
        kind = unicodedata.category(char)
        what = _UNSEEN.get(kind) or _BREAKS.get(kind)
        if what is None or char in allowed or (joiners and char in _JOINERS and _joins(text, place)):
            continue
        raise ValidationError(
            f"Character {place + 1} is {what} (U+{ord(char):04X}); remove it.", code="invalid_character"
        )


def _joins(text: str, place: int) -> bool:
    """Return whether the joiner at this place stands between letters or emoji, where it changes what is seen."""
    if not 0 < place < len(text) - 1:
        return False
    before, after = text[place - 1], text[place + 1]
    # Marks belong to the letter or emoji before them: a vowel killer, a variation selector, a skin tone.
    return (
        _is_letter_or_emoji(before) or unicodedata.category(before)[0] == "M" or "\U0001f3fb" <= before <= "\U0001f3ff"
    ) and _is_letter_or_emoji(after)


def _is_letter_or_emoji(char: str) -> bool:
    kind = unicodedata.category(char)
    return kind[0] == "L" or kind == "So" or char == "↔"
