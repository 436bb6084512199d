"""Values as JSON Schema: what `core.validation` accepts, in so far as a schema can say it.

What it cannot say is left to the messages: a joiner is accepted between letters only, a text is measured in its normal
form, a date may not be later than the brand's tomorrow.
"""

import sys
import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from budget_system.core.validation import NAME_LENGTH, TEXT_LENGTH, currencies

Schema = dict[str, Any]
_JOINERS: Final = frozenset("\u200c\u200d")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Zl", "Zp"})
_LAST_OF_FOUR_DIGITS: Final = 0xFFFF  # beyond it the dialects of patterns spell a character differently


def _class_of(kinds: frozenset[str], *, without: frozenset[str]) -> str:
    """Return the characters of some kinds as the inside of a pattern's brackets."""
    codes = [
        code
        for code in range(min(sys.maxunicode, _LAST_OF_FOUR_DIGITS) + 1)
        if unicodedata.category(char := chr(code)) in kinds and char not in without
    ]
    return "".join(_ranges(codes))


def _ranges(codes: list[int]) -> Iterator[str]:
    first = last = codes[0]
    for code in [*codes[1:], sys.maxunicode + 2]:
        if code == last + 1:
            last = code
            continue
        yield f"\\u{first:04x}" if first == last else f"\\u{first:04x}-\\u{last:04x}"
        first = last = code


_FORBIDDEN: Final = _class_of(_UNSEEN, without=_JOINERS)
_FORBIDDEN_IN_TEXTS: Final = _class_of(_UNSEEN, without=_JOINERS | frozenset("\n\r\t"))
_FORBIDDEN_IN_CODES: Final = _class_of(_UNSEEN, without=frozenset())
_SPACES: Final = _class_of(frozenset({"Zs"}), without=frozenset())

# A JSON number is taken too, and of zones the 597 names that there are. That is said in words: of a choice of types
# client generators make wrapper classes, and of names that are the same without their signs (GMT0, GMT+0) nothing.
AMOUNT: Final[Schema] = {"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,2})?$", "example": "150.00"}
AMOUNT_SHOWN: Final[Schema] = {"type": "string", "pattern": r"^[0-9]{1,12}\.[0-9]{2}$", "example": "150.00"}
_NAME: Final = f"[^{_FORBIDDEN}]*[^{_FORBIDDEN}{_SPACES}][^{_FORBIDDEN}]*"
NAME: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": NAME_LENGTH, "pattern": f"^{_NAME}$"}
OPTIONAL_NAME: Final[Schema] = {"type": "string", "maxLength": NAME_LENGTH, "pattern": f"^({_NAME})?$"}
TEXT: Final[Schema] = {"type": "string", "maxLength": TEXT_LENGTH, "pattern": f"^[^{_FORBIDDEN_IN_TEXTS}]*$"}
CODE: Final[Schema] = {"type": "string", "maxLength": NAME_LENGTH, "pattern": f"^[^{_FORBIDDEN_IN_CODES}]*$"}
CURRENCY: Final[Schema] = {"type": "string", "enum": sorted(currencies()), "example": "USD"}
TIME_ZONE: Final[Schema] = {
    "type": "string",
    "format": "time-zone",
    "title": "IANA name of a time zone, spelled exactly",
    "example": "Europe/Berlin",
}
_TIME: Final = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?"
TIME: Final[Schema] = {"type": "string", "pattern": f"^{_TIME}$", "example": "09:00:00"}
END_TIME: Final[Schema] = {"type": "string", "pattern": f"^({_TIME}|24:00(:00)?)$", "example": "18:00:00"}
